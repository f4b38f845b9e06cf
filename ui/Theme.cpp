// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/Theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QFontDatabase>
#include <QFontInfo>
#include <QPainter>
#include <QPainterPath>
#include <QStyle>
#include <QWidget>

#include <algorithm>
#include <array>
#include <cmath>

namespace fairlead::ui {

namespace {

constexpr qreal kReadable = 4.5; // WCAG 2.1, 1.4.3

qreal channel(qreal value)
{
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

qreal luminance(const QColor &colour)
{
    return 0.2126 * channel(colour.redF()) + 0.7152 * channel(colour.greenF())
           + 0.0722 * channel(colour.blueF());
}

// Okabe and Ito (2008), "Color Universal Design", without black and with grey last; order of first use.
constexpr std::array<QRgb, Theme::kSeries> kOkabeIto{0xff0072b2, 0xffe69f00, 0xff009e73, 0xffcc79a7,
                                                     0xff56b4e9, 0xffd55e00, 0xffb8a800, 0xff8a8f98};

// Providers people compare most get colours that differ; the rest share by a stable sum over their name.
struct KnownSeries {
    const char *provider;
    int series;
};
constexpr std::array<KnownSeries, 14> kKnownSeries{
    {{"openai", 2},
     {"anthropic", 5},
     {"google", 0},
     {"gemini", 0},
     {"mistral", 1},
     {"deepseek", 4},
     {"alibaba", 3},
     {"xai", 7},
     {"groq", 6},
     {"ollama", 7},
     {"openrouter", 3},
     {"meta", 4},
     {"cohere", 6},
     {"demo", 0}}};

QPalette paletteOf(QRgb window, QRgb base, QRgb text, QRgb button, QRgb accent, QRgb onAccent, QRgb link)
{
    const QColor ground(window);
    const QColor ink(text);
    QPalette palette(
        ink, QColor(button), Theme::mix(ground, Qt::white, 0.5), Theme::mix(ground, ink, 0.45),
        Theme::mix(ground, ink, 0.22), ink, Qt::white, QColor(base), ground);
    palette.setColor(QPalette::AlternateBase, Theme::mix(QColor(base), ink, 0.03));
    palette.setColor(QPalette::Midlight, Theme::mix(ground, ink, 0.08));
    palette.setColor(QPalette::Highlight, QColor(accent));
    palette.setColor(QPalette::HighlightedText, QColor(onAccent));
    palette.setColor(QPalette::Link, QColor(link));
    palette.setColor(QPalette::LinkVisited, QColor(link));
    palette.setColor(QPalette::ToolTipBase, QColor(base));
    palette.setColor(QPalette::ToolTipText, ink);
    palette.setColor(QPalette::PlaceholderText, Theme::mix(ink, QColor(base), 0.42));
    const QColor off = Theme::mix(ink, ground, 0.55);
    for (const auto role :
         {QPalette::Text, QPalette::WindowText, QPalette::ButtonText, QPalette::PlaceholderText})
        palette.setColor(QPalette::Disabled, role, off);
    return palette;
}

} // namespace

Theme::Theme(const QPalette &palette)
    : m_palette(palette)
    , m_dark(
          luminance(palette.color(QPalette::Active, QPalette::Window))
          < luminance(palette.color(QPalette::Active, QPalette::WindowText)))
{ }

Theme Theme::of(const QWidget *widget)
{
    // A widget may carry a palette of its own (a primary button, a muted label); grounds are the
    // application's.
    Q_UNUSED(widget)
    return Theme(QApplication::palette());
}

QColor Theme::ground() const
{
    return m_palette.color(QPalette::Active, QPalette::Window);
}
QColor Theme::surface() const
{
    return m_palette.color(QPalette::Active, QPalette::Base);
}
QColor Theme::inset() const
{
    return mix(surface(), text(), m_dark ? 0.065 : 0.045);
}
QColor Theme::hairline() const
{
    return mix(ground(), text(), m_dark ? 0.16 : 0.13);
}
QColor Theme::hover() const
{
    return mix(ground(), text(), 0.06);
}
QColor Theme::selection() const
{
    return mix(ground(), accent(), m_dark ? 0.22 : 0.12);
}
QColor Theme::text() const
{
    return m_palette.color(QPalette::Active, QPalette::WindowText);
}
QColor Theme::muted() const
{
    return readable(mix(text(), ground(), 0.36));
}
QColor Theme::accent() const
{
    return readable(m_palette.color(QPalette::Active, QPalette::Highlight));
}
QColor Theme::link() const
{
    return readable(m_palette.color(QPalette::Active, QPalette::Link));
}
QColor Theme::good() const
{
    return readable(QColor(0xff1a7f4b));
}
QColor Theme::warn() const
{
    return readable(QColor(0xff9a6200));
}
QColor Theme::bad() const
{
    return readable(QColor(0xffc2352b));
}
QColor Theme::info() const
{
    return readable(QColor(0xff2467b8));
}
QColor Theme::tint(const QColor &ink) const
{
    return mix(surface(), ink, m_dark ? 0.16 : 0.09);
}

QColor Theme::series(int index) const
{
    const auto slot = static_cast<std::size_t>(((index % kSeries) + kSeries) % kSeries);
    // Marks and bars, not text: WCAG 1.4.11 asks 3:1 of them.
    QColor colour(kOkabeIto[slot]);
    for (int i = 0; i < 20 && contrast(colour, surface()) < 3.0; ++i)
        colour = mix(colour, text(), 0.06);
    return colour;
}

void Theme::drawSeriesMark(QPainter &painter, const QRectF &rect, int index, const QColor &colour)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    const QPointF c = rect.center();
    const qreal r = std::min(rect.width(), rect.height()) / 2;
    const auto polygon = [&](int corners, qreal turn, qreal size) {
        QPolygonF shape;
        for (int i = 0; i < corners; ++i) {
            const qreal angle = turn + 2 * M_PI * i / corners;
            shape << c + QPointF(std::cos(angle), std::sin(angle)) * r * size;
        }
        painter.drawPolygon(shape);
    };
    switch (((index % kSeries) + kSeries) % kSeries) {
    case 0:
        painter.drawEllipse(c, r * 0.92, r * 0.92);
        break;
    case 1:
        polygon(4, M_PI / 4, 1.1);
        break;
    case 2:
        polygon(3, -M_PI / 2, 1.15);
        break;
    case 3:
        polygon(4, 0, 1.1);
        break;
    case 4:
        polygon(3, M_PI / 2, 1.15);
        break;
    case 5:
        polygon(6, 0, 1.05);
        break;
    case 6:
        polygon(5, -M_PI / 2, 1.05);
        break;
    default:
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, r * 0.6));
        painter.drawEllipse(c, r * 0.68, r * 0.68);
    }
    painter.restore();
}

int Theme::seriesOf(const QByteArray &providerId)
{
    for (const KnownSeries &known : kKnownSeries) {
        if (providerId == known.provider)
            return known.series;
    }
    quint32 sum = 2166136261U; // FNV-1a: the same on every machine and in every version
    for (const char byte : providerId)
        sum = (sum ^ static_cast<quint8>(byte)) * 16777619U;
    return static_cast<int>(sum % kSeries);
}

int Theme::space(const QWidget *widget, int step)
{
    constexpr qreal kDefaultPixels = 13.0;
    const qreal pixels = QFontInfo(widget ? widget->font() : QApplication::font()).pixelSize();
    return std::max(1, qRound(step * std::max<qreal>(1.0, pixels / kDefaultPixels)));
}

void Theme::drawCard(QPainter &painter, const QRectF &rect) const
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hairline(), 1));
    painter.setBrush(surface());
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), kCardRadius, kCardRadius);
    painter.restore();
}

QFont Theme::font(const QWidget *, Type type)
{
    QFont font = QApplication::font();
    const qreal size = font.pointSizeF() > 0 ? font.pointSizeF() : QFontInfo(font).pointSizeF();
    switch (type) {
    case Type::Caption:
        font.setPointSizeF(size * 0.85);
        break;
    case Type::Body:
        break;
    case Type::Strong:
        font.setWeight(QFont::DemiBold);
        break;
    case Type::Section:
        font.setPointSizeF(size * 1.15);
        font.setWeight(QFont::DemiBold);
        break;
    case Type::Title:
        font.setPointSizeF(size * 1.5);
        font.setWeight(QFont::DemiBold);
        break;
    case Type::Number:
        font.setPointSizeF(size * 2.0);
        font.setWeight(QFont::DemiBold);
        break;
    }
    return font;
}

QFont Theme::fixedFont(const QWidget *)
{
    QFont fixed = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    const QFont body = QApplication::font();
    if (body.pointSizeF() > 0)
        fixed.setPointSizeF(body.pointSizeF() * 0.95);
    return fixed;
}

void Theme::setType(QWidget *widget, Type type)
{
    widget->setFont(font(widget, type));
}

void Theme::setMuted(QWidget *label)
{
    const QColor ink = Theme::of(label).muted();
    QPalette palette = label->palette();
    if (palette.color(QPalette::WindowText) == ink)
        return;
    palette.setColor(QPalette::WindowText, ink);
    palette.setColor(QPalette::ButtonText, ink);
    label->setPalette(palette);
}

void Theme::makePrimary(QAbstractButton *button)
{
    const QPalette application = QApplication::palette();
    QPalette palette = button->palette();
    const QColor ink = application.color(QPalette::Active, QPalette::HighlightedText);
    QColor fill = application.color(QPalette::Active, QPalette::Highlight);
    // Fusion's gradient begins about this much lighter than the colour it is given.
    constexpr int kGradient = 145;
    for (int i = 0; i < 20 && contrast(fill.lighter(kGradient), ink) < kReadable && contrast(fill, ink) < 18;
         ++i)
        fill = mix(fill, luminance(ink) > 0.5 ? QColor(Qt::black) : QColor(Qt::white), 0.06);
    for (const auto group : {QPalette::Active, QPalette::Inactive}) {
        palette.setColor(group, QPalette::Button, fill);
        palette.setColor(group, QPalette::ButtonText, ink);
    }
    if (button->palette() != palette)
        button->setPalette(palette);
}

QPalette Theme::lightPalette()
{
    return paletteOf(0xfff5f6f8, 0xffffffff, 0xff1b1f24, 0xfffbfbfc, 0xff2463c7, 0xffffffff, 0xff1f5bb8);
}

QPalette Theme::darkPalette()
{
    return paletteOf(0xff17191d, 0xff1e2126, 0xffe7e9ec, 0xff2b2f36, 0xff3b78d8, 0xffffffff, 0xff7fb0ff);
}

qreal Theme::contrast(const QColor &a, const QColor &b)
{
    const qreal la = luminance(a);
    const qreal lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QColor Theme::mix(const QColor &a, const QColor &b, qreal shareOfB)
{
    const auto part = [&](qreal x, qreal y) { return static_cast<float>(x + (y - x) * shareOfB); };
    return QColor::fromRgbF(
        part(a.redF(), b.redF()), part(a.greenF(), b.greenF()), part(a.blueF(), b.blueF()));
}

QColor Theme::readable(const QColor &colour) const
{
    const QColor far = m_dark ? QColor(Qt::white) : QColor(Qt::black);
    QColor ink = colour;
    for (int i = 0; i < 40; ++i) {
        if (std::min({contrast(ink, ground()), contrast(ink, surface()), contrast(ink, tint(colour))})
            >= kReadable)
            break;
        ink = mix(ink, far, 0.08);
    }
    return ink;
}

void applyAppearance(Appearance appearance)
{
    // The desktop's own palette, taken before we ever set one.
    static const QPalette system = QApplication::palette();
    static const bool themed = !(system == QApplication::style()->standardPalette());
    switch (appearance) {
    case Appearance::System:
        // Without a desktop theme Qt offers its stock grey; ours is the better default then.
        QApplication::setPalette(themed ? system : Theme::lightPalette());
        return;
    case Appearance::Light:
        QApplication::setPalette(Theme::lightPalette());
        return;
    case Appearance::Dark:
        QApplication::setPalette(Theme::darkPalette());
        return;
    }
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/Chip.h"

#include "ui/Icons.h"
#include "ui/Theme.h"

#include <QPainter>

namespace fairlead::ui {

namespace {

QString markOf(Chip::Tone tone)
{
    switch (tone) {
    case Chip::Tone::Neutral:
        return QString();
    case Chip::Tone::Good:
        return QStringLiteral("check");
    case Chip::Tone::Warn:
        return QStringLiteral("warning");
    case Chip::Tone::Bad:
        return QStringLiteral("error");
    case Chip::Tone::Info:
        return QStringLiteral("info");
    }
    Q_UNREACHABLE();
}

QColor inkOf(const Theme &theme, Chip::Tone tone)
{
    switch (tone) {
    case Chip::Tone::Neutral:
        return theme.muted();
    case Chip::Tone::Good:
        return theme.good();
    case Chip::Tone::Warn:
        return theme.warn();
    case Chip::Tone::Bad:
        return theme.bad();
    case Chip::Tone::Info:
        return theme.info();
    }
    Q_UNREACHABLE();
}

} // namespace

Chip::Chip(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    Theme::setType(this, Theme::Type::Caption);
}

Chip::Chip(const QString &text, Tone tone, QWidget *parent)
    : Chip(parent)
{
    setText(text);
    setTone(tone);
}

void Chip::setText(const QString &text)
{
    m_text = text;
    setAccessibleName(text);
    updateGeometry();
    update();
}

void Chip::setTone(Tone tone)
{
    m_tone = tone;
    updateGeometry();
    update();
}

QSize Chip::sizeHint() const
{
    return sizeOf(this, m_text, m_tone);
}

QSize Chip::sizeOf(const QWidget *widget, const QString &text, Tone tone)
{
    const QFontMetrics metrics(Theme::font(widget, Theme::Type::Caption));
    const int mark = tone == Tone::Neutral ? 0 : metrics.height() + Theme::space(widget, 2);
    constexpr int kRounding
        = 2; // the painter's own figures differ by that much, and would cut the last letter
    return {
        metrics.horizontalAdvance(text) + mark + Theme::space(widget, 16) + kRounding,
        metrics.height() + Theme::space(widget, 6)};
}

void Chip::draw(QPainter &painter, const QWidget *widget, const QRect &rect, const QString &text, Tone tone)
{
    const Theme theme = Theme::of(widget);
    const QColor ink = inkOf(theme, tone);
    const bool leftToRight = widget->layoutDirection() == Qt::LeftToRight;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.tint(ink));
    painter.drawRoundedRect(QRectF(rect), rect.height() / 2.0, rect.height() / 2.0);

    painter.setFont(Theme::font(widget, Theme::Type::Caption));
    QRect inner = rect.adjusted(Theme::space(widget, 8), 0, -Theme::space(widget, 8), 0);
    if (tone != Tone::Neutral) {
        const int side = painter.fontMetrics().height();
        const QPoint place(
            leftToRight ? inner.left() : inner.right() - side + 1, rect.top() + (rect.height() - side) / 2);
        painter.drawPixmap(place, icons::pixmap(markOf(tone), ink, side, widget->devicePixelRatioF()));
        const int taken = side + Theme::space(widget, 2);
        inner.adjust(leftToRight ? taken : 0, 0, leftToRight ? 0 : -taken, 0);
    }
    painter.setPen(ink);
    painter.drawText(
        inner, Qt::AlignCenter, painter.fontMetrics().elidedText(text, Qt::ElideRight, inner.width()));
    painter.restore();
}

void Chip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    draw(painter, this, rect(), m_text, m_tone);
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/Icons.h"

#include <QApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>

#include <cmath>

namespace fairlead::ui::icons {

namespace {

QString fileOf(const QString &name)
{
    return QStringLiteral(":/icons/%1.svg").arg(name);
}

void drawTinted(QPainter &painter, const QRect &rect, const QString &name, const QColor &colour)
{
    const qreal ratio = painter.device()->devicePixelRatioF();
    const int side = std::min(rect.width(), rect.height());
    const QPixmap drawn = pixmap(name, colour, side, ratio);
    painter.drawPixmap(rect.center() - QPoint((side - 1) / 2, (side - 1) / 2), drawn);
}

/// Draws an SVG of one colour in the palette's colour of the moment.
class PaletteIconEngine final : public QIconEngine
{
public:
    PaletteIconEngine(QString name, QPalette::ColorRole role)
        : m_name(std::move(name))
        , m_role(role)
    { }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        drawTinted(*painter, rect, m_name, colourOf(mode));
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1.0);
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        // `size` is in device pixels here (QIcon::pixmap), and so is what we return.
        QPixmap drawn = icons::pixmap(m_name, colourOf(mode), std::min(size.width(), size.height()), 1.0);
        drawn.setDevicePixelRatio(scale);
        return drawn;
    }

    [[nodiscard]] QIconEngine *clone() const override { return new PaletteIconEngine(m_name, m_role); }
    QString key() const override { return QStringLiteral("fairlead"); }

private:
    [[nodiscard]] QColor colourOf(QIcon::Mode mode) const
    {
        const QPalette palette = QApplication::palette();
        switch (mode) {
        case QIcon::Disabled:
            return palette.color(QPalette::Disabled, QPalette::WindowText);
        case QIcon::Selected:
            return palette.color(QPalette::Active, QPalette::HighlightedText);
        case QIcon::Normal:
        case QIcon::Active:
            break;
        }
        return palette.color(QPalette::Active, m_role);
    }

    QString m_name;
    QPalette::ColorRole m_role;
};

} // namespace

QIcon icon(const QString &name, QPalette::ColorRole role)
{
    const QIcon own(new PaletteIconEngine(name, role));
    return QIcon::fromTheme(QLatin1String("fairlead-") + name, own);
}

QPixmap pixmap(const QString &name, const QColor &colour, int size, qreal devicePixelRatio)
{
    const int pixels = static_cast<int>(std::ceil(size * devicePixelRatio));
    QPixmap drawn(pixels, pixels);
    drawn.fill(Qt::transparent);
    QSvgRenderer renderer(fileOf(name));
    QPainter painter(&drawn);
    painter.setRenderHint(QPainter::Antialiasing);
    renderer.render(&painter, QRectF(0, 0, pixels, pixels));
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(drawn.rect(), colour);
    painter.end();
    drawn.setDevicePixelRatio(devicePixelRatio);
    return drawn;
}

} // namespace fairlead::ui::icons

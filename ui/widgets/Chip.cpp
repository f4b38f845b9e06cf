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
    const QFontMetrics metrics(font());
    const int mark = m_tone == Tone::Neutral ? 0 : metrics.height() + Theme::space(this, 2);
    return {
        metrics.horizontalAdvance(m_text) + mark + Theme::space(this, 16),
        metrics.height() + Theme::space(this, 6)};
}

void Chip::paintEvent(QPaintEvent *)
{
    const Theme theme = Theme::of(this);
    const QColor ink = inkOf(theme, m_tone);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.tint(ink));
    painter.drawRoundedRect(QRectF(rect()), height() / 2.0, height() / 2.0);

    QRect inner = rect().adjusted(Theme::space(this, 8), 0, -Theme::space(this, 8), 0);
    if (m_tone != Tone::Neutral) {
        const int side = fontMetrics().height();
        const QRect place(
            layoutDirection() == Qt::LeftToRight ? inner.left() : inner.right() - side + 1,
            (height() - side) / 2, side, side);
        painter.drawPixmap(place.topLeft(), icons::pixmap(markOf(m_tone), ink, side, devicePixelRatioF()));
        const int taken = side + Theme::space(this, 2);
        inner.adjust(
            layoutDirection() == Qt::LeftToRight ? taken : 0, 0,
            layoutDirection() == Qt::LeftToRight ? 0 : -taken, 0);
    }
    painter.setPen(ink);
    painter.drawText(inner, Qt::AlignCenter, m_text);
}

} // namespace fairlead::ui

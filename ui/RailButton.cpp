// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/RailButton.h"

#include "ui/Icons.h"
#include "ui/Theme.h"

#include <QPainter>
#include <QStyleOptionFocusRect>

namespace fairlead::ui {

RailButton::RailButton(QByteArray id, const QString &title, QString icon, QWidget *parent)
    : QAbstractButton(parent)
    , m_id(std::move(id))
    , m_icon(std::move(icon))
{
    setText(title);
    setAccessibleName(title);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
}

void RailButton::setCollapsed(bool collapsed)
{
    m_collapsed = collapsed;
    updateGeometry();
    update();
}

QSize RailButton::sizeHint() const
{
    const int icon = Theme::space(this, 20);
    const int padding = Theme::space(this, 8);
    const int height = std::max(icon, fontMetrics().height()) + 2 * padding;
    if (m_collapsed)
        return {icon + 2 * padding, height};
    // Semibold, as the chosen page is, so that choosing one never moves the rest.
    const int words = QFontMetrics(Theme::font(this, Theme::Type::Strong)).horizontalAdvance(text());
    return {icon + words + 3 * padding + Theme::space(this, 12), height};
}

void RailButton::paintEvent(QPaintEvent *)
{
    const Theme theme = Theme::of(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool active = isChecked() || isDown();
    if (active || underMouse()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(active ? theme.selection() : theme.hover());
        painter.drawRoundedRect(rect(), Theme::kRadius, Theme::kRadius);
    }

    const int icon = Theme::space(this, 20);
    const int padding = Theme::space(this, 8);
    const QColor ink = isChecked() ? theme.accent() : theme.text();
    QRect place(padding, (height() - icon) / 2, icon, icon);
    QRect words = rect().adjusted(icon + 2 * padding, 0, -padding, 0);
    if (layoutDirection() == Qt::RightToLeft) {
        place.moveRight(width() - padding - 1);
        words = rect().adjusted(padding, 0, -(icon + 2 * padding), 0);
    }
    painter.drawPixmap(place.topLeft(), icons::pixmap(m_icon, ink, icon, devicePixelRatioF()));
    if (!m_collapsed) {
        painter.setFont(Theme::font(this, isChecked() ? Theme::Type::Strong : Theme::Type::Body));
        painter.setPen(theme.text());
        painter.drawText(
            words,
            static_cast<int>(Qt::AlignVCenter | QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft)),
            text());
    }
    if (hasFocus()) {
        QStyleOptionFocusRect focus;
        focus.initFrom(this);
        focus.rect = rect().adjusted(2, 2, -2, -2);
        style()->drawPrimitive(QStyle::PE_FrameFocusRect, &focus, &painter, this);
    }
}

} // namespace fairlead::ui

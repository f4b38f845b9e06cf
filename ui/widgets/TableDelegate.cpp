// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/TableDelegate.h"

#include "ui/Theme.h"
#include "ui/models/RowsModel.h"
#include "ui/widgets/Chip.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace fairlead::ui {

QColor TableDelegate::shade(const Theme &theme, int series, int nth)
{
    constexpr qreal kStep = 0.28;
    return Theme::mix(theme.series(series), theme.surface(), std::min(0.7, kStep * nth));
}

QFont TableDelegate::fontOf(const QStyleOptionViewItem &option, const QModelIndex &index)
{
    return index.data(role::Fixed).toBool() ? Theme::fixedFont(option.widget) : option.font;
}

QRect TableDelegate::textRect(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const int gap = Theme::space(option.widget, 8);
    QRect rect = option.rect.adjusted(gap, 0, -gap, 0);
    if (index.data(role::Series).isValid()) {
        const int taken = Theme::space(option.widget, 10) + gap;
        rect.adjust(
            option.direction == Qt::LeftToRight ? taken : 0, 0,
            option.direction == Qt::LeftToRight ? 0 : -taken, 0);
    }
    return rect;
}

void TableDelegate::paint(
    QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme theme = Theme::of(option.widget);
    painter->save();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (selected)
        painter->fillRect(option.rect, theme.selection());
    painter->setPen(theme.hairline());
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());

    const QRect text = textRect(option, index);
    if (const QVariant series = index.data(role::Series); series.isValid()) {
        const int side = Theme::space(option.widget, 10);
        const int x = option.direction == Qt::LeftToRight
                          ? text.left() - side - Theme::space(option.widget, 8)
                          : text.right() + 1 + Theme::space(option.widget, 8);
        const QRectF mark(x, text.center().y() - side / 2.0 + 0.5, side, side);
        Theme::drawSeriesMark(
            *painter, mark, series.toInt(), shade(theme, series.toInt(), index.data(role::Shade).toInt()));
    }

    const QString words = index.data().toString();
    if (const QVariant tone = index.data(role::Tone); tone.isValid() && !words.isEmpty()) {
        const auto chipTone = static_cast<Chip::Tone>(tone.toInt());
        const QSize size = Chip::sizeOf(option.widget, words, chipTone).boundedTo(text.size());
        const QRect place
            = QStyle::alignedRect(option.direction, Qt::AlignLeft | Qt::AlignVCenter, size, text);
        Chip::draw(*painter, option.widget, place, words, chipTone);
    } else {
        const QVariant aligned = index.data(Qt::TextAlignmentRole);
        const auto align
            = aligned.isValid() ? Qt::Alignment(aligned.toInt()) : Qt::AlignLeft | Qt::AlignVCenter;
        painter->setFont(fontOf(option, index));
        painter->setPen(index.data(role::Secondary).toBool() ? theme.muted() : theme.text());
        painter->drawText(
            text, static_cast<int>(QStyle::visualAlignment(option.direction, align)),
            painter->fontMetrics().elidedText(words, Qt::ElideRight, text.width()));
    }
    painter->restore();
}

bool TableDelegate::helpEvent(
    QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option, const QModelIndex &index)
{
    if (event->type() != QEvent::ToolTip)
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    QString tip = index.data(Qt::ToolTipRole).toString();
    const QString words = index.data().toString();
    if (QFontMetrics(fontOf(option, index)).horizontalAdvance(words) > textRect(option, index).width())
        tip = tip.isEmpty() ? words : words + QLatin1Char('\n') + tip;
    QToolTip::showText(event->globalPos(), tip, view);
    return true;
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/routes/TargetDelegate.h"

#include "ui/Theme.h"
#include "ui/routes/TargetListModel.h"

#include <QPainter>

namespace fairlead::ui {

namespace {

/// Two columns of three dots.
void drawGrip(QPainter &painter, const QRect &place, const QColor &ink)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    const qreal step = place.height() / 3.0;
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 2; ++column) {
            const QPointF at(place.left() + column * step + 1, place.top() + row * step + 1);
            painter.drawEllipse(at, 1.2, 1.2);
        }
    }
}

} // namespace

QSize TargetDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const QFontMetrics caption(Theme::font(option.widget, Theme::Type::Caption));
    const int lines = option.fontMetrics.height() + caption.height();
    return {option.fontMetrics.averageCharWidth() * 40, lines + Theme::space(option.widget, 20)};
}

void TargetDelegate::paint(
    QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme theme = Theme::of(option.widget);
    const int gap = Theme::space(option.widget, 8);
    const bool leftToRight = option.direction == Qt::LeftToRight;
    const auto aligned = [&](Qt::Alignment align) {
        return static_cast<int>(QStyle::visualAlignment(option.direction, align));
    };
    const auto take = [leftToRight](QRect &from, int width) {
        QRect taken = from;
        if (leftToRight) {
            taken.setWidth(width);
            from.setLeft(from.left() + width);
        } else {
            taken.setLeft(from.right() - width + 1);
            from.setRight(from.right() - width);
        }
        return taken;
    };
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(option.rect).adjusted(1, 2, -1, -2);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
    const bool focused = selected && option.state.testFlag(QStyle::State_HasFocus);
    painter->setPen(QPen(focused ? theme.accent() : theme.hairline(), 1));
    painter->setBrush(selected ? theme.selection() : hovered ? theme.hover() : theme.surface());
    painter->drawRoundedRect(frame, Theme::kRadius, Theme::kRadius);

    QRect inner = option.rect.adjusted(gap, 0, -gap, 0);
    const int dots = Theme::space(option.widget, 12);
    QRect grip = take(inner, dots + gap);
    grip = QStyle::alignedRect(option.direction, Qt::AlignLeft | Qt::AlignVCenter, QSize(dots, dots), grip);
    drawGrip(*painter, grip, hovered || selected ? theme.muted() : theme.hairline());

    const int number = index.data(TargetListModel::NumberRole).toInt();
    const QRect place = take(inner, option.fontMetrics.horizontalAdvance(QStringLiteral("00")) + gap);
    painter->setFont(Theme::font(option.widget, Theme::Type::Strong));
    painter->setPen(theme.muted());
    painter->drawText(
        place, aligned(Qt::AlignLeft | Qt::AlignVCenter),
        number > 0 ? QString::number(number) : QStringLiteral("–"));

    const int mark = Theme::space(option.widget, 10);
    QRect markPlace = take(inner, mark + gap);
    const QString name = index.data().toString();
    if (!index.data(TargetListModel::IsRouteRole).toBool()) {
        const int series = Theme::seriesOf(name.section(QLatin1Char('/'), 0, 0).toUtf8());
        markPlace = QStyle::alignedRect(
            option.direction, Qt::AlignLeft | Qt::AlignVCenter, QSize(mark, mark), markPlace);
        Theme::drawSeriesMark(*painter, markPlace, series, theme.series(series));
    }

    const QString lamp = index.data(TargetListModel::LampRole).toString();
    const auto tone = static_cast<Chip::Tone>(index.data(TargetListModel::ToneRole).toInt());
    const QSize size = Chip::sizeOf(option.widget, lamp, tone);
    const QRect chip = QStyle::alignedRect(option.direction, Qt::AlignRight | Qt::AlignVCenter, size, inner);
    painter->setFont(option.font); // the chip takes its own from it
    Chip::draw(*painter, option.widget, chip, lamp, tone);
    const int used = size.width() + gap;
    inner.adjust(leftToRight ? 0 : used, 0, leftToRight ? -used : 0, 0);

    const QFontMetrics caption(Theme::font(option.widget, Theme::Type::Caption));
    const QString note = index.data(TargetListModel::NoteRole).toString();
    const QString speed = index.data(TargetListModel::SpeedRole).toString();
    const QString below = note.isEmpty() ? speed : note;
    const int height = option.fontMetrics.height() + (below.isEmpty() ? 0 : caption.height());
    inner
        = QRect(inner.left(), option.rect.top() + (option.rect.height() - height) / 2, inner.width(), height);
    painter->setFont(option.font);
    painter->setPen(theme.text());
    painter->drawText(
        inner, aligned(Qt::AlignLeft | Qt::AlignTop),
        option.fontMetrics.elidedText(name, Qt::ElideMiddle, inner.width()));
    painter->setFont(Theme::font(option.widget, Theme::Type::Caption));
    painter->setPen(theme.muted());
    painter->drawText(
        inner, aligned(Qt::AlignLeft | Qt::AlignBottom),
        caption.elidedText(below, Qt::ElideRight, inner.width()));
    painter->restore();
}

} // namespace fairlead::ui

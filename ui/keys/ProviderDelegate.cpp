// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/keys/ProviderDelegate.h"

#include "ui/Theme.h"
#include "ui/models/ProviderListModel.h"

#include <QPainter>

namespace fairlead::ui {

bool ProviderDelegate::opensSection(const QModelIndex &index)
{
    if (index.row() == 0)
        return true;
    const QModelIndex before = index.siblingAtRow(index.row() - 1);
    return before.data(ProviderListModel::ConfiguredRole) != index.data(ProviderListModel::ConfiguredRole);
}

int ProviderDelegate::sectionHeight(const QWidget *widget)
{
    return QFontMetrics(Theme::font(widget, Theme::Type::Caption)).height() + Theme::space(widget, 16);
}

QSize ProviderDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const QFontMetrics caption(Theme::font(option.widget, Theme::Type::Caption));
    const int lines = option.fontMetrics.height() + caption.height() + Theme::space(option.widget, 18);
    return {
        option.fontMetrics.averageCharWidth() * 30,
        lines + (opensSection(index) ? sectionHeight(option.widget) : 0)};
}

void ProviderDelegate::paint(
    QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Theme theme = Theme::of(option.widget);
    const int gap = Theme::space(option.widget, 8);
    const bool leftToRight = option.direction == Qt::LeftToRight;
    const auto aligned = [&](Qt::Alignment align) {
        return static_cast<int>(QStyle::visualAlignment(option.direction, align));
    };
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QRect row = option.rect;
    const bool configured = index.data(ProviderListModel::ConfiguredRole).toBool();
    if (opensSection(index)) {
        const QRect head(row.left() + gap, row.top(), row.width() - 2 * gap, sectionHeight(option.widget));
        painter->setFont(Theme::font(option.widget, Theme::Type::Caption));
        painter->setPen(theme.muted());
        painter->drawText(
            head.adjusted(0, 0, 0, -Theme::space(option.widget, 4)), aligned(Qt::AlignLeft | Qt::AlignBottom),
            configured ? tr("Set up") : tr("Available"));
        row.setTop(head.bottom());
    }
    if (option.state.testFlag(QStyle::State_Selected)) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.selection());
        painter->drawRoundedRect(QRectF(row).adjusted(1, 1, -1, -1), Theme::kRadius, Theme::kRadius);
    } else if (option.state.testFlag(QStyle::State_MouseOver)) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(theme.hover());
        painter->drawRoundedRect(QRectF(row).adjusted(1, 1, -1, -1), Theme::kRadius, Theme::kRadius);
    }

    QRect inner = row.adjusted(gap, 0, -gap, 0);
    const int mark = Theme::space(option.widget, 10);
    const int series = index.data(role::Series).toInt();
    const QRectF place(
        leftToRight ? inner.left() : inner.right() - mark + 1, row.center().y() - mark / 2.0 + 0.5, mark,
        mark);
    Theme::drawSeriesMark(*painter, place, series, configured ? theme.series(series) : theme.hairline());
    const int taken = mark + Theme::space(option.widget, 12);
    inner.adjust(leftToRight ? taken : 0, 0, leftToRight ? 0 : -taken, 0);

    if (const QString state = index.data(ProviderListModel::StateRole).toString(); !state.isEmpty()) {
        const auto tone = static_cast<Chip::Tone>(index.data(role::Tone).toInt());
        const QSize size = Chip::sizeOf(option.widget, state, tone);
        const QRect chip
            = QStyle::alignedRect(option.direction, Qt::AlignRight | Qt::AlignVCenter, size, inner);
        Chip::draw(*painter, option.widget, chip, state, tone);
        const int used = size.width() + gap;
        inner.adjust(leftToRight ? 0 : used, 0, leftToRight ? -used : 0, 0);
    }

    const QFontMetrics caption(Theme::font(option.widget, Theme::Type::Caption));
    const int height = option.fontMetrics.height() + caption.height() + Theme::space(option.widget, 2);
    inner = QRect(inner.left(), row.top() + (row.height() - height) / 2, inner.width(), height);
    painter->setFont(option.font);
    painter->setPen(theme.text());
    painter->drawText(
        inner, aligned(Qt::AlignLeft | Qt::AlignTop),
        option.fontMetrics.elidedText(index.data().toString(), Qt::ElideRight, inner.width()));
    painter->setFont(Theme::font(option.widget, Theme::Type::Caption));
    painter->setPen(theme.muted());
    painter->drawText(
        inner, aligned(Qt::AlignLeft | Qt::AlignBottom),
        caption.elidedText(
            index.data(ProviderListModel::NoteRole).toString(), Qt::ElideRight, inner.width()));
    painter->restore();
}

} // namespace fairlead::ui

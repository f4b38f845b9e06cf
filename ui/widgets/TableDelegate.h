// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace fairlead::ui {

class Theme;

/// Draws the cells of our tables by the roles in RowsModel.h: series mark, chip, muted or fixed text, a
/// hairline under each row. Text that is cut says the whole on hover.
class TableDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void
    paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    bool helpEvent(
        QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option,
        const QModelIndex &index) override;

    /// The n-th model of a provider: its colour, lighter each time.
    [[nodiscard]] static QColor shade(const Theme &theme, int series, int nth);

private:
    [[nodiscard]] QRect textRect(const QStyleOptionViewItem &option, const QModelIndex &index) const;
    [[nodiscard]] static QFont fontOf(const QStyleOptionViewItem &option, const QModelIndex &index);
};

} // namespace fairlead::ui

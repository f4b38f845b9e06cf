// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/routes/MoveModel.h"

#include "ui/Format.h"
#include "ui/Theme.h"

namespace fairlead::ui {

void MoveModel::apply(const routing::Simulation &simulation)
{
    std::vector<MoveRow> next;
    for (const routing::Simulation::Move &move : simulation.moves)
        next.push_back({move.from + '\n' + move.to, move.from, move.to, move.requests, move.was, move.would});
    applyRows(std::move(next));
}

int MoveModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : kColumns;
}

QString MoveModel::text(const MoveRow &row, int column)
{
    switch (column) {
    case From:
        return QString::fromUtf8(row.from);
    case To:
        return QString::fromUtf8(row.to);
    case Requests:
        return format::count(row.requests);
    case Was:
        return format::money(row.was);
    case Would:
        return format::money(row.would);
    default:
        return {};
    }
}

QVariant MoveModel::data(const QModelIndex &index, int role) const
{
    const MoveRow *row = rowAt(index.row());
    if (!row)
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return text(*row, column);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::Alignment(
            column < Requests ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter));
    case Qt::ToolTipRole:
        if ((column == Was && !row->was) || (column == Would && !row->would))
            return tr("Not all of these requests have a known price there.");
        return column < Requests ? text(*row, column) : QVariant();
    case role::Series:
        if (column < Requests) {
            const QByteArray &name = column == From ? row->from : row->to;
            return Theme::seriesOf(name.left(name.indexOf('/')));
        }
        return {};
    default:
        return {};
    }
}

QVariant MoveModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(
            section < Requests ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case From:
        return tr("From");
    case To:
        return tr("To");
    case Requests:
        return tr("Requests");
    case Was:
        return tr("Cost");
    case Would:
        return tr("Would be");
    default:
        return {};
    }
}

} // namespace fairlead::ui

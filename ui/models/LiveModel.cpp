// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/LiveModel.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/models/LogModel.h"
#include "ui/widgets/Chip.h"

namespace fairlead::ui {

using Phase = gateway::LiveExchange::Phase;

namespace {

LiveRow rowOf(const gateway::LiveExchange &exchange)
{
    LiveRow row;
    row.key = exchange.id;
    row.startedMs = exchange.startedMs;
    row.app = appWords(exchange.app, exchange.origin);
    row.asked = QString::fromUtf8(exchange.modelAsked);
    if (!exchange.provider.isEmpty()) {
        row.served = QString::fromUtf8(exchange.provider + '/' + exchange.model);
        row.series = Theme::seriesOf(exchange.provider);
    }
    row.phase = exchange.phase;
    row.attempts = exchange.attempts;
    return row;
}

Chip::Tone toneOf(Phase phase)
{
    return phase == Phase::Streaming ? Chip::Tone::Good : Chip::Tone::Neutral;
}

bool isNumber(int column)
{
    return column == LiveModel::Since || column == LiveModel::Attempts;
}

} // namespace

void LiveModel::apply(const std::vector<gateway::LiveExchange> &exchanges)
{
    std::vector<LiveRow> next;
    next.reserve(exchanges.size());
    for (const gateway::LiveExchange &exchange : exchanges)
        next.push_back(rowOf(exchange));
    std::stable_sort(next.begin(), next.end(), [](const LiveRow &a, const LiveRow &b) {
        return a.startedMs > b.startedMs;
    });
    applyRows(std::move(next));
}

void LiveModel::setNow(qint64 nowMs)
{
    m_nowMs = nowMs;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, Since), index(rowCount() - 1, Since), {Qt::DisplayRole});
}

QByteArray LiveModel::idAt(int row) const
{
    const LiveRow *found = rowAt(row);
    return found ? found->key : QByteArray();
}

int LiveModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : kColumns;
}

QString LiveModel::text(const LiveRow &row, int column) const
{
    switch (column) {
    case Since:
        return format::duration(
            std::chrono::microseconds(std::max<qint64>(0, m_nowMs - row.startedMs) * 1000));
    case App:
        return row.app;
    case Asked:
        return row.asked;
    case Served:
        return row.served.isEmpty() ? format::unknown() : row.served;
    case Phase:
        switch (row.phase) {
        case gateway::LiveExchange::Phase::Routing:
            return tr("Choosing", "a provider");
        case gateway::LiveExchange::Phase::Connecting:
            return tr("Connecting");
        case gateway::LiveExchange::Phase::Waiting:
            return tr("Waiting");
        case gateway::LiveExchange::Phase::Streaming:
            return tr("Answering");
        }
        return QString();
    case Attempts:
        return format::count(row.attempts);
    default:
        return QString();
    }
}

QVariant LiveModel::data(const QModelIndex &index, int role) const
{
    const LiveRow *row = rowAt(index.row());
    if (!row)
        return QVariant();
    switch (role) {
    case Qt::DisplayRole:
        return text(*row, index.column());
    case Qt::TextAlignmentRole:
        return static_cast<int>(
            (isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case Qt::ToolTipRole:
        if (index.column() == Since)
            return format::absoluteTime(row->startedMs);
        return index.column() == Served && row->served.isEmpty() ? QVariant(tr("Not decided yet"))
                                                                 : QVariant();
    case role::Tone:
        return index.column() == Phase ? QVariant(static_cast<int>(toneOf(row->phase))) : QVariant();
    case role::Series:
        return index.column() == Served && !row->served.isEmpty() ? QVariant(row->series) : QVariant();
    default:
        return QVariant();
    }
}

QVariant LiveModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return QVariant();
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return QVariant();
    switch (section) {
    case Since:
        return tr("Since");
    case App:
        return tr("App");
    case Asked:
        return tr("Asked for");
    case Served:
        return tr("Served by");
    case Phase:
        return tr("State");
    case Attempts:
        return tr("Attempts");
    default:
        return QVariant();
    }
}

} // namespace fairlead::ui

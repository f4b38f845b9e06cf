// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/SummaryModel.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/models/LogModel.h"

#include <QCoreApplication>
#include <QHash>

namespace fairlead::ui {

namespace {

std::optional<std::chrono::microseconds> micros(std::optional<qint64> us)
{
    return us ? std::make_optional(std::chrono::microseconds(*us)) : std::nullopt;
}

SpendRow rowOf(const storage::SummaryRow &sum)
{
    SpendRow row;
    row.key = sum.key;
    row.requests = sum.requests;
    row.failed = sum.failed;
    row.unpriced = sum.unpriced;
    row.cost = sum.cost;
    row.input = sum.inputTokens - sum.cachedTokens;
    row.cached = sum.cachedTokens;
    row.output = sum.outputTokens;
    row.reasoning = sum.reasoningTokens;
    row.p50us = sum.firstTextP50us;
    row.p95us = sum.firstTextP95us;
    return row;
}

} // namespace

QString costWords(NanoUsd cost, qint64 unpriced)
{
    if (unpriced == 0)
        return format::money(cost);
    return cost == NanoUsd() ? format::unknown() : QStringLiteral("≥ ") + format::money(cost);
}

QString unpricedWords(qint64 unpriced)
{
    return QCoreApplication::translate(
        "SummaryModel", "%n without a price", nullptr, static_cast<int>(unpriced));
}

SummaryModel::SummaryModel(By by, QObject *parent)
    : RowsModel(parent)
    , m_by(by)
{ }

void SummaryModel::apply(const std::vector<storage::SummaryRow> &rows)
{
    std::vector<SpendRow> next;
    QHash<QByteArray, int> seen;
    for (const storage::SummaryRow &sum : rows) {
        SpendRow row = rowOf(sum);
        if (m_by == By::Model) {
            const qsizetype slash = row.key.indexOf('/');
            row.name = row.key.isEmpty() ? tr("Nobody answered") : QString::fromUtf8(row.key);
            if (slash > 0) {
                const QByteArray provider = row.key.first(slash);
                row.series = Theme::seriesOf(provider);
                row.shade = seen[provider]++;
            }
        } else {
            row.name = row.key.isEmpty() ? tr("Fairlead itself") : appWords(row.key, row.key);
        }
        next.push_back(std::move(row));
    }
    applyRows(std::move(next));
}

int SummaryModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : kColumns;
}

QString SummaryModel::text(const SpendRow &row, int column) const
{
    switch (column) {
    case Name:
        return row.name;
    case Requests:
        return format::count(row.requests);
    case Input:
        return format::tokens(row.input);
    case Cached:
        return format::tokens(row.cached);
    case Output:
        return format::tokens(row.output);
    case Cost:
        return costWords(row.cost, row.unpriced);
    case Unpriced:
        return row.unpriced > 0 ? unpricedWords(row.unpriced) : QString();
    case FirstP50:
        return format::duration(micros(row.p50us));
    case FirstP95:
        return format::duration(micros(row.p95us));
    default:
        return QString();
    }
}

QString SummaryModel::tip(const SpendRow &row, int column) const
{
    switch (column) {
    case Name:
        return m_by == By::App && row.key.isEmpty()
                   ? tr("Asked from the window or the command line, without a token")
                   : QString();
    case Requests:
        return row.failed > 0 ? tr("%n failed", nullptr, static_cast<int>(row.failed)) : QString();
    case Input:
        return format::exactTokens(row.input);
    case Cached:
        return format::exactTokens(row.cached);
    case Output:
        if (row.reasoning > 0)
            return tr("%1, of them %2 for thinking")
                .arg(format::exactTokens(row.output), format::count(row.reasoning));
        return format::exactTokens(row.output);
    case Cost:
        return row.unpriced > 0 ? unpricedWords(row.unpriced) : format::exactMoney(row.cost);
    case Unpriced:
        return row.unpriced > 0 ? tr("Their price is not known, so they are not in the cost") : QString();
    case FirstP50:
    case FirstP95:
        return row.p50us ? QString() : tr("No answer had a first token");
    default:
        return QString();
    }
}

QVariant SummaryModel::data(const QModelIndex &index, int role) const
{
    const SpendRow *row = rowAt(index.row());
    if (!row)
        return QVariant();
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return text(*row, column);
    case Qt::ToolTipRole:
        return tip(*row, column);
    case Qt::TextAlignmentRole:
        return static_cast<int>((column == Name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    case role::Series:
        return column == Name && row->series >= 0 ? QVariant(row->series) : QVariant();
    case role::Shade:
        return row->shade;
    case role::Secondary:
        return column == Unpriced;
    case role::Exact:
        return column == Cost && row->unpriced == 0 ? QVariant(format::exactMoney(row->cost)) : QVariant();
    default:
        return QVariant();
    }
}

QVariant SummaryModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return QVariant();
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((section == Name ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        if (section == FirstP50)
            return tr("Half of the answers began within this time (TTFT p50)");
        if (section == FirstP95)
            return tr("19 of 20 answers began within this time (TTFT p95)");
        return QVariant();
    }
    if (role != Qt::DisplayRole)
        return QVariant();
    switch (section) {
    case Name:
        return m_by == By::Model ? tr("Model") : tr("App");
    case Requests:
        return tr("Requests");
    case Input:
        return tr("Read");
    case Cached:
        return tr("Cached");
    case Output:
        return tr("Written");
    case Cost:
        return tr("Cost");
    case Unpriced:
        return QString();
    case FirstP50:
        return tr("First p50");
    case FirstP95:
        return tr("First p95");
    default:
        return QVariant();
    }
}

} // namespace fairlead::ui

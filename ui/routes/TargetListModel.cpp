// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/routes/TargetListModel.h"

#include "config/ConditionText.h"
#include "ui/Format.h"

#include <QCoreApplication>

#include <algorithm>

namespace fairlead::ui {

using config::RouteTarget;
using gateway::TargetCondition;

QString targetNote(const RouteTarget &target, const QByteArray &strategy)
{
    const auto words = [](const char *text) { return QCoreApplication::translate("TargetNote", text); };
    QStringList notes;
    const QString share
        = target.sharePermille ? QString::fromUtf8(config::permilleText(*target.sharePermille)) : QString();
    if (target.shadow)
        notes += share.isEmpty() ? words("Shadow: gets a copy of each request, answers nobody")
                                 : words("Shadow: gets a copy of %1, answers nobody").arg(share);
    else if (target.isCanary())
        notes += words("Canary: %1 of the requests").arg(share);
    else if (strategy == "weighted")
        notes += words("Weight %1").arg(target.weight);
    if (target.when)
        notes += words("Only %1").arg(QString::fromUtf8(config::conditionText(*target.when)));
    return notes.join(QStringLiteral(" · "));
}

void TargetListModel::setRoute(const config::RouteConfig *route)
{
    std::vector<RouteTarget> next = route ? route->targets : std::vector<RouteTarget>();
    const QByteArray strategy = route ? route->strategy : QByteArray();
    if (next == m_targets && strategy == m_strategy)
        return;
    m_strategy = strategy;
    if (next.size() == m_targets.size()) {
        m_targets = std::move(next); // the selection stays where it is
        if (!m_targets.empty())
            Q_EMIT dataChanged(index(0), index(rowCount() - 1));
        return;
    }
    beginResetModel();
    m_targets = std::move(next);
    endResetModel();
}

void TargetListModel::setConditions(const std::vector<TargetCondition> &conditions)
{
    m_conditions.clear();
    for (const TargetCondition &condition : conditions)
        m_conditions.insert(condition.target, condition);
    if (!m_targets.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

void TargetListModel::setUnready(const QSet<QByteArray> &providers)
{
    m_unready = providers;
    if (!m_targets.empty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int TargetListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_targets.size());
}

QString TargetListModel::note(const RouteTarget &target) const
{
    return targetNote(target, m_strategy);
}

std::pair<QString, Chip::Tone> TargetListModel::lamp(const RouteTarget &target) const
{
    using Lamp = TargetCondition::Lamp;
    if (!target.name.contains('/'))
        return {tr("Route"), Chip::Tone::Neutral};
    if (m_unready.contains(target.name.left(target.name.indexOf('/'))))
        return {tr("Not set up"), Chip::Tone::Warn};
    switch (m_conditions.value(target.name).lamp) {
    case Lamp::Good:
        return {tr("Healthy"), Chip::Tone::Good};
    case Lamp::Shaky:
        return {tr("Shaky"), Chip::Tone::Warn};
    case Lamp::Resting:
        return {tr("Resting"), Chip::Tone::Warn};
    case Lamp::Down:
        return {tr("Down"), Chip::Tone::Bad};
    }
    Q_UNREACHABLE();
}

QString TargetListModel::speed(const RouteTarget &target) const
{
    const TargetCondition condition = m_conditions.value(target.name);
    QStringList words;
    if (condition.firstToken)
        words += tr("first token %1").arg(format::duration(std::chrono::microseconds(*condition.firstToken)));
    if (condition.tokensPerSecond)
        words += format::tokenRate(condition.tokensPerSecond);
    return words.join(QStringLiteral(", "));
}

QString TargetListModel::tip(const RouteTarget &target) const
{
    const TargetCondition condition = m_conditions.value(target.name);
    QStringList lines{QString::fromUtf8(target.name)};
    if (!condition.words.isEmpty())
        lines += condition.words;
    if (condition.inFlight > 0)
        lines += tr("%n request(s) under way", nullptr, condition.inFlight);
    if (const QString said = note(target); !said.isEmpty())
        lines += said;
    return lines.join(QLatin1Char('\n'));
}

/// Canaries and shadows have no place in the order.
int TargetListModel::number(int row) const
{
    const auto isPlaced = [](const RouteTarget &target) { return !target.shadow && !target.isCanary(); };
    const auto at = m_targets.begin() + row;
    return isPlaced(*at) ? static_cast<int>(std::count_if(m_targets.begin(), at, isPlaced)) + 1 : 0;
}

QVariant TargetListModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const RouteTarget &target = m_targets[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return QString::fromUtf8(target.name);
    case Qt::ToolTipRole:
        return tip(target);
    case Qt::AccessibleTextRole:
        return QStringList{QString::fromUtf8(target.name), lamp(target).first, note(target)}.join(
            QStringLiteral(", "));
    case NoteRole:
        return note(target);
    case LampRole:
        return lamp(target).first;
    case ToneRole:
        return static_cast<int>(lamp(target).second);
    case SpeedRole:
        return speed(target);
    case IsRouteRole:
        return !target.name.contains('/');
    case NumberRole:
        return number(index.row());
    default:
        return {};
    }
}

Qt::ItemFlags TargetListModel::flags(const QModelIndex &index) const
{
    // Between rows, never onto one.
    if (!index.isValid())
        return Qt::ItemIsDropEnabled;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
}

bool TargetListModel::moveRows(const QModelIndex &from, int row, int count, const QModelIndex &to, int before)
{
    const bool inside = count == 1 && row >= 0 && row < rowCount() && before >= 0 && before <= rowCount();
    if (from.isValid() || to.isValid() || !inside || !beginMoveRows(from, row, row, to, before))
        return false;
    const auto at = m_targets.begin() + row;
    if (before > row)
        std::rotate(at, at + 1, m_targets.begin() + before);
    else
        std::rotate(m_targets.begin() + before, at, at + 1);
    endMoveRows();
    Q_EMIT reordered();
    return true;
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/AppModel.h"

#include "ui/Format.h"

namespace fairlead::ui {

void AppModel::apply(const std::vector<gateway::AppInfo> &apps)
{
    std::vector<AppRow> next;
    for (const gateway::AppInfo &app : apps) {
        if (app.revoked)
            continue;
        AppRow row;
        row.key = app.fromConfig ? "config:" + app.name : app.name;
        row.name = app.name;
        row.tokenHint = QString::fromUtf8(app.tokenHint);
        row.createdMs = app.createdMs;
        row.lastSeenMs = app.lastSeenMs;
        row.fromConfig = app.fromConfig;
        next.push_back(std::move(row));
    }
    applyRows(std::move(next));
}

void AppModel::setNow(qint64 nowMs)
{
    m_nowMs = nowMs;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, LastSeen), index(rowCount() - 1, LastSeen), {Qt::DisplayRole});
}

int AppModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : kColumns;
}

QString AppModel::text(const AppRow &row, int column) const
{
    switch (column) {
    case Name:
        return QString::fromUtf8(row.name);
    case Token:
        if (row.fromConfig)
            return tr("from the environment");
        return row.tokenHint.isEmpty() ? format::unknown() : QStringLiteral("…") + row.tokenHint;
    case LastSeen:
        if (row.lastSeenMs > 0)
            return format::relativeTime(row.lastSeenMs, std::max(m_nowMs, row.lastSeenMs));
        return row.fromConfig ? format::unknown() : tr("never");
    default:
        return QString();
    }
}

QString AppModel::tip(const AppRow &row, int column) const
{
    switch (column) {
    case Token:
        return row.fromConfig
                   ? tr("The config file names the variable that holds it.")
                   : tr("Only the end is kept to recognise it by; the token itself was shown once.");
    case LastSeen:
        if (row.lastSeenMs > 0)
            return format::absoluteTime(row.lastSeenMs);
        return row.fromConfig ? tr("Not noted for apps of the config file") : QString();
    default:
        return row.createdMs > 0 ? tr("Added %1").arg(format::absoluteTime(row.createdMs)) : QString();
    }
}

QVariant AppModel::data(const QModelIndex &index, int role) const
{
    const AppRow *row = rowAt(index.row());
    if (!row)
        return QVariant();
    switch (role) {
    case Qt::DisplayRole:
        return text(*row, index.column());
    case Qt::ToolTipRole:
        return tip(*row, index.column());
    case role::Secondary:
        return index.column() != Name;
    case role::Fixed:
        return index.column() == Token && !row->fromConfig;
    default:
        return QVariant();
    }
}

QVariant AppModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QVariant();
    switch (section) {
    case Name:
        return tr("App");
    case Token:
        return tr("Token");
    case LastSeen:
        return tr("Last seen");
    default:
        return QVariant();
    }
}

} // namespace fairlead::ui

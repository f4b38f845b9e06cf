// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/ControlTable.h"

#include "storage/Columns.h"

#include <QSqlError>

namespace fairlead::storage {

Result<std::vector<ControlRecord>> ControlTable::load() const
{
    auto query = m_database.prepare(
        QStringLiteral("SELECT kind, app, amount_nano, until_ms, reason, set_ms FROM controls"
                       " ORDER BY kind, app"));
    if (!query)
        return fail(query.error());
    if (!query->exec())
        return fail(m_database.error(query->lastError()));
    std::vector<ControlRecord> controls;
    while (query->next()) {
        Columns columns(*query);
        ControlRecord control;
        control.kind = columns.integer() == 0 ? ControlRecord::Kind::Pause : ControlRecord::Kind::Raise;
        control.app = columns.text();
        control.amount = NanoUsd(columns.integer());
        control.untilMs = columns.integer();
        control.reason = columns.text();
        control.setMs = columns.integer();
        controls.push_back(std::move(control));
    }
    if (query->lastError().isValid())
        return fail(m_database.error(query->lastError()));
    return controls;
}

Result<void> ControlTable::save(const ControlRecord &control) const
{
    auto query = m_database.prepare(
        QStringLiteral("INSERT OR REPLACE INTO controls (kind, app, amount_nano, until_ms, reason, set_ms)"
                       " VALUES (?, ?, ?, ?, ?, ?)"));
    if (!query)
        return fail(query.error());
    Binder(*query)
        .integer(static_cast<qint64>(control.kind))
        .text(control.app)
        .integer(control.amount.nano())
        .integer(control.untilMs)
        .text(control.reason)
        .integer(control.setMs);
    if (!query->exec())
        return fail(m_database.error(query->lastError()));
    return {};
}

Result<void> ControlTable::remove(ControlRecord::Kind kind, const QByteArray &app) const
{
    auto query = m_database.prepare(QStringLiteral("DELETE FROM controls WHERE kind = ? AND app = ?"));
    if (!query)
        return fail(query.error());
    Binder(*query).integer(static_cast<qint64>(kind)).text(app);
    if (!query->exec())
        return fail(m_database.error(query->lastError()));
    return {};
}

} // namespace fairlead::storage

// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/AppTable.h"

#include "storage/Columns.h"

#include <QSqlError>

namespace fairlead::storage {

namespace {

// Model names hold no line breaks, so that a list of them is their lines.
QByteArray joined(const std::vector<QByteArray> &names)
{
    QByteArray lines;
    for (const QByteArray &name : names)
        lines += name + '\n';
    return lines;
}

std::vector<QByteArray> split(const QByteArray &lines)
{
    std::vector<QByteArray> names;
    for (const QByteArray &line : lines.split('\n')) {
        if (!line.isEmpty())
            names.push_back(line);
    }
    return names;
}

} // namespace

Result<std::vector<AppRecord>> AppTable::load() const
{
    auto query = m_database.prepare(QStringLiteral(
        "SELECT name, token_hash, token_hint, created_ms, last_seen_ms, models, revoked FROM apps"
        " ORDER BY name"));
    if (!query)
        return fail(query.error());
    if (!query->exec())
        return fail(m_database.error(query->lastError()));
    std::vector<AppRecord> apps;
    while (query->next()) {
        Columns columns(*query);
        AppRecord app;
        app.name = columns.text();
        app.tokenHash = columns.blob();
        app.tokenHint = columns.text();
        app.createdMs = columns.integer();
        app.lastSeenMs = columns.integer();
        app.models = split(columns.text());
        app.revoked = columns.integer() != 0;
        apps.push_back(std::move(app));
    }
    if (query->lastError().isValid())
        return fail(m_database.error(query->lastError()));
    return apps;
}

Result<void> AppTable::save(const AppRecord &app) const
{
    if (app.name.isEmpty())
        return fail(ErrorKind::Invalid, "an app needs a name");
    auto query = m_database.prepare(QStringLiteral(
        "INSERT OR REPLACE INTO apps (name, token_hash, token_hint, created_ms, last_seen_ms, models,"
        " revoked) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    if (!query)
        return fail(query.error());
    Binder binder(*query);
    binder.text(app.name)
        .blob(app.tokenHash)
        .text(app.tokenHint)
        .integer(app.createdMs)
        .integer(app.lastSeenMs);
    binder.text(joined(app.models)).integer(qint64(app.revoked));
    if (!query->exec())
        return fail(m_database.error(query->lastError()));
    return {};
}

Result<void> AppTable::saw(const QByteArray &name, qint64 atMs) const
{
    auto query = m_database.prepare(
        QStringLiteral("UPDATE apps SET last_seen_ms = max(last_seen_ms, ?) WHERE name = ?"));
    if (!query)
        return fail(query.error());
    Binder(*query).integer(atMs).text(name);
    if (!query->exec())
        return fail(m_database.error(query->lastError()));
    return {};
}

Result<void> AppTable::remove(const QByteArray &name) const
{
    auto query = m_database.prepare(QStringLiteral("DELETE FROM apps WHERE name = ?"));
    if (!query)
        return fail(query.error());
    Binder(*query).text(name);
    if (!query->exec())
        return fail(m_database.error(query->lastError()));
    if (query->numRowsAffected() == 0)
        return fail(ErrorKind::NotFound, "there is no app named \"" + name + '"');
    return {};
}

} // namespace fairlead::storage

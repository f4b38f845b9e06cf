// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Statement.h"

#include "storage/Database.h"

#include <QStringList>

#include <sqlite3.h>

namespace fairlead::storage {

namespace {

QSqlError errorOf(sqlite3 *handle)
{
    return QSqlError(
        QString(), QString::fromUtf8(sqlite3_errmsg(handle)), QSqlError::StatementError,
        QString::number(sqlite3_extended_errcode(handle)));
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt *statement) const
{
    sqlite3_finalize(statement);
}

Result<Statement> Statement::prepare(Database &database, const QString &sql)
{
    sqlite3 *handle = database.handle();
    const QByteArray text = sql.toUtf8();
    sqlite3_stmt *raw = nullptr;
    const int code = sqlite3_prepare_v3(
        handle, text.constData(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    Statement statement;
    statement.m_statement.reset(raw);
    if (code != SQLITE_OK)
        return fail(database.error(errorOf(handle)));
    return statement;
}

// Without data both would become NULL.
Statement &Statement::text(QByteArrayView value)
{
    const char *bytes = value.isEmpty() ? "" : value.data();
    sqlite3_bind_text(m_statement.get(), ++m_last, bytes, static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
}

Statement &Statement::blob(QByteArrayView value)
{
    const char *bytes = value.isEmpty() ? "" : value.data();
    sqlite3_bind_blob(m_statement.get(), ++m_last, bytes, static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
}

Statement &Statement::integer(qint64 value)
{
    sqlite3_bind_int64(m_statement.get(), ++m_last, value);
    return *this;
}

Statement &Statement::integer(std::optional<qint64> value)
{
    if (value)
        return integer(*value);
    sqlite3_bind_null(m_statement.get(), ++m_last);
    return *this;
}

Statement &Statement::micros(std::optional<metering::Micros> value)
{
    return integer(value ? std::optional<qint64>(value->count()) : std::nullopt);
}

Statement &Statement::money(std::optional<NanoUsd> value)
{
    return integer(value ? std::optional<qint64>(value->nano()) : std::nullopt);
}

bool Statement::run()
{
    const bool done = sqlite3_step(m_statement.get()) == SQLITE_DONE;
    if (!done)
        m_lastError = errorOf(sqlite3_db_handle(m_statement.get()));
    sqlite3_reset(m_statement.get());
    m_last = 0;
    return done;
}

qint64 Statement::lastInsertId() const
{
    return sqlite3_last_insert_rowid(sqlite3_db_handle(m_statement.get()));
}

QString placeholders(qsizetype count)
{
    return QStringList(count, QStringLiteral("?")).join(QLatin1Char(','));
}

} // namespace fairlead::storage

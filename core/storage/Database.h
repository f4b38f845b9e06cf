// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <chrono>
#include <memory>
#include <utility>

struct sqlite3;

namespace fairlead::storage {

/// One SQLite connection of the thread that opened it; every use of it stays there.
class Database
{
public:
    /// Opens or creates the file (0600) and brings its schema up to date. A file from a newer version, a
    /// damaged one and one that is no ledger are errors, and are left as they are.
    [[nodiscard]] static Result<std::unique_ptr<Database>>
    open(const QString &path, std::chrono::milliseconds busyTimeout);
    ~Database();
    Q_DISABLE_COPY_MOVE(Database)

    [[nodiscard]] Result<void> exec(const QString &sql);
    [[nodiscard]] Result<QSqlQuery> prepare(const QString &sql) const;
    [[nodiscard]] Result<qint64> number(const QString &sql) const;
    /// Another one each time another connection has committed; what we commit leaves it as it is.
    [[nodiscard]] Result<qint64> dataVersion() const;

    /// The same connection, for Statement.
    [[nodiscard]] sqlite3 *handle() const { return m_handle; }

    /// What SQLite said, as a sentence that says what to do about it.
    [[nodiscard]] Error error(const QSqlError &error) const;
    /// True if the row itself is refused (it breaks a rule of the schema, or is too big): trying again will
    /// not help.
    [[nodiscard]] static bool isFaultOfRow(const QSqlError &error);

private:
    explicit Database(QString path);
    [[nodiscard]] Result<void> connect(std::chrono::milliseconds busyTimeout);
    [[nodiscard]] Result<void> configure();
    [[nodiscard]] Result<void> takeHandle();

    QString m_path;
    QString m_connection;
    QSqlDatabase m_database;
    sqlite3 *m_handle = nullptr;
};

/// BEGIN IMMEDIATE ... COMMIT, or rolled back when it goes out of scope before commit().
class Transaction
{
public:
    enum class Mode { Write, Read };
    [[nodiscard]] static Result<Transaction> begin(Database &database, Mode mode = Mode::Write);
    Transaction(Transaction &&other) noexcept
        : m_database(std::exchange(other.m_database, nullptr))
    { }
    Transaction &operator=(Transaction &&) = delete;
    ~Transaction();
    [[nodiscard]] Result<void> commit();

private:
    explicit Transaction(Database *database)
        : m_database(database)
    { }
    Database *m_database;
};

} // namespace fairlead::storage

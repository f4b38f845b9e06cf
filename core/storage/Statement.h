// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"
#include "base/Result.h"
#include "metering/LedgerRecord.h"

#include <QByteArrayView>
#include <QSqlError>

#include <memory>
#include <optional>

struct sqlite3_stmt;

namespace fairlead::storage {

class Database;

/// A prepared statement that writes, straight on SQLite's own interface. QSqlQuery makes a name, a QVariant
/// and a UTF-16 text of every value it binds: for the values of a request that took five times as long as
/// SQLite itself. Values are bound from left to right; texts and blobs must live until run().
class Statement
{
public:
    Statement() = default;
    [[nodiscard]] static Result<Statement> prepare(Database &database, const QString &sql);

    Statement &text(QByteArrayView value);
    Statement &blob(QByteArrayView value);
    Statement &integer(qint64 value);
    Statement &integer(std::optional<qint64> value);
    Statement &micros(std::optional<metering::Micros> value);
    Statement &money(std::optional<NanoUsd> value);

    /// Runs it and makes it ready for the next values.
    [[nodiscard]] bool run();
    /// Why the last run() failed.
    [[nodiscard]] const QSqlError &lastError() const { return m_lastError; }
    [[nodiscard]] qint64 lastInsertId() const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt *statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    int m_last = 0;
    QSqlError m_lastError;
};

/// `count` question marks, for VALUES.
[[nodiscard]] QString placeholders(qsizetype count);

} // namespace fairlead::storage

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"
#include "metering/LedgerRecord.h"

#include <QSqlQuery>
#include <QVariant>

#include <optional>

/// How values of ours stand in SQLite columns, and back.
namespace fairlead::storage {

/// Binds values to a prepared statement from left to right.
class Binder
{
public:
    explicit Binder(QSqlQuery &query)
        : m_query(query)
    { }
    Binder &text(const QByteArray &value);
    Binder &blob(const QByteArray &value);
    Binder &integer(qint64 value);

private:
    QSqlQuery &m_query;
    int m_next = 0;
};

/// Reads the columns of the current row from left to right.
class Columns
{
public:
    explicit Columns(const QSqlQuery &query)
        : m_query(query)
    { }
    [[nodiscard]] QByteArray text();
    [[nodiscard]] QByteArray blob();
    [[nodiscard]] qint64 integer();
    [[nodiscard]] std::optional<qint64> optionalInteger();
    [[nodiscard]] std::optional<metering::Micros> micros();
    [[nodiscard]] std::optional<NanoUsd> money();

private:
    [[nodiscard]] QVariant next() { return m_query.value(m_next++); }
    const QSqlQuery &m_query;
    int m_next = 0;
};

} // namespace fairlead::storage

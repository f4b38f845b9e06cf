// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/Ledger.h"
#include "storage/RequestColumns.h"

namespace fairlead::storage {

/// Answers the ledger's questions on the storage thread.
class LedgerReader
{
public:
    explicit LedgerReader(Database &database)
        : m_database(database)
    { }

    [[nodiscard]] Result<std::vector<SummaryRow>> summary(const SummaryQuery &query) const;
    [[nodiscard]] Result<std::vector<LedgerRecord>> log(const LogQuery &query) const;
    [[nodiscard]] Result<std::optional<LedgerRecord>> find(const QByteArray &requestId) const;

private:
    [[nodiscard]] Result<std::vector<LedgerRecord>> records(QSqlQuery &query) const;
    [[nodiscard]] Result<void> addEarlierAttempts(QSqlQuery &query, StoredRequest &stored) const;

    Database &m_database;
};

} // namespace fairlead::storage

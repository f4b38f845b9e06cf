// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/Ledger.h"

#include <vector>

namespace fairlead::storage {

/// Pauses and raised budgets: what people switch while the program runs, and want to find again after it.
class ControlTable
{
public:
    explicit ControlTable(Database &database)
        : m_database(database)
    { }
    [[nodiscard]] Result<std::vector<ControlRecord>> load() const;
    [[nodiscard]] Result<void> save(const ControlRecord &control) const;
    [[nodiscard]] Result<void> remove(ControlRecord::Kind kind, const QByteArray &app) const;

private:
    Database &m_database;
};

} // namespace fairlead::storage

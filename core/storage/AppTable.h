// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/Ledger.h"

#include <vector>

namespace fairlead::storage {

/// The local tools and the hashes of their tokens.
class AppTable
{
public:
    explicit AppTable(Database &database)
        : m_database(database)
    { }
    [[nodiscard]] Result<std::vector<AppRecord>> load() const;
    [[nodiscard]] Result<void> save(const AppRecord &app) const;
    [[nodiscard]] Result<void> saw(const QByteArray &name, qint64 atMs) const;
    [[nodiscard]] Result<void> remove(const QByteArray &name) const;

private:
    Database &m_database;
};

} // namespace fairlead::storage

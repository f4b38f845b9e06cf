// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

#include <QtGlobal>

namespace fairlead::storage {

class Database;

/// The version of the file's schema, 0 for an empty file. A file that is newer than us or not a ledger is an
/// error. Only reads.
[[nodiscard]] Result<qint64> schemaVersion(const Database &database);

/// Brings the schema from whatever version the file has to ours, each step in a transaction of its own.
[[nodiscard]] Result<void> migrate(Database &database);

} // namespace fairlead::storage

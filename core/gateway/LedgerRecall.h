// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/TargetStats.h"
#include "storage/Ledger.h"

#include <functional>
#include <vector>

namespace fairlead::gateway {

/// What routing knew when the program ran last.
struct Recollection {
    std::vector<routing::TargetSample> samples;
    std::vector<metering::LedgerRecord> hedges; ///< second tries of the last month, which count towards caps
};

/// Reads it on the storage thread; `done` is called on `context`'s, also if there is nothing.
void recall(storage::Ledger &ledger, WallTime now, QObject *context, std::function<void(Recollection)> done);

} // namespace fairlead::gateway

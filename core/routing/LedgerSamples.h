// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "routing/TargetStats.h"

#include <vector>

namespace fairlead::routing {

/// What the ledger's rows say of the targets that were asked.
[[nodiscard]] std::vector<TargetSample> samplesOf(const std::vector<metering::LedgerRecord> &records);

} // namespace fairlead::routing

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "routing/RoutingTable.h"
#include "routing/SimulationResult.h"

namespace fairlead::routing {

/// Runs the route named so in `table` over rows of the ledger. Rows that are no chat, belong to another row
/// or asked for something else are skipped.
[[nodiscard]] Simulation simulate(
    const RoutingTable &table, const QByteArray &route, const std::vector<metering::LedgerRecord> &rows,
    std::shared_ptr<const metering::PriceBook> prices);

} // namespace fairlead::routing

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LedgerRecall.h"

#include "base/Logging.h"
#include "routing/LedgerSamples.h"

namespace fairlead::gateway {

namespace {

constexpr std::chrono::hours kLongestPeriod{31 * 24};
// More than that says no more about a target, and takes long to read.
constexpr int kMostRows = 2000;
constexpr int kMostHedges = 20'000;

using Rows = Result<std::vector<metering::LedgerRecord>>;

std::vector<metering::LedgerRecord> orNone(const Rows &rows)
{
    if (rows)
        return *rows;
    qCWarning(lcRoute).noquote() << "Routing begins without what the ledger knows:" << rows.error().message();
    return {};
}

} // namespace

void recall(storage::Ledger &ledger, WallTime now, QObject *context, std::function<void(Recollection)> done)
{
    storage::LogQuery recent;
    recent.range.fromMs = toUnixMs(now - routing::TargetStats::kWindow);
    recent.limit = kMostRows;
    storage::LogQuery hedges;
    hedges.range.fromMs = toUnixMs(now - kLongestPeriod);
    hedges.role = metering::LedgerRecord::Role::Hedge;
    hedges.limit = kMostHedges;
    const auto recollection = std::make_shared<Recollection>();
    ledger.log(recent, context, [recollection](const Rows &rows) {
        recollection->samples = routing::samplesOf(orNone(rows));
    });
    // Questions are answered in their order.
    ledger.log(hedges, context, [recollection, done = std::move(done)](const Rows &rows) {
        recollection->hedges = orNone(rows);
        done(std::move(*recollection));
    });
}

} // namespace fairlead::gateway

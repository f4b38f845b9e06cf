// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "json/Writer.h"

namespace fairlead::app {

/// A row of the ledger as an object: ids and names, times in ms, tokens by kind, cost, attempts.
void writeRecord(json::Writer &writer, const metering::LedgerRecord &record);
/// "demo/fast · first token 92 ms · 1.3 s · 42 tok/s · 12 in, 45 out · $0 · req_..."
[[nodiscard]] QByteArray figuresLine(const metering::LedgerRecord &record);
/// "provider/model" of who served, or "—".
[[nodiscard]] QByteArray servedBy(const metering::LedgerRecord &record);
/// Sums of what the provider reported; unknown if it reported nothing.
[[nodiscard]] std::optional<std::int64_t> inputTokens(const chat::Usage &usage);
[[nodiscard]] std::optional<std::int64_t> outputTokens(const chat::Usage &usage);

} // namespace fairlead::app

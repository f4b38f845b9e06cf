// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"

namespace fairlead::storage {

/// Candidates as they stand in the table: compact JSON, one list [provider, model, taken, reason] each; no
/// text at all where there was no choice, as in most rows.
[[nodiscard]] QByteArray candidatesText(const std::vector<metering::Candidate> &candidates);
/// What can be read of it: a damaged text must not hide the request.
[[nodiscard]] std::vector<metering::Candidate> candidatesFrom(const QByteArray &text);

} // namespace fairlead::storage

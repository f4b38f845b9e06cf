// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Failure.h"
#include "routing/Gate.h"

/// What callers are told when the gate keeps them out: who, why, until when, and what to do.
namespace fairlead::routing {

/// "$5.00", "$0.0375": at least cents, at most a hundredth of one.
[[nodiscard]] QByteArray dollars(NanoUsd amount);

/// 402: nothing is left of it.
[[nodiscard]] chat::Failure budgetSpent(const BudgetState &budget);
/// 429: what is left is held by requests that are running.
[[nodiscard]] chat::Failure budgetReserved(const BudgetState &budget);
/// 429. `most` of "requests" or "tokens" a minute.
[[nodiscard]] chat::Failure
tooFast(const Scope &scope, qint64 most, QByteArrayView what, milliseconds retryAfter);
/// 429.
[[nodiscard]] chat::Failure tooMany(const Scope &scope, qint64 most);
/// 403: switched off by its owner or by the runaway guard.
[[nodiscard]] chat::Failure paused(const Pause &pause);

} // namespace fairlead::routing

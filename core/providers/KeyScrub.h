// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Secret.h"
#include "chat/Failure.h"

namespace fairlead::providers {

/// Takes a key out of what a provider says: some repeat a wrong one in full, and their words go on to the
/// caller, the ledger and the log.
void scrub(QByteArray &text, const Secret &key);
void scrub(chat::Failure &failure, const Secret &key);

} // namespace fairlead::providers

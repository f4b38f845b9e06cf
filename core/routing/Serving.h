// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "providers/ProviderClient.h"
#include "routing/Leash.h"
#include "routing/TargetGate.h"
#include "routing/TargetStats.h"

#include <memory>
#include <vector>

namespace fairlead::routing {

/// A request as one target wants it.
struct PreparedCall {
    wire::UpstreamCall call;
    bool stream = false;
    bool passThrough
        = false; ///< same dialect on both sides: the bytes of the answer go to the caller as they are
    bool usageForced = false; ///< we asked for usage, the caller did not
    wire::Losses losses;
    /// Reads the answer of a call that is no chat, in place of the wire's own decoder. Used once.
    std::unique_ptr<wire::StreamDecoder> reader;
};

/// An answer somebody has begun to give: its first meaningful event has been seen and is among `held`.
struct Serving {
    Target target;
    PreparedCall prepared; ///< without the body
    std::unique_ptr<Leash> leash; ///< outlives the answer; null if the caller's own token ends it
    std::unique_ptr<providers::ProviderAnswer> answer;
    std::vector<providers::Piece> held;
    TargetStats::Flight flight;
    TargetGate::Place place;
    int attempts = 0;
    std::vector<metering::LedgerRecord> beside; ///< rows of tries that cost money and did not serve
};

} // namespace fairlead::routing

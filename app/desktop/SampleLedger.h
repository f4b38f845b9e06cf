// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

#include <QDateTime>

namespace fairlead::gateway {
class LocalGateway;
}
namespace fairlead::storage {
class Ledger;
}

namespace fairlead::app {

/// A config with a few providers, each with a key that is none, and a route; the file a user might have.
[[nodiscard]] Result<> writeSampleConfig(const QString &path);
/// Tokens of the tools the samples come from.
void addSampleApps(gateway::LocalGateway &gateway);
/// A month of a small team's requests, made up but priced as real ones: for pictures, never for a user's own
/// ledger. The same for the same day. Returns when all of it is on disk.
void fillWithSamples(storage::Ledger &ledger, const QDateTime &until);
/// A few real requests to the demo models.
void askSamples(gateway::LocalGateway &gateway);

} // namespace fairlead::app

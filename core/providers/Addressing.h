// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "providers/ProviderSpec.h"

#include <QByteArray>

#include <utility>
#include <vector>

namespace fairlead::providers {

/// Names and values of "params" in the config, in order.
using Params = std::vector<std::pair<QByteArray, QByteArray>>;

/// Fills in what a provider's file leaves open, "{region}" in its addresses, paths and headers, from the
/// config, else from the environment, else from the file's own defaults. An address is only filled in where
/// the spec has none yet. The error names what is missing and where to put it.
[[nodiscard]] Result<> fillIn(ProviderSpec &spec, const Params &given);

/// The path to ask for instead of the dialect's own, "{model}" filled in; the dialect's own where the file
/// names no other.
[[nodiscard]] QByteArray
addressed(const ProviderSpec &spec, const QByteArray &path, QByteArrayView model, bool stream);

} // namespace fairlead::providers

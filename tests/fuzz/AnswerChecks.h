// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <span>

namespace fairlead::fuzz {

/// The input as an answer of a provider: a stream cut anywhere, a whole answer, an error, a list of models
/// and what else its dialect has; then encoded for a caller. The input's first bytes choose the dialect of
/// the provider among `wires`, the cuts, the quirks and the caller.
void checkProvider(QByteArrayView bytes, std::span<const QByteArrayView> wires);

} // namespace fairlead::fuzz

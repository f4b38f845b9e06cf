// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <span>

namespace fairlead::fuzz {

/// The input as a request of a tool: peeked at, passed through to its own dialect, decoded and encoded for a
/// provider, and answered. The input's first bytes choose the dialect of the tool among `wires`, its path,
/// the provider and its quirks.
void checkTool(QByteArrayView bytes, std::span<const QByteArrayView> wires);

} // namespace fairlead::fuzz

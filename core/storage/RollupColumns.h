// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Columns.h"
#include "storage/Rollup.h"

namespace fairlead::storage {

/// The sums and sketches of `rollups`, after the key, in the order of Rollup.
[[nodiscard]] QString rollupColumns();
[[nodiscard]] int rollupColumnCount();
/// Adds the row's figures to `into`.
void mergeRollup(Rollup &into, Columns &columns);

} // namespace fairlead::storage

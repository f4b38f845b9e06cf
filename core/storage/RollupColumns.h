// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Columns.h"
#include "storage/Rollup.h"

namespace fairlead::storage {

/// The sums and sketches of `rollups`, after the key, in the order that bindRollup() and mergeRollup() go by.
[[nodiscard]] QString rollupColumns();
[[nodiscard]] int rollupColumnCount();
void bindRollup(Binder &binder, const Rollup &rollup);
/// Adds the row's figures to `into`.
void mergeRollup(Rollup &into, Columns &columns);

} // namespace fairlead::storage

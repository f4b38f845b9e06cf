// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/matrix/Cell.h"

namespace fairlead::test::matrix {

/// What is wrong with how a cell came out, in words; empty if it passes: everything arrived or its loss was
/// told, errors and broken streams are told as such, and nothing is left running.
[[nodiscard]] Lines problemsOf(const Cell &cell, const Outcome &outcome);

/// The differences between what went in and what came out that no loss tells of. `losses` is the header's
/// text.
[[nodiscard]] Lines untold(const Lines &in, const Lines &out, const QByteArray &losses);

} // namespace fairlead::test::matrix

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace fairlead::test::matrix {

/// core/wire/MATRIX.md as the code makes it come out now.
[[nodiscard]] QByteArray writtenPage();

} // namespace fairlead::test::matrix

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drill/Drill.h"

namespace fairlead::drill {

/// What happened, as one line of a report.
struct Line {
    QByteArray id;
    QByteArray title;
    QByteArray grade;
    QByteArray reason;
    int primaryTries = 0; ///< requests the provider that fails has seen
    int fallbackTries = 0;
    QByteArray rescue; ///< how a broken answer went on; empty if none did
    milliseconds took{0}; ///< of the last call
    std::optional<milliseconds> firstText; ///< likewise
};

[[nodiscard]] Line lineOf(const Finding &finding);
/// The table of the docs: what does not depend on the machine.
[[nodiscard]] QByteArray markdownOf(const std::vector<Line> &lines);
[[nodiscard]] QByteArray jsonOf(const std::vector<Line> &lines);

} // namespace fairlead::drill

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <vector>

namespace fairlead::test {

struct LintProblem {
    int line;
    QByteArray what;
};

/// GCC 12.2 destroys some temporaries of a statement with co_await or co_yield twice: braced objects, lambdas
/// that capture by value, and what a conditional operator chose. This finds such statements by their shape:
/// it reads C++ by brackets and tokens, and needs no compiler.
[[nodiscard]] std::vector<LintProblem> lintCoroutines(const QByteArray &code);

} // namespace fairlead::test

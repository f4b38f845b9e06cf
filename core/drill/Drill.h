// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Result.h"
#include "base/Task.h"
#include "drill/Verdict.h"

#include <memory>

namespace fairlead::drill {

/// What a scenario led to.
struct Finding {
    const Scenario *scenario = nullptr; ///< a row of scenarios()
    Evidence evidence;
    Verdict verdict;
};

/// A whole gateway with the demo provider behind it and a caller before it, all in this thread and all
/// through real sockets: it plays a fault and judges what the caller gets. By a LeapingClock in no time, by
/// the system's in as much as the fault takes.
class Drill
{
public:
    /// How the route that is tried recovers: "auto", "hold", "off"; empty = as any route does.
    static Result<std::unique_ptr<Drill>> create(Clock &clock, const QByteArray &recovery = {});
    ~Drill();
    Q_DISABLE_COPY_MOVE(Drill)

    /// Plays one fault; `scenario` is a row of scenarios(). One after the other: the provider remembers.
    [[nodiscard]] Task<Finding> run(const Scenario &scenario);
    /// An undisturbed answer by the same route, for what a mode costs when nothing happens.
    [[nodiscard]] Task<Call> undisturbed();

private:
    class Private;
    explicit Drill(std::unique_ptr<Private> inside);
    std::unique_ptr<Private> d;
};

} // namespace fairlead::drill

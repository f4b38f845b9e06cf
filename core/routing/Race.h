// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "base/Task.h"
#include "routing/Serving.h"

#include <memory>
#include <vector>

namespace fairlead::routing {

/// Tries of one request that run beside each other. Who started it waits with next() until all of them have
/// ended: nothing is left behind.
class Race
{
public:
    using Outcome = tl::expected<Serving, chat::Failure>;
    struct Ended {
        std::size_t lane;
        Outcome outcome;
    };

    explicit Race(Clock &clock);
    ~Race();
    Q_DISABLE_COPY_MOVE(Race)

    /// `cancel` ends it before its time.
    void start(Task<Outcome> lane, CancelSource cancel);
    /// Those that next() has not given yet.
    void cancelRest(CancelReason reason);
    [[nodiscard]] int running() const { return m_running; }
    /// The next one that ends; nullopt after `most`, if that is given, or if none is running.
    [[nodiscard]] Task<std::optional<Ended>> next(std::optional<milliseconds> most);

private:
    struct State;
    static Task<> run(std::shared_ptr<State> state, std::size_t lane, Task<Outcome> task);

    Clock &m_clock;
    std::shared_ptr<State> m_state;
    std::vector<std::optional<CancelSource>> m_cancels; ///< by lane; nullopt once it is out
    int m_running = 0;
};

} // namespace fairlead::routing

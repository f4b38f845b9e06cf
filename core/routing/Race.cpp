// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Race.h"

#include <deque>

namespace fairlead::routing {

struct Race::State {
    std::deque<Ended> ended;
    bool timeIsUp = false;
    Signal changed;
};

Race::Race(Clock &clock)
    : m_clock(clock)
    , m_state(std::make_shared<State>())
{ }

Race::~Race()
{
    Q_ASSERT(m_running == 0);
}

Task<> Race::run(std::shared_ptr<State> state, std::size_t lane, Task<Outcome> task)
{
    Outcome outcome = co_await task;
    Ended ended{lane, std::move(outcome)};
    state->ended.push_back(std::move(ended));
    state->changed.notify();
}

void Race::start(Task<Outcome> lane, CancelSource cancel)
{
    const std::size_t number = m_cancels.size();
    m_cancels.emplace_back(std::move(cancel));
    ++m_running;
    detach(run(m_state, number, std::move(lane)));
}

void Race::cancelRest(CancelReason reason)
{
    const auto cancels = m_cancels; // lanes may end meanwhile
    for (const auto &cancel : cancels) {
        if (cancel)
            cancel->cancel(reason);
    }
}

Task<std::optional<Race::Ended>> Race::next(std::optional<milliseconds> most)
{
    const auto state = m_state;
    TimerHandle timer;
    state->timeIsUp = false;
    if (most && state->ended.empty())
        timer = m_clock.after(*most, [weak = std::weak_ptr(state)] {
            if (const auto alive = weak.lock()) {
                alive->timeIsUp = true;
                alive->changed.notify();
            }
        });
    while (state->ended.empty() && m_running > 0 && !state->timeIsUp)
        co_await state->changed.wait();
    if (state->ended.empty())
        co_return std::nullopt;
    Ended ended = std::move(state->ended.front());
    state->ended.pop_front();
    m_cancels[ended.lane].reset();
    --m_running;
    co_return ended;
}

} // namespace fairlead::routing

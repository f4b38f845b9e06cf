// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/StallWatch.h"

#include <algorithm>

namespace fairlead::gateway {

namespace {
constexpr milliseconds kSweepEvery{500};
} // namespace

void StallWatch::add(Watched &watched)
{
    watched.m_silentSince = m_clock.steady();
    watched.m_place = m_watched.size();
    m_watched.push_back(&watched);
    if (!m_timer)
        arm();
}

void StallWatch::remove(Watched &watched)
{
    m_watched.back()->m_place = watched.m_place;
    m_watched[watched.m_place] = m_watched.back();
    m_watched.pop_back();
}

void StallWatch::arm()
{
    m_timer = m_clock.after(kSweepEvery, [this] { sweep(); });
}

void StallWatch::sweep()
{
    const SteadyTime now = m_clock.steady();
    std::vector<Watched *> silent;
    for (Watched *watched : m_watched) {
        if (watched->hasSpoken())
            watched->m_silentSince = now;
        else if (now - watched->m_silentSince >= watched->patience())
            silent.push_back(watched);
    }
    m_timer.cancel();
    // Each of them may take others away: only those still there are told.
    for (Watched *watched : silent) {
        if (std::find(m_watched.begin(), m_watched.end(), watched) != m_watched.end())
            watched->stalled();
    }
    if (!m_watched.empty() && !m_timer)
        arm();
}

} // namespace fairlead::gateway

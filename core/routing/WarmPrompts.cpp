// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/WarmPrompts.h"

#include <algorithm>

namespace fairlead::routing {

void WarmPrompts::answered(const QByteArray &conversation, Place place)
{
    if (conversation.isEmpty())
        return;
    if (m_entries.size() >= kMost && !m_entries.contains(conversation))
        makeRoom();
    m_entries.insert(conversation, Entry{std::move(place), m_clock.steady()});
}

std::optional<WarmPrompts::Place> WarmPrompts::find(const QByteArray &conversation) const
{
    const auto at = m_entries.constFind(conversation);
    if (at == m_entries.cend() || m_clock.steady() - at->at > kWarm)
        return std::nullopt;
    return at->place;
}

/// Drops what is cold, or else the older half.
void WarmPrompts::makeRoom()
{
    const SteadyTime now = m_clock.steady();
    m_entries.removeIf([now](const auto &it) { return now - it.value().at > kWarm; });
    if (m_entries.size() < kMost)
        return;
    std::vector<SteadyTime> times;
    for (const Entry &entry : std::as_const(m_entries))
        times.push_back(entry.at);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    m_entries.removeIf([limit = *middle](const auto &it) { return it.value().at <= limit; });
}

} // namespace fairlead::routing

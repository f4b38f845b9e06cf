// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LiveRegistry.h"

#include <algorithm>

namespace fairlead::gateway {

void LiveRegistry::changed() const
{
    if (m_changed)
        m_changed();
}

LiveRegistry::Place LiveRegistry::add(LiveExchange exchange, CancelSource cancel)
{
    m_entries.emplace_front(Entry{std::move(exchange), std::move(cancel)});
    changed();
    return m_entries.begin();
}

void LiveRegistry::remove(Place place)
{
    m_entries.erase(place);
    changed();
}

void LiveRegistry::cancel(const QByteArray &id, CancelReason reason)
{
    const auto it = std::find_if(
        m_entries.cbegin(), m_entries.cend(), [&](const Entry &entry) { return entry.exchange.id == id; });
    if (it == m_entries.cend())
        return;
    const CancelSource source = it->cancel; // the entry goes away while it is cancelled
    source.cancel(reason);
}

void LiveRegistry::cancelAll(CancelReason reason)
{
    std::vector<CancelSource> sources; // entries go away while they are cancelled
    for (const Entry &entry : m_entries)
        sources.push_back(entry.cancel);
    for (const CancelSource &source : sources)
        source.cancel(reason);
}

std::vector<LiveExchange> LiveRegistry::snapshot() const
{
    std::vector<LiveExchange> list;
    list.reserve(m_entries.size());
    for (const Entry &entry : m_entries)
        list.push_back(entry.exchange);
    std::sort(
        list.begin(), list.end(), [](const LiveExchange &a, const LiveExchange &b) { return a.id < b.id; });
    return list;
}

} // namespace fairlead::gateway

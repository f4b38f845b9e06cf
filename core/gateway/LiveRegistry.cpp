// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LiveRegistry.h"

#include <algorithm>

namespace fairlead::gateway {

void LiveRegistry::changed() const
{
    if (m_changed)
        m_changed();
}

void LiveRegistry::add(LiveExchange exchange, CancelSource cancel)
{
    const QByteArray id = exchange.id;
    Entry entry;
    entry.exchange = std::move(exchange);
    entry.cancel = std::move(cancel);
    m_entries.emplace(id, std::move(entry));
    changed();
}

void LiveRegistry::update(const QByteArray &id, const std::function<void(LiveExchange &)> &change)
{
    const auto it = m_entries.find(id);
    if (it == m_entries.end())
        return;
    change(it->exchange);
    changed();
}

void LiveRegistry::remove(const QByteArray &id)
{
    if (m_entries.remove(id))
        changed();
}

void LiveRegistry::cancel(const QByteArray &id, CancelReason reason)
{
    const auto it = m_entries.constFind(id);
    if (it == m_entries.cend())
        return;
    const CancelSource source = it->cancel; // the entry goes away while it is cancelled
    source.cancel(reason);
}

void LiveRegistry::cancelAll(CancelReason reason)
{
    const auto ids = m_entries.keys();
    for (const QByteArray &id : ids)
        cancel(id, reason);
}

std::vector<LiveExchange> LiveRegistry::snapshot() const
{
    std::vector<LiveExchange> list;
    list.reserve(static_cast<std::size_t>(m_entries.size()));
    for (const Entry &entry : m_entries)
        list.push_back(entry.exchange);
    std::sort(
        list.begin(), list.end(), [](const LiveExchange &a, const LiveExchange &b) { return a.id < b.id; });
    return list;
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ResponseStore.h"

#include <utility>

namespace fairlead::gateway {

ResponseStore::Turn::Turn(QByteArray input, QByteArray output, std::shared_ptr<Turn> before)
    : m_input(std::move(input))
    , m_output(std::move(output))
    , m_before(std::move(before))
{ }

ResponseStore::Turn::~Turn()
{
    if (m_counter)
        *m_counter -= m_input.size() + m_output.size();
    // One by one: a long conversation would be a deep recursion.
    std::shared_ptr<Turn> next = std::move(m_before);
    while (next && next.use_count() == 1)
        next = std::exchange(next->m_before, nullptr);
}

ResponseStore::ResponseStore()
    : ResponseStore(Limits())
{ }

ResponseStore::ResponseStore(Limits limits)
    : m_limits(limits)
    , m_turnBytes(std::make_shared<qsizetype>(0))
{ }

QByteArray ResponseStore::key(const QByteArray &app, const QByteArray &id)
{
    return app + '\0' + id;
}

void ResponseStore::add(Entry entry)
{
    remove(entry.app, entry.id);
    m_entryBytes += entry.json.size();
    if (!entry.turn->m_counter) {
        entry.turn->m_counter = m_turnBytes;
        *m_turnBytes += entry.turn->m_input.size() + entry.turn->m_output.size();
    }
    ++m_owners[entry.id];
    m_entries.push_front(std::move(entry));
    const auto added = m_entries.begin();
    m_byId.insert(key(added->app, added->id), added);
    for (const QByteArray &item : added->itemIds)
        m_byItem.insert(key(added->app, item), added);
    while (!m_entries.empty() && (m_entries.size() > m_limits.count || bytes() > m_limits.bytes))
        erase(std::prev(m_entries.end()));
}

const ResponseStore::Entry *
ResponseStore::use(QHash<QByteArray, Entries::iterator> &index, const QByteArray &key)
{
    const auto found = index.constFind(key);
    if (found == index.constEnd())
        return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, *found);
    return &m_entries.front();
}

const ResponseStore::Entry *ResponseStore::find(const QByteArray &app, const QByteArray &id)
{
    return use(m_byId, key(app, id));
}

const ResponseStore::Entry *ResponseStore::findItem(const QByteArray &app, const QByteArray &itemId)
{
    return use(m_byItem, key(app, itemId));
}

bool ResponseStore::isForeign(const QByteArray &app, const QByteArray &id) const
{
    return m_owners.contains(id) && !m_byId.contains(key(app, id));
}

bool ResponseStore::remove(const QByteArray &app, const QByteArray &id)
{
    const auto found = m_byId.constFind(key(app, id));
    if (found == m_byId.constEnd())
        return false;
    erase(*found);
    return true;
}

void ResponseStore::erase(Entries::iterator entry)
{
    m_byId.remove(key(entry->app, entry->id));
    for (const QByteArray &item : entry->itemIds) {
        const auto found = m_byItem.find(key(entry->app, item));
        if (found != m_byItem.end() && *found == entry)
            m_byItem.erase(found);
    }
    if (const auto owners = m_owners.find(entry->id); owners != m_owners.end() && --*owners == 0)
        m_owners.erase(owners);
    m_entryBytes -= entry->json.size();
    m_entries.erase(entry);
}

} // namespace fairlead::gateway

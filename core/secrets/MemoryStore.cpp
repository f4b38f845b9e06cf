// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/MemoryStore.h"

namespace fairlead::secrets {

MemoryStore::MemoryStore(QString reason)
    : m_reason(std::move(reason))
{ }

Task<Result<>> MemoryStore::reach()
{
    co_return Result<>();
}

Task<Result<>> MemoryStore::probe()
{
    co_return Result<>();
}

Task<Result<Secret>> MemoryStore::read(QString name)
{
    const auto found = m_entries.constFind(name);
    if (found == m_entries.constEnd())
        co_return fail(ErrorKind::NotFound, "There is no key named \"" + name.toUtf8() + "\"");
    co_return *found;
}

Task<Result<>> MemoryStore::write(QString name, Secret value)
{
    const auto fits = checkEntry(name, value);
    if (fits)
        m_entries.insert(name, value);
    co_return fits;
}

Task<Result<>> MemoryStore::remove(QString name)
{
    m_entries.remove(name);
    co_return Result<>();
}

StoreInfo MemoryStore::info() const
{
    StoreInfo info;
    info.kind = StoreInfo::Kind::Memory;
    info.name = QStringLiteral("memory only");
    info.reason = m_reason;
    return info;
}

} // namespace fairlead::secrets

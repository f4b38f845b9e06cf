// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Columns.h"

namespace fairlead::storage {

using metering::Micros;

Binder &Binder::text(const QByteArray &value)
{
    // A null QString would become NULL.
    m_query.bindValue(m_next++, value.isEmpty() ? QStringLiteral("") : QString::fromUtf8(value));
    return *this;
}

Binder &Binder::blob(const QByteArray &value)
{
    m_query.bindValue(m_next++, value.isNull() ? QByteArray("") : value);
    return *this;
}

Binder &Binder::integer(qint64 value)
{
    m_query.bindValue(m_next++, value);
    return *this;
}

QByteArray Columns::text()
{
    return next().toString().toUtf8();
}

QByteArray Columns::blob()
{
    return next().toByteArray();
}

qint64 Columns::integer()
{
    return next().toLongLong();
}

std::optional<qint64> Columns::optionalInteger()
{
    const QVariant value = next();
    if (value.isNull())
        return std::nullopt;
    return value.toLongLong();
}

std::optional<Micros> Columns::micros()
{
    const auto value = optionalInteger();
    return value ? std::optional<Micros>(Micros(*value)) : std::nullopt;
}

std::optional<NanoUsd> Columns::money()
{
    const auto value = optionalInteger();
    return value ? std::optional<NanoUsd>(NanoUsd(*value)) : std::nullopt;
}

} // namespace fairlead::storage

// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/OneShotBody.h"

#include <algorithm>
#include <cstring>

namespace fairlead::net {

OneShotBody::OneShotBody(QByteArray bytes, QObject *parent)
    : QIODevice(parent)
    , m_bytes(std::move(bytes))
{
    open(QIODevice::ReadOnly | QIODevice::Unbuffered);
}

qint64 OneShotBody::bytesAvailable() const
{
    return m_bytes.size() - m_offset + QIODevice::bytesAvailable();
}

qint64 OneShotBody::readData(char *data, qint64 most)
{
    const qsizetype count = std::min<qsizetype>(most, m_bytes.size() - m_offset);
    if (count <= 0)
        return -1;
    std::memcpy(data, m_bytes.constData() + m_offset, static_cast<std::size_t>(count));
    m_offset += count;
    return count;
}

} // namespace fairlead::net

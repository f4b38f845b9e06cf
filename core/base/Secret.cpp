// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Secret.h"

#include <cstring>

namespace fairlead {

namespace {

void wipe(QByteArray &bytes)
{
    if (bytes.isEmpty())
        return;
    // data() would copy a shared array and wipe the copy; such an array has another owner anyway.
    if (bytes.isDetached())
        explicit_bzero(bytes.data(), static_cast<size_t>(bytes.size()));
    bytes.clear();
}

} // namespace

Secret::Secret(QByteArray &&text)
    : m_text(new QByteArray(text.constData(), text.size()), [](QByteArray *bytes) {
        wipe(*bytes);
        delete bytes;
    })
{
    wipe(text);
}

bool Secret::isEmpty() const
{
    return !m_text || m_text->isEmpty();
}

QByteArrayView Secret::reveal() const
{
    return m_text ? QByteArrayView(*m_text) : QByteArrayView();
}

bool Secret::equals(QByteArrayView other) const
{
    return constantTimeEquals(reveal(), other);
}

bool Secret::equals(const Secret &other) const
{
    return m_text == other.m_text || equals(other.reveal());
}

QByteArray Secret::hint() const
{
    const QByteArrayView text = reveal();
    if (text.size() < 16)
        return QByteArrayLiteral("…");
    return text.first(3).toByteArray() + "…" + text.last(4).toByteArray();
}

bool constantTimeEquals(QByteArrayView a, QByteArrayView b)
{
    volatile unsigned char difference = a.size() == b.size() ? 0 : 1;
    for (qsizetype i = 0; i < a.size(); ++i) {
        const char other = b.isEmpty() ? '\0' : b[i % b.size()];
        difference = static_cast<unsigned char>(difference | (a[i] ^ other));
    }
    return difference == 0;
}

} // namespace fairlead

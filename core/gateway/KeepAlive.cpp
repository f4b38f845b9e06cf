// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/KeepAlive.h"

namespace fairlead::gateway {

namespace {
constexpr std::chrono::seconds kSweepEvery{4};
}

KeepAlive::Stream::Stream(KeepAlive &keepAlive, http::Exchange &exchange, const AnswerWriter &writer)
    : m_keepAlive(keepAlive)
    , m_exchange(exchange)
    , m_writer(writer)
    , m_lastWrite(keepAlive.m_clock.steady())
    , m_place(keepAlive.m_streams.insert(keepAlive.m_streams.end(), this))
{
    if (!keepAlive.m_timer)
        keepAlive.arm();
}

KeepAlive::Stream::~Stream()
{
    m_keepAlive.m_streams.erase(m_place);
}

void KeepAlive::arm()
{
    m_timer = m_clock.after(kSweepEvery, [this] { sweep(); });
}

void KeepAlive::sweep()
{
    const SteadyTime now = m_clock.steady();
    for (Stream *stream : m_streams) {
        if (now - stream->m_lastWrite < kSilence)
            continue;
        const QByteArray bytes = stream->m_writer.keepAlive();
        stream->m_lastWrite = now;
        // A client too slow to take this has bytes to read anyway.
        if (!bytes.isEmpty())
            (void)stream->m_exchange.tryWrite(bytes);
    }
    m_timer.cancel();
    if (!m_streams.empty())
        arm();
}

} // namespace fairlead::gateway

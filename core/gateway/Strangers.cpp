// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Strangers.h"

namespace fairlead::gateway {

namespace {

constexpr int kThreads = 2;
constexpr int kMostAsked = 16;
constexpr std::chrono::seconds kNowAndThen{1};

} // namespace

Strangers::Strangers(Clock &clock)
    : m_clock(clock)
{
    m_pool.setMaxThreadCount(kThreads);
}

void Strangers::name(const QByteArray &peer, quint16 port, Named named)
{
    if (m_asked >= kMostAsked) {
        named(std::nullopt);
        return;
    }
    ++m_asked;
    m_pool.start([this, peer, port, named = std::move(named)]() mutable {
        // Moved along, not copied: what it holds belongs to the caller's thread and must end there.
        auto tell = [this, process = findPeerProcess(peer, port), answer = std::move(named)] {
            --m_asked;
            answer(process);
        };
        QMetaObject::invokeMethod(&m_home, std::move(tell), Qt::QueuedConnection);
    });
}

void Strangers::nameNowAndThen(const QByteArray &peer, quint16 port, Named named)
{
    const SteadyTime now = m_clock.steady();
    if (now - m_last < kNowAndThen)
        return;
    m_last = now;
    name(peer, port, std::move(named));
}

} // namespace fairlead::gateway

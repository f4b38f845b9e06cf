// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/NetworkWatch.h"

#include "net/HttpTransport.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::FailureClass;

// The monotonic clock stands still while the machine sleeps, the wall clock does not. NTP moves it by less.
constexpr std::chrono::seconds kLeastSleep{5};
constexpr std::size_t kSeveral = 2;

std::chrono::microseconds offsetOf(const Clock &clock)
{
    const auto monotonic
        = std::chrono::duration_cast<std::chrono::microseconds>(clock.steady().time_since_epoch());
    return clock.wall().time_since_epoch() - monotonic;
}

/// What a broken network can look like from here. A login page answers with HTML, or with its own
/// certificate.
bool mayBeOfTheWay(const chat::Failure &failure)
{
    return failure.failureClass == FailureClass::Connection || failure.failureClass == FailureClass::TimedOut
           || failure.failureClass == FailureClass::Protocol;
}

/// What a target that merely thinks long, or breaks off, does not look like.
bool isNoWayThere(const chat::Failure &failure)
{
    using Kind = net::TransportErrorKind;
    return failure.failureClass == FailureClass::Connection
           || failure.code == net::transportErrorName(Kind::ConnectTimeout);
}

} // namespace

NetworkWatch::NetworkWatch(Clock &clock)
    : m_clock(clock)
    , m_offset(offsetOf(clock))
{ }

void NetworkWatch::setReachability(Reachability reachability)
{
    if (m_reachability == reachability)
        return;
    const bool isFirst = m_reachability == Reachability::Unknown;
    m_reachability = reachability;
    m_contradicted = false;
    if (!isFirst)
        changed();
}

void NetworkWatch::changed()
{
    m_unsettledUntil = m_clock.steady() + kUnsettled;
}

void NetworkWatch::noticeSleep()
{
    const auto offset = offsetOf(m_clock);
    if (offset - m_offset >= kLeastSleep)
        changed();
    m_offset = offset;
}

bool NetworkWatch::explains(const QByteArray &provider, bool local, const chat::Failure &failure)
{
    if (local || !mayBeOfTheWay(failure)) // this machine's own servers are not on the way to the world
        return false;
    noticeSleep();
    if (isNoWayThere(failure)) {
        std::erase_if(m_lost, [&](const Lost &lost) { return lost.provider == provider; });
        Lost lost;
        lost.provider = provider;
        lost.at = m_clock.steady();
        m_lost.push_back(std::move(lost));
    }
    return state() != State::Fine;
}

NetworkWatch::State NetworkWatch::state()
{
    if (m_reachability == Reachability::Offline && !m_contradicted)
        return State::Offline;
    if (m_reachability == Reachability::CaptivePortal && !m_contradicted)
        return State::CaptivePortal;
    const SteadyTime now = m_clock.steady();
    if (m_unsettledUntil && now < *m_unsettledUntil)
        return State::JustWoken;
    std::erase_if(m_lost, [now](const Lost &lost) { return lost.at + kTogether <= now; });
    return m_lost.size() >= kSeveral ? State::Unreachable : State::Fine;
}

} // namespace fairlead::routing

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "gateway/AnswerWriter.h"
#include "http/Exchange.h"

#include <list>

namespace fairlead::gateway {

/// Sends comments down streams whose upstream is silent (a reasoning model's pause is longer than many
/// clients' idle time-out). One coarse timer for all streams instead of one each.
class KeepAlive
{
public:
    static constexpr std::chrono::seconds kSilence{12};

    explicit KeepAlive(Clock &clock)
        : m_clock(clock)
    { }

    /// One stream, for as long as this object lives.
    class Stream
    {
    public:
        Stream(KeepAlive &keepAlive, http::Exchange &exchange, const AnswerWriter &writer);
        ~Stream();
        Q_DISABLE_COPY_MOVE(Stream)
        void wrote() { m_lastWrite = m_keepAlive.m_clock.steady(); }

    private:
        friend class KeepAlive;
        KeepAlive &m_keepAlive;
        http::Exchange &m_exchange;
        const AnswerWriter &m_writer;
        SteadyTime m_lastWrite;
        std::list<Stream *>::iterator m_place;
    };

private:
    void sweep();
    void arm();

    Clock &m_clock;
    std::list<Stream *> m_streams;
    TimerHandle m_timer;
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/Writer.h"

#include <QByteArray>

#include <utility>

namespace fairlead::wire::openai_responses {

/// Server-sent events of a response, numbered from 0, each with an `event:` line.
class EventWriter
{
public:
    /// Starts an event; the caller adds its members and calls send(). `type` is a literal.
    json::Writer &begin(QByteArrayView type);
    void send();
    /// The number of the next event.
    void goOnAt(qint64 sequence) { m_sequence = sequence; }
    /// What has been sent since the last call.
    [[nodiscard]] QByteArray take() { return std::exchange(m_out, QByteArray()); }

private:
    json::Writer m_writer;
    QByteArrayView m_type;
    QByteArray m_out;
    qint64 m_sequence = 0;
};

} // namespace fairlead::wire::openai_responses

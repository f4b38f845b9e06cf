// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <functional>

namespace fairlead::wire {

/// One server-sent event (WHATWG HTML, section 9.2). Views are valid during the callback only.
struct SseEvent {
    QByteArrayView name; ///< the event: field; empty if none
    QByteArrayView data; ///< data: lines joined by LF
};

/// Push parser for text/event-stream: LF, CRLF and CR line ends, one BOM, comments (they count as liveness),
/// multi-line data, "data:" with and without a space, at any split of the bytes. At the end a pending event
/// is dispatched leniently, as reverse proxies cut the last blank line (wire.md section 15).
class SseReader
{
public:
    static constexpr qsizetype kDefaultMostEventBytes = 16 * 1024 * 1024;

    explicit SseReader(qsizetype mostEventBytes = kDefaultMostEventBytes)
        : m_mostEventBytes(mostEventBytes)
    { }

    /// Calls `onEvent` for every event these bytes complete. False once an event grew over the cap: the
    /// stream is then dead.
    bool feed(QByteArrayView bytes, const std::function<void(const SseEvent &)> &onEvent);
    /// The stream ended; dispatches what is pending.
    void finish(const std::function<void(const SseEvent &)> &onEvent);
    [[nodiscard]] bool sawComment() const { return m_sawComment; }
    /// Nothing of an event has been read: the next byte begins a line of its own.
    [[nodiscard]] bool isBetweenEvents() const
    {
        return !m_dead && !m_atStart && !m_lastWasCr && !m_hasData && m_line.isEmpty() && m_name.isEmpty();
    }

private:
    void line(QByteArrayView text, const std::function<void(const SseEvent &)> &onEvent);
    void dispatch(const std::function<void(const SseEvent &)> &onEvent);

    qsizetype m_mostEventBytes;
    QByteArray m_line; ///< the unfinished line
    QByteArray m_name;
    QByteArray m_data;
    bool m_hasData = false;
    bool m_atStart = true;
    bool m_lastWasCr = false;
    bool m_sawComment = false;
    bool m_dead = false;
};

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace fairlead::wire::bedrock {

/// One message of application/vnd.amazon.eventstream. Views are valid during the callback only.
struct EventStreamMessage {
    /// Header fields whose value is text, in order; the other types mean nothing to us.
    std::vector<std::pair<QByteArrayView, QByteArrayView>> headers;
    QByteArrayView payload;

    /// The value of that name; empty if there is none.
    [[nodiscard]] QByteArrayView header(QByteArrayView name) const;
};

/// Push parser for AWS's binary event stream
/// (https://smithy.io/2.0/aws/amazon-eventstream.html): total length, header length, CRC of both, headers,
/// payload, CRC of everything. Bytes come at any split; a message is given out once both of its checksums are
/// right.
class EventStreamReader
{
public:
    static constexpr std::uint32_t kDefaultMostMessageBytes = 16 * 1024 * 1024;

    explicit EventStreamReader(std::uint32_t mostMessageBytes = kDefaultMostMessageBytes)
        : m_mostMessageBytes(mostMessageBytes)
    { }

    /// Calls `onMessage` for every message these bytes complete. False once something is wrong: the stream is
    /// then dead, as nothing says where the next message begins, and problem() tells why.
    bool feed(QByteArrayView bytes, const std::function<void(const EventStreamMessage &)> &onMessage);
    /// What is wrong, one clause.
    [[nodiscard]] const QByteArray &problem() const { return m_problem; }
    /// True if the bytes so far end with a whole message.
    [[nodiscard]] bool isBetweenMessages() const { return m_buffer.isEmpty(); }

private:
    /// The length of the message at the front of `bytes`, 0 as long as that is not known.
    std::uint32_t lengthOf(QByteArrayView bytes);
    bool give(QByteArrayView message, const std::function<void(const EventStreamMessage &)> &onMessage);
    bool fail(QByteArray problem);

    std::uint32_t m_mostMessageBytes;
    QByteArray m_buffer; ///< the unfinished message
    QByteArray m_problem;
};

} // namespace fairlead::wire::bedrock

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// Follows one HTTP/1.1 answer through the bytes of a connection: just enough to know its status, its end,
/// and how many events of a stream went by.
class Answer
{
public:
    /// Takes the bytes of one read. True once the answer is complete.
    bool feed(std::string_view bytes);
    /// An answer without a length ends with its connection.
    [[nodiscard]] bool endsWithConnection() const
    {
        return m_framing == Framing::UntilClose && m_bodyBytes > 0;
    }

    [[nodiscard]] int status() const { return m_status; }
    [[nodiscard]] bool hasBody() const { return m_bodyBytes > 0; }
    [[nodiscard]] std::size_t bodyBytes() const { return m_bodyBytes; }
    [[nodiscard]] int events() const { return m_events; }
    /// Whether the stream said its last word, not only ended.
    [[nodiscard]] bool saidDone() const { return m_saidDone; }
    [[nodiscard]] bool isBroken() const { return m_framing == Framing::Broken; }

private:
    enum class Framing {
        Head,
        Length,
        ChunkSize,
        ChunkData,
        ChunkEnd,
        Trailer,
        UntilClose,
        Complete,
        Broken
    };

    bool takeHead();
    void takeBody(std::string_view bytes);
    bool takeLine(std::string_view &rest);

    Framing m_framing = Framing::Head;
    std::string m_line; ///< the head, or an unfinished line of the chunked coding
    std::string m_tail; ///< the last bytes, where an event may continue
    int m_status = 0;
    std::uint64_t m_left = 0;
    std::size_t m_bodyBytes = 0;
    int m_events = 0;
    bool m_isStream = false;
    bool m_saidDone = false;
};

} // namespace bench

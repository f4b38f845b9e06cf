// SPDX-License-Identifier: GPL-3.0-or-later
#include "Answer.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace bench {

namespace {

constexpr std::size_t kMostHeadBytes = 64 * 1024;
constexpr std::string_view kEventEnd = "\n\n";
constexpr std::string_view kDone = "data: [DONE]";

std::string_view field(std::string_view head, std::string_view name)
{
    const auto at = head.find(name);
    if (at == std::string_view::npos)
        return {};
    const auto begin = at + name.size();
    auto value = head.substr(begin, head.find('\r', begin) - begin);
    while (!value.empty() && value.front() == ' ')
        value.remove_prefix(1);
    return value;
}

template<typename Number>
bool parse(std::string_view text, Number &number, int base)
{
    return std::from_chars(text.data(), text.data() + text.size(), number, base).ec == std::errc();
}

} // namespace

bool Answer::takeHead()
{
    std::string head = m_line;
    std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
    if (head.size() < 12 || !parse(std::string_view(head).substr(9, 3), m_status, 10))
        return false;
    m_isStream = field(head, "\r\ncontent-type:").find("event-stream") != std::string_view::npos;
    const auto length = field(head, "\r\ncontent-length:");
    if (field(head, "\r\ntransfer-encoding:") == "chunked")
        m_framing = Framing::ChunkSize;
    else if (length.empty())
        m_framing = Framing::UntilClose;
    else if (!parse(length, m_left, 10))
        return false;
    else
        m_framing = m_left > 0 ? Framing::Length : Framing::Complete;
    m_line.clear();
    return true;
}

void Answer::takeBody(std::string_view bytes)
{
    m_bodyBytes += bytes.size();
    if (!m_isStream)
        return;
    m_tail += bytes;
    std::size_t from = 0;
    for (auto at = m_tail.find(kEventEnd); at != std::string::npos; at = m_tail.find(kEventEnd, from)) {
        ++m_events;
        m_saidDone = m_saidDone || m_tail.compare(from, kDone.size(), kDone) == 0;
        from = at + kEventEnd.size();
    }
    m_tail.erase(0, from);
}

/// A line of the chunked coding, without its end, into m_line. False while it is unfinished.
bool Answer::takeLine(std::string_view &rest)
{
    const auto end = rest.find('\n');
    m_line += rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (end == std::string_view::npos)
        return false;
    if (!m_line.empty() && m_line.back() == '\r')
        m_line.pop_back();
    return true;
}

bool Answer::feed(std::string_view rest)
{
    while (!rest.empty() && m_framing != Framing::Complete && m_framing != Framing::Broken) {
        switch (m_framing) {
        case Framing::Head: {
            const std::size_t before = m_line.size();
            m_line += rest;
            const auto end = m_line.find("\r\n\r\n", before < 3 ? 0 : before - 3);
            if (end == std::string::npos) {
                if (m_line.size() > kMostHeadBytes)
                    m_framing = Framing::Broken;
                return false;
            }
            rest.remove_prefix(end + 4 - before);
            m_line.resize(end + 4);
            if (!takeHead())
                m_framing = Framing::Broken;
            break;
        }
        case Framing::Length:
        case Framing::ChunkData: {
            const auto part
                = rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(m_left, rest.size())));
            takeBody(part);
            rest.remove_prefix(part.size());
            m_left -= part.size();
            if (m_left == 0)
                m_framing = m_framing == Framing::Length ? Framing::Complete : Framing::ChunkEnd;
            break;
        }
        case Framing::ChunkSize:
            if (!takeLine(rest))
                break;
            if (!parse(m_line, m_left, 16))
                m_framing = Framing::Broken;
            else
                m_framing = m_left > 0 ? Framing::ChunkData : Framing::Trailer;
            m_line.clear();
            break;
        case Framing::ChunkEnd:
            if (takeLine(rest))
                m_framing = m_line.empty() ? Framing::ChunkSize : Framing::Broken;
            break;
        case Framing::Trailer:
            if (!takeLine(rest))
                break;
            if (m_line.empty())
                m_framing = Framing::Complete;
            m_line.clear();
            break;
        case Framing::UntilClose:
            takeBody(rest);
            return false;
        case Framing::Complete:
        case Framing::Broken:
            break;
        }
    }
    // Bytes nobody asked for are as wrong as a broken frame.
    if (m_framing == Framing::Complete && !rest.empty())
        m_framing = Framing::Broken;
    return m_framing == Framing::Complete;
}

} // namespace bench

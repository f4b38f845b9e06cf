// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/ChunkTemplate.h"

#include "base/TextWriter.h"

#include <algorithm>
#include <cstring>

namespace fairlead::wire::openai_chat {

using json::View;

namespace {

const QByteArray kField = QByteArrayLiteral("data: ");
const QByteArray kEventEnd = QByteArrayLiteral("\n\n");

/// The closing quote of the string whose content starts at `from`, or null.
const char *stringEnd(const char *from, const char *end)
{
    for (const char *at = from; at != end; ++at) {
        at = static_cast<const char *>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
        if (!at)
            return nullptr;
        if (at[-1] != '\\') // the opening quote at the least
            return at;
        const char *escape = at;
        while (escape > from && escape[-1] == '\\')
            --escape;
        if ((at - escape) % 2 == 0)
            return at;
    }
    return nullptr;
}

/// A line end ends the event, even in the midst of what would be a string: there is none in JSON.
bool holdsLineEnd(const char *from, const char *end)
{
    bool found = false;
    for (; from != end; ++from)
        found |= *from == '\n' || *from == '\r';
    return found;
}

} // namespace

ChunkTemplate::ChunkTemplate(View chunk)
    : m_event(kField + chunk.rawCopy() + kEventEnd)
{
    const char *const base = chunk.raw().data() - kField.size();
    const auto addHole = [&](View string, bool isText) {
        if (!string.isString() || string.raw().size() <= 2)
            return;
        const qsizetype from = string.raw().data() - base + 1;
        m_holes.push_back(Hole{from, from + string.raw().size() - 2, isText});
    };
    const auto [choices, obfuscation, padding] = chunk.pick("choices", "obfuscation", "p");
    if (choices.count() != 1)
        return;
    const auto [content, reasoningContent, reasoning, details]
        = choices.at(0)["delta"].pick("content", "reasoning_content", "reasoning", "reasoning_details");
    addHole(content, true);
    addHole(reasoningContent, true);
    addHole(reasoning, true);
    if (m_holes.size() != 1) {
        m_holes.clear();
        return;
    }
    if (details.count() == 1)
        addHole(details.at(0)["text"], false);
    addHole(obfuscation, false); // OpenAI
    addHole(padding, false); // Mistral
    std::sort(m_holes.begin(), m_holes.end(), [](const Hole &a, const Hole &b) { return a.from < b.from; });
}

/// Whether `bytes` begin like the part of m_event between two places, whatever is in the holes. A stream asks
/// this for each of its events.
ChunkTemplate::Match ChunkTemplate::matchBetween(qsizetype from, qsizetype to, QByteArrayView bytes) const
{
    const char *const event = m_event.constData();
    const char *const end = bytes.end();
    const char *at = bytes.begin();
    const auto passSame = [&at, end](const char *ours, qsizetype length) {
        if (end - at < length || std::memcmp(ours, at, static_cast<std::size_t>(length)) != 0)
            return false;
        at += length;
        return true;
    };
    Match match;
    for (const Hole &hole : m_holes) {
        if (!passSame(event + from, hole.from - from))
            return match;
        const char *const close = stringEnd(at, end);
        if (!close || close == at || holdsLineEnd(at, close))
            return match;
        if (hole.isText)
            match.text = QByteArrayView(at, close - at);
        from = hole.to;
        at = close;
    }
    if (passSame(event + from, to - from))
        match.end = at;
    return match;
}

std::optional<QByteArrayView> ChunkTemplate::match(QByteArrayView data) const
{
    if (m_holes.empty())
        return std::nullopt;
    const Match match = matchBetween(kField.size(), m_event.size() - kEventEnd.size(), data);
    return match.end && match.end == data.end() ? std::optional(match.text) : std::nullopt;
}

qsizetype ChunkTemplate::passOver(QByteArrayView events, QByteArray &texts) const
{
    const char *rest = events.begin();
    const qsizetype size = m_event.size();
    while (!m_holes.empty()) {
        const Match match = matchBetween(0, size, QByteArrayView(rest, events.end() - rest));
        if (!match.end)
            break;
        appendBytes(texts, match.text);
        rest = match.end;
    }
    return rest - events.begin();
}

} // namespace fairlead::wire::openai_chat

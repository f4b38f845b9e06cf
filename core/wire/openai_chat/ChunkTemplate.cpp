// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/ChunkTemplate.h"

#include <algorithm>
#include <cstring>

namespace fairlead::wire::openai_chat {

using json::View;

namespace {

/// Where the string that starts at `from` ends (the place of its closing quote), or -1.
qsizetype stringEnd(QByteArrayView data, qsizetype from)
{
    while (from < data.size()) {
        const void *found
            = std::memchr(data.data() + from, '"', static_cast<std::size_t>(data.size() - from));
        if (!found)
            return -1;
        const qsizetype quote = static_cast<const char *>(found) - data.data();
        qsizetype escapes = 0;
        while (quote - escapes > from && data[quote - escapes - 1] == '\\')
            ++escapes;
        if (escapes % 2 == 0)
            return quote;
        from = quote + 1;
    }
    return -1;
}

} // namespace

ChunkTemplate::ChunkTemplate(View chunk)
    : m_chunk(chunk.rawCopy())
{
    const char *const base = chunk.raw().data();
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

std::optional<QByteArrayView> ChunkTemplate::match(QByteArrayView data) const
{
    const auto start = matchStart(data);
    return start && start->size == data.size() ? std::optional(start->text) : std::nullopt;
}

std::optional<ChunkTemplate::Start> ChunkTemplate::matchStart(QByteArrayView data) const
{
    if (m_holes.empty())
        return std::nullopt;
    QByteArrayView text;
    qsizetype ours = 0; // place in m_chunk
    qsizetype theirs = 0; // place in data
    const auto same = [&](qsizetype until) {
        const qsizetype length = until - ours;
        if (data.size() - theirs < length
            || std::memcmp(m_chunk.constData() + ours, data.data() + theirs, static_cast<std::size_t>(length))
                   != 0)
            return false;
        theirs += length;
        return true;
    };
    for (const Hole &hole : m_holes) {
        if (!same(hole.from))
            return std::nullopt;
        const qsizetype end = stringEnd(data, theirs);
        if (end <= theirs)
            return std::nullopt;
        if (hole.isText)
            text = data.sliced(theirs, end - theirs);
        ours = hole.to;
        theirs = end;
    }
    if (!same(m_chunk.size()))
        return std::nullopt;
    return Start{text, theirs};
}

} // namespace fairlead::wire::openai_chat

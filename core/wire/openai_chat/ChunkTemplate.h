// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <vector>

namespace fairlead::wire::openai_chat {

/// Recognises a chunk that differs from an earlier one only in the text it adds, without parsing it. A stream
/// of thousands of chunks repeats everything but one string (and random padding), so comparing the rest tells
/// exactly what a parser would: nothing but more text of the same kind for the same choice.
class ChunkTemplate
{
public:
    ChunkTemplate() = default;
    /// The template of this chunk; never matches if the chunk holds no text.
    explicit ChunkTemplate(json::View chunk);

    /// The added text as it stands in the JSON, still escaped, if `data` is of this form. Empty additions do
    /// not match: what is empty in this chunk may mean another kind of chunk.
    [[nodiscard]] std::optional<QByteArrayView> match(QByteArrayView data) const;

    struct Start {
        QByteArrayView text;
        qsizetype size; ///< of the chunk
    };
    /// The same for text that begins with such a chunk, whatever follows it.
    [[nodiscard]] std::optional<Start> matchStart(QByteArrayView text) const;
    [[nodiscard]] bool isSet() const { return !m_holes.empty(); }

private:
    struct Hole {
        qsizetype from; ///< of the string's content in m_chunk
        qsizetype to;
        bool isText;
    };
    QByteArray m_chunk;
    std::vector<Hole> m_holes;
};

} // namespace fairlead::wire::openai_chat

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

    [[nodiscard]] bool isSet() const { return !m_holes.empty(); }

    /// The added text as it stands in the JSON, still escaped, if `data` is of this form. Empty additions do
    /// not match: what is empty in this chunk may mean another kind of chunk.
    [[nodiscard]] std::optional<QByteArrayView> match(QByteArrayView data) const;
    /// Passes over the events at the beginning of `events` that are of this form, framed as they nearly always
    /// are ("data: ", chunk, empty line), and appends what they add to `texts`; gives their size.
    [[nodiscard]] qsizetype passOver(QByteArrayView events, QByteArray &texts) const;

private:
    struct Hole {
        qsizetype from; ///< of the string's content in m_event
        qsizetype to;
        bool isText;
    };
    struct Match {
        const char *end = nullptr; ///< behind the part that matches; null if it does not
        QByteArrayView text;
    };
    [[nodiscard]] Match matchBetween(qsizetype from, qsizetype to, QByteArrayView bytes) const;

    QByteArray m_event; ///< the whole event
    std::vector<Hole> m_holes;
};

} // namespace fairlead::wire::openai_chat

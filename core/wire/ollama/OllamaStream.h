// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/ollama/AnswerReader.h"

namespace fairlead::wire::ollama {

/// NDJSON: one object a line, the last one says `"done":true`. A line that is no JSON is skipped; the answer
/// is whole all the same if it gets done.
class OllamaStream final : public StreamDecoder
{
public:
    explicit OllamaStream(DecodeMode mode)
        : m_reader(mode)
    { }

    void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) override;
    void finish(std::vector<ChatEvent> &events) override;
    [[nodiscard]] bool isComplete() const override { return m_reader.isDone(); }
    [[nodiscard]] bool isOver() const override { return m_reader.isDone(); }

private:
    void readLine(QByteArrayView line, std::vector<ChatEvent> &events);

    AnswerReader m_reader;
    QByteArray m_line; ///< the unfinished one
    bool m_garbled = false;
};

/// A whole answer's events; also of a body that is a stream after all.
[[nodiscard]] std::vector<ChatEvent> decodeWhole(QByteArrayView body);

} // namespace fairlead::wire::ollama

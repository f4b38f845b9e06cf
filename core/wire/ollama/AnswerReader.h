// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/View.h"

#include <QByteArray>

#include <vector>

namespace fairlead::wire::ollama {

/// Turns the objects of /api/chat and /api/generate into events. A stream brings one a line, whose texts
/// append; a whole answer is one that is done.
class AnswerReader
{
public:
    explicit AnswerReader(DecodeMode mode)
        : m_mode(mode)
    { }

    void read(json::View object, std::vector<ChatEvent> &events);
    /// For a whole answer whose only object forgot to say that it is done.
    void finish(std::vector<ChatEvent> &events);
    void fail(Failure failure, std::vector<ChatEvent> &events);

    [[nodiscard]] bool hasStarted() const { return m_started; }
    [[nodiscard]] bool isDone() const { return m_done; }
    [[nodiscard]] bool hasFailed() const { return m_failed; }

private:
    void start(json::View object, std::vector<ChatEvent> &events);
    void readMessage(json::View message, std::vector<ChatEvent> &events);
    void readThinking(json::View text, std::vector<ChatEvent> &events);
    void readText(json::View text, std::vector<ChatEvent> &events);
    void readCall(json::View call, std::vector<ChatEvent> &events);
    void readImage(json::View image, std::vector<ChatEvent> &events);
    void end(json::View object, std::vector<ChatEvent> &events);

    DecodeMode m_mode;
    QByteArray m_idSeed; ///< for the ids of calls that have none
    int m_calls = 0;
    int m_images = 0;
    bool m_started = false;
    bool m_toldText = false; ///< for Tap
    bool m_toldThinking = false; ///< for Tap
    bool m_done = false;
    bool m_failed = false;
};

} // namespace fairlead::wire::ollama

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "chat/Failure.h"
#include "chat/Usage.h"

#include <QByteArray>

#include <variant>

/// The events of an answer, streamed or whole: a non-streamed answer is the same events at once. Each has a
/// constructor on purpose: GCC 12.2 destroys aggregate temporaries twice next to co_await and co_yield.
namespace fairlead::chat {

/// The model as the dialects' finish words mean it; the provider's own word is kept beside it.
enum class FinishReason { Stop, Length, ToolCalls, ContentFilter, Error };

[[nodiscard]] QByteArray
finishReasonName(FinishReason reason); ///< OpenAI's words: "stop", "length", "tool_calls", ...

/// First event of every answer.
struct Started {
    Started() = default;
    Started(QByteArray id_, QByteArray model_)
        : id(std::move(id_))
        , model(std::move(model_))
    { }
    QByteArray id; ///< the provider's id of the answer; may be empty
    QByteArray model; ///< the model that answers, as the provider names it; may be empty
    qint64 created = 0; ///< Unix seconds, 0 if not said
    QByteArray fingerprint; ///< OpenAI's system_fingerprint
};

struct TextDelta {
    TextDelta() = default;
    explicit TextDelta(QByteArray text_, int choice_ = 0)
        : choice(choice_)
        , text(std::move(text_))
    { }
    int choice = 0;
    QByteArray text;
};

struct ReasoningDelta {
    ReasoningDelta() = default;
    explicit ReasoningDelta(QByteArray text_, int choice_ = 0)
        : choice(choice_)
        , text(std::move(text_))
    { }
    int choice = 0;
    QByteArray text;
    int block = 0; ///< which reasoning block of the answer, from 0
};

/// The signature or encrypted form that closes a reasoning block and must come back unchanged.
struct ReasoningSignature {
    ReasoningSignature() = default;
    int choice = 0;
    int block = 0;
    QByteArray signature;
    QByteArray redacted;
    QByteArray id;
    QByteArray origin; ///< as in ReasoningPart
};

struct RefusalDelta {
    RefusalDelta() = default;
    explicit RefusalDelta(QByteArray text_, int choice_ = 0)
        : choice(choice_)
        , text(std::move(text_))
    { }
    int choice = 0;
    QByteArray text;
};

struct ToolCallBegin {
    ToolCallBegin() = default;
    ToolCallBegin(int index_, QByteArray id_, QByteArray name_, int choice_ = 0)
        : choice(choice_)
        , index(index_)
        , id(std::move(id_))
        , name(std::move(name_))
    { }
    int choice = 0;
    int index = 0; ///< 0, 1, 2 ... over the tool calls of this choice
    QByteArray id; ///< never empty: made up where the dialect has none
    QByteArray name;
    QByteArray signature; ///< Gemini's thoughtSignature
    bool custom = false;
};

struct ToolCallDelta {
    ToolCallDelta() = default;
    ToolCallDelta(int index_, QByteArray arguments_, int choice_ = 0)
        : choice(choice_)
        , index(index_)
        , arguments(std::move(arguments_))
    { }
    int choice = 0;
    int index = 0;
    QByteArray arguments; ///< a fragment of the arguments' JSON text
};

/// A source the model cites. Offsets count characters of the answer's visible text, -1 if not said.
struct Citation {
    Citation() = default;
    int choice = 0;
    QByteArray url;
    QByteArray title;
    qint64 start = -1;
    qint64 end = -1;
    QByteArray json; ///< the dialect's own object
};

/// An image or a clip of audio the model made. Dialects that stream audio send its data in fragments: those
/// with the same `block` belong together.
struct MediaDelta {
    MediaDelta() = default;
    int choice = 0;
    int block = 0;
    MediaPart media;
    QByteArray transcript; ///< the words of the audio, a fragment
};

/// Logprobs of a choice as OpenAI writes them, passed on as they are.
struct LogprobsDelta {
    LogprobsDelta() = default;
    int choice = 0;
    QByteArray json;
};

/// Usage known so far; a later report replaces an earlier one.
struct UsageReport {
    UsageReport() = default;
    explicit UsageReport(Usage usage_)
        : usage(std::move(usage_))
    { }
    Usage usage;
};

/// A choice ended. The answer as a whole ended well only when the decoder's finish() says so.
struct Finished {
    Finished() = default;
    explicit Finished(FinishReason reason_, QByteArray native_ = QByteArray(), int choice_ = 0)
        : choice(choice_)
        , reason(reason_)
        , native(std::move(native_))
    { }
    int choice = 0;
    FinishReason reason = FinishReason::Stop;
    QByteArray native; ///< the provider's own word
    QByteArray stopSequence;
};

/// The answer failed, before or after its first text. Always the last event.
struct Failed {
    Failed() = default;
    explicit Failed(Failure failure_)
        : failure(std::move(failure_))
    { }
    Failure failure;
};

using ChatEvent = std::variant<
    Started, TextDelta, ReasoningDelta, ReasoningSignature, RefusalDelta, ToolCallBegin, ToolCallDelta,
    Citation, MediaDelta, LogprobsDelta, UsageReport, Finished, Failed>;

} // namespace fairlead::chat

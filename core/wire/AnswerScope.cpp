// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/AnswerScope.h"

#include "base/Result.h"

namespace fairlead::wire {

using chat::MediaPart;

namespace {

constexpr const char *kNoPlace = "no place for it in this dialect";

void reportMedia(const chat::MediaDelta &delta, const AnswerScope &scope, Losses &losses)
{
    const MediaPart &media = delta.media;
    if (media.kind == MediaPart::Kind::Image) {
        const bool hasPlace = scope.images && (scope.imageUrls || !media.base64.isEmpty());
        if (!hasPlace && !(media.base64.isEmpty() && media.url.isEmpty()))
            losses.dropped("answer.image", kNoPlace);
    } else if (media.kind == MediaPart::Kind::Audio ? !scope.audio : !scope.images) {
        losses.dropped(media.kind == MediaPart::Kind::Audio ? "answer.audio" : "answer.file", kNoPlace);
    }
}

} // namespace

void reportLeftOut(const chat::ChatEvent &event, const AnswerScope &scope, Losses &losses)
{
    const auto drop = [&](bool hasPlace, const char *what) {
        if (!hasPlace)
            losses.dropped(what, kNoPlace);
    };
    const bool hasChoice = std::visit(
        [&](const auto &e) {
            if constexpr (requires { e.choice; })
                return scope.choices || e.choice == 0;
            else
                return true;
        },
        event);
    if (!hasChoice) {
        losses.dropped("answer.choices", "only the first");
        return;
    }
    std::visit(
        overloaded{
            [&](const chat::ReasoningDelta &e) {
                drop(scope.reasoning || e.text.isEmpty(), "answer.reasoning");
            },
            [&](const chat::ReasoningSignature &e) {
                drop(
                    scope.seals || (e.signature.isEmpty() && e.redacted.isEmpty()),
                    "answer.reasoning_signature");
            },
            [&](const chat::RefusalDelta &e) {
                if (!scope.refusals && !e.text.isEmpty())
                    losses.approximated("answer.refusal", "told as text");
            },
            [&](const chat::ToolCallBegin &e) {
                drop(scope.toolCalls, "answer.tool_calls");
                drop(scope.seals || e.signature.isEmpty(), "answer.reasoning_signature");
            },
            [&](const chat::Citation &e) {
                drop(e.url.isEmpty() ? scope.passages : scope.citations, "answer.citations");
            },
            [&](const chat::MediaDelta &e) { reportMedia(e, scope, losses); },
            [&](const chat::LogprobsDelta &) { drop(scope.logprobs, "answer.logprobs"); },
            [&](const chat::Finished &e) {
                if (!scope.filters && e.reason == chat::FinishReason::ContentFilter)
                    losses.approximated("answer.finish_reason", "a word that clients do not know");
            },
            [](const auto &) {},
        },
        event);
}

} // namespace fairlead::wire

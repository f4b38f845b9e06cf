// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/AnswerReader.h"

#include "wire/ErrorBody.h"
#include "wire/ToolMapping.h"
#include "wire/gemini/CallIds.h"
#include "wire/gemini/Errors.h"
#include "wire/gemini/Grounding.h"
#include "wire/gemini/Logprobs.h"
#include "wire/gemini/Media.h"
#include "wire/gemini/Usage.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fairlead::wire::gemini {

namespace {

using namespace chat;

// candidateCount is at most 8; a hostile index must not make us allocate.
constexpr std::int64_t kMostCandidates = 128;

/// finishReason as its word. Vertex callers may have asked for enums as numbers
/// (`$alt=json;enum-encoding=int`).
QByteArray reasonWord(json::View reason)
{
    static constexpr std::array<QByteArrayView, 10> kByNumber{
        "",      "STOP",      "MAX_TOKENS",         "SAFETY", "RECITATION",
        "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",   "MALFORMED_FUNCTION_CALL"};
    if (const auto number = reason.integer()) {
        const bool known = *number >= 0 && *number < static_cast<std::int64_t>(kByNumber.size());
        return known ? kByNumber[static_cast<std::size_t>(*number)].toByteArray()
                     : QByteArrayLiteral("OTHER");
    }
    const QByteArray word = reason.stringOr({});
    return word == "FINISH_REASON_UNSPECIFIED" ? QByteArray() : word;
}

FinishReason finishReason(QByteArrayView word, bool called)
{
    static constexpr std::array<QByteArrayView, 6> kFiltered{
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"};
    if (word == "MAX_TOKENS")
        return FinishReason::Length;
    if (word.startsWith("IMAGE_") || std::find(kFiltered.begin(), kFiltered.end(), word) != kFiltered.end())
        return FinishReason::ContentFilter;
    // STOP even when functions were called; LANGUAGE, OTHER and words to come.
    return called ? FinishReason::ToolCalls : FinishReason::Stop;
}

/// The model tried to call a function and produced something that is none: another try may well do.
bool isBrokenCall(QByteArrayView word)
{
    return word == "MALFORMED_FUNCTION_CALL" || word == "UNEXPECTED_TOOL_CALL"
           || word == "TOO_MANY_TOOL_CALLS";
}

Failure blocked(json::View feedback)
{
    const QByteArray reason = feedback["blockReason"].string().value_or(feedback["blockReason"].rawCopy());
    const QByteArray words
        = feedback["blockReasonMessage"].stringOr("The provider refused the prompt by its policy.");
    Failure failure(FailureClass::ContentPolicy, 0, words + " (" + reason + ')');
    failure.code = reason;
    return failure;
}

} // namespace

void AnswerReader::read(json::View chunk, std::vector<ChatEvent> &events)
{
    if (m_failed)
        return;
    if (holdsError(chunk)) {
        fail(failureInBody(chunk), events);
        return;
    }
    if (!m_started
        && (chunk["candidates"].exists() || chunk["promptFeedback"].exists()
            || chunk["usageMetadata"].exists())) {
        events.emplace_back(Started(chunk["responseId"].stringOr({}), chunk["modelVersion"].stringOr({})));
        m_started = true;
    }
    m_seed = chunk["responseId"].string().value_or(m_seed);
    if (const json::View metadata = chunk["usageMetadata"]) {
        Usage usage = usageOf(metadata);
        if (!usage.isEmpty() && usage != m_usage) {
            m_usage = usage;
            events.emplace_back(UsageReport(std::move(usage)));
        }
    }
    if (m_seed.isEmpty())
        m_seed = chunk.rawCopy();
    for (const json::View candidate : chunk["candidates"].elements()) {
        if (!m_failed)
            readCandidate(candidate, events);
    }
    if (m_candidates.empty() && chunk["promptFeedback"]["blockReason"])
        fail(blocked(chunk["promptFeedback"]), events);
}

bool AnswerReader::isFinished() const
{
    return !m_candidates.empty()
           && std::all_of(m_candidates.begin(), m_candidates.end(), [](const auto &candidate) {
                  return candidate.second.finished;
              });
}

void AnswerReader::finishAll(std::vector<ChatEvent> &events)
{
    for (auto &[choice, state] : m_candidates) {
        if (!state.finished && !m_failed)
            finish({}, choice, state, events);
    }
}

void AnswerReader::readCandidate(json::View candidate, std::vector<ChatEvent> &events)
{
    const std::int64_t index = candidate["index"].integerOr(0);
    if (index < 0 || index >= kMostCandidates)
        return;
    const int choice = static_cast<int>(index);
    Candidate &state = m_candidates[choice];
    for (const json::View part : candidate["content"]["parts"].elements())
        readPart(part, choice, state, events);
    if (m_mode == DecodeMode::Full) {
        if (const json::View grounding = candidate["groundingMetadata"]; grounding.count() > 0)
            state.grounding = grounding.rawCopy();
        if (const json::View logprobs = candidate["logprobsResult"]) {
            LogprobsDelta delta;
            delta.choice = choice;
            delta.json = openAiLogprobs(logprobs);
            events.emplace_back(std::move(delta));
        }
    }
    const QByteArray reason = reasonWord(candidate["finishReason"]);
    if (!reason.isEmpty() && !state.finished)
        finish(reason, choice, state, events);
}

void AnswerReader::readPart(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    const bool isCall = part["functionCall"].isObject() || part["function_call"].isObject();
    if (!isCall && state.partial)
        endPartial(choice, state, events);
    if (isCall)
        readCall(part, choice, state, events);
    else if (part["text"].isString())
        readText(part, choice, state, events);
    else if (part["inlineData"].isObject() || part["fileData"].isObject())
        readMedia(part, choice, state, events);
    else if (const QByteArray signature = part["thoughtSignature"].stringOr({}); !signature.isEmpty())
        sign(signature, choice, state, events); // on a part of a kind we give no event for
}

void AnswerReader::readText(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    const bool thought = part["thought"].booleanOr(false);
    if (!thought)
        endThought(state);
    if (m_mode == DecodeMode::Tap && std::exchange(state.told, true))
        return;
    QByteArray text = part["text"].stringOr({});
    if (thought) {
        state.inThought = true;
        ReasoningDelta delta(text, choice);
        delta.block = state.reasoningBlocks;
        if (!text.isEmpty())
            events.emplace_back(std::move(delta));
    } else if (!text.isEmpty()) {
        if (m_mode == DecodeMode::Full)
            state.text += text;
        events.emplace_back(TextDelta(std::move(text), choice));
    }
    if (const QByteArray signature = part["thoughtSignature"].stringOr({}); !signature.isEmpty())
        sign(signature, choice, state, events);
}

/// Images and audio the model made. Drafts it thought up on the way (image models) are no part of the answer.
void AnswerReader::readMedia(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    const json::View data = part["inlineData"].isObject() ? part["inlineData"] : part["fileData"];
    if (m_mode == DecodeMode::Full && !part["thought"].booleanOr(false)) {
        MediaDelta delta;
        delta.choice = choice;
        delta.block = state.media++;
        delta.media.mediaType = data["mimeType"].stringOr({});
        delta.media.kind = mediaKind(delta.media.mediaType);
        delta.media.base64 = data["data"].stringOr({});
        delta.media.url = data["fileUri"].stringOr({});
        events.emplace_back(std::move(delta));
    }
    if (const QByteArray signature = part["thoughtSignature"].stringOr({}); !signature.isEmpty())
        sign(signature, choice, state, events);
}

void AnswerReader::sign(
    const QByteArray &signature, int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    // Outside a thought it stands alone, as a thought without words.
    ReasoningSignature sealed;
    sealed.choice = choice;
    sealed.block = state.reasoningBlocks++;
    sealed.signature = signature;
    sealed.origin = QByteArrayLiteral("gemini");
    state.inThought = false;
    if (m_mode == DecodeMode::Full)
        events.emplace_back(std::move(sealed));
}

void AnswerReader::endThought(Candidate &state)
{
    if (std::exchange(state.inThought, false))
        ++state.reasoningBlocks;
}

void AnswerReader::readCall(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    endThought(state);
    const json::View call = part["functionCall"].isObject() ? part["functionCall"] : part["function_call"];
    const QByteArray name = call["name"].stringOr({});
    if (!name.isEmpty()) {
        endPartial(choice, state, events);
        const int index = state.calls++;
        QByteArray id = call["id"].stringOr({});
        if (id.isEmpty())
            id = madeUpCallId(m_seed, choice, index);
        ToolCallBegin begin(index, std::move(id), callersToolName(name), choice);
        begin.signature = part["thoughtSignature"].stringOr({});
        events.emplace_back(std::move(begin));
    } else if (!state.partial) {
        return; // nothing it could belong to
    }
    const bool more = call["willContinue"].booleanOr(false);
    if (!state.partial && !more && !call["partialArgs"].exists()) {
        const json::View arguments = call["args"];
        const QByteArray text = arguments.isObject() ? arguments.rawCopy() : QByteArrayLiteral("{}");
        events.emplace_back(ToolCallDelta(state.calls - 1, text, choice));
        return;
    }
    // Vertex with streamFunctionCallArguments.
    if (!state.partial)
        state.partial.emplace();
    for (const json::View piece : call["partialArgs"].elements())
        state.partial->add(piece);
    if (!more)
        endPartial(choice, state, events);
}

void AnswerReader::endPartial(int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    if (!state.partial)
        return;
    events.emplace_back(ToolCallDelta(state.calls - 1, state.partial->json(), choice));
    state.partial.reset();
}

void AnswerReader::finish(
    const QByteArray &reason, int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    endPartial(choice, state, events);
    state.finished = true;
    if (isBrokenCall(reason)) {
        Failure failure(
            FailureClass::Transient, 0,
            "The model produced a function call that is none (" + reason + "); try again.");
        failure.code = reason;
        fail(std::move(failure), events);
        return;
    }
    cite(choice, state, events);
    events.emplace_back(Finished(finishReason(reason, state.calls > 0), reason, choice));
}

void AnswerReader::cite(int choice, Candidate &state, std::vector<ChatEvent> &events)
{
    if (state.grounding.isEmpty())
        return;
    const auto metadata = json::Document::parse(state.grounding);
    if (!metadata)
        return;
    for (Citation &citation : citationsOf(metadata->root(), state.text)) {
        citation.choice = choice;
        events.emplace_back(std::move(citation));
    }
}

void AnswerReader::fail(Failure failure, std::vector<ChatEvent> &events)
{
    m_failed = true;
    events.emplace_back(Failed(std::move(failure)));
}

} // namespace fairlead::wire::gemini

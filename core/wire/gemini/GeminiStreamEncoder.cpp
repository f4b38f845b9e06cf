// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/GeminiStreamEncoder.h"

#include "wire/gemini/AnswerWriter.h"
#include "wire/gemini/Grounding.h"
#include "wire/gemini/Logprobs.h"
#include "wire/gemini/MethodPath.h"
#include "wire/gemini/Seal.h"

#include <utility>

namespace fairlead::wire::gemini {

using json::Writer;

namespace {

// Calls are numbered by small indexes; a hostile one must not make us allocate.
constexpr int kMostCalls = 4096;

QByteArray withoutBrackets(const Writer &parts)
{
    return parts.text().mid(1, parts.text().size() - 2);
}

} // namespace

GeminiStreamEncoder::GeminiStreamEncoder(const AnswerContext &context)
    : m_model(context.model)
    , m_id(context.fallbackId)
    , m_events(!context.call || wantsEvents(context.call->query))
    , m_withThoughts(wantsThoughts(context.call))
{ }

QByteArray GeminiStreamEncoder::encode(const ChatEvent &event)
{
    if (m_failed)
        return {};
    std::visit(
        overloaded{
            [this](const chat::Started &started) {
                if (!started.id.isEmpty())
                    m_id = started.id;
            },
            [this](const chat::TextDelta &delta) { say(delta.choice, delta.text); },
            [this](const chat::ReasoningDelta &delta) { think(delta); },
            [this](const chat::ReasoningSignature &signature) { sign(signature); },
            [this](const chat::RefusalDelta &delta) { say(delta.choice, delta.text); },
            [this](const chat::ToolCallBegin &begin) { beginCall(begin); },
            [this](const chat::ToolCallDelta &delta) { addArguments(delta); },
            [this](const chat::Citation &citation) {
                m_candidates[citation.choice].citations.push_back(citation);
            },
            [this](const chat::MediaDelta &delta) { addMedia(delta); },
            [this](const chat::LogprobsDelta &delta) { m_candidates[delta.choice].logprobs = delta.json; },
            [this](const chat::UsageReport &report) { m_usage = report.usage; },
            [this](const chat::Finished &finished) {
                Candidate &candidate = m_candidates[finished.choice];
                flush(finished.choice, candidate);
                candidate.finished = finished; // told in the last chunk, as usage may still come
            },
            [this](const chat::Failed &) { m_failed = true; },
        },
        event);
    return std::exchange(m_out, QByteArray());
}

QByteArray GeminiStreamEncoder::finish()
{
    if (m_failed)
        return {};
    for (auto &[choice, candidate] : m_candidates)
        flush(choice, candidate);
    lastChunk();
    if (!m_events)
        m_out += "]";
    return std::exchange(m_out, QByteArray());
}

void GeminiStreamEncoder::say(int choice, const QByteArray &text)
{
    Candidate &candidate = m_candidates[choice];
    const QByteArray whole = candidate.text.add(text);
    candidate.said += whole;
    textChunk(choice, whole, false);
}

void GeminiStreamEncoder::think(const chat::ReasoningDelta &delta)
{
    if (!m_withThoughts)
        return;
    Candidate &candidate = m_candidates[delta.choice];
    candidate.hasThought = delta.block == candidate.block ? candidate.hasThought : false;
    candidate.block = delta.block;
    candidate.hasThought = candidate.hasThought || !delta.text.isEmpty();
    textChunk(delta.choice, candidate.thought.add(delta.text), true);
}

void GeminiStreamEncoder::sign(const chat::ReasoningSignature &signature)
{
    chat::ReasoningPart part;
    part.signature = signature.signature;
    part.redacted = signature.redacted;
    part.id = signature.id;
    part.origin = signature.origin;
    const Candidate &candidate = m_candidates[signature.choice];
    const bool closesThought = candidate.hasThought && candidate.block == signature.block;
    const bool own = signature.origin == "gemini";
    if (own || m_withThoughts)
        textChunk(signature.choice, {}, m_withThoughts && (closesThought || !own), thoughtSignature(part));
}

void GeminiStreamEncoder::beginCall(const chat::ToolCallBegin &begin)
{
    if (begin.index < 0 || begin.index >= kMostCalls)
        return;
    std::vector<chat::ToolCallPart> &calls = m_candidates[begin.choice].calls;
    const auto place = static_cast<std::size_t>(begin.index);
    if (place >= calls.size())
        calls.resize(place + 1);
    calls[place].id = begin.id;
    calls[place].name = begin.name;
    calls[place].signature = begin.signature;
    calls[place].custom = begin.custom;
}

void GeminiStreamEncoder::addArguments(const chat::ToolCallDelta &delta)
{
    std::vector<chat::ToolCallPart> &calls = m_candidates[delta.choice].calls;
    const auto place = static_cast<std::size_t>(delta.index);
    if (delta.index >= 0 && place < calls.size())
        calls[place].arguments += delta.arguments;
}

void GeminiStreamEncoder::addMedia(const chat::MediaDelta &delta)
{
    chat::MediaDelta &known = m_candidates[delta.choice].media[delta.block];
    chat::MediaDelta now = delta;
    if (now.media.mediaType.isEmpty())
        now.media.mediaType = known.media.mediaType;
    // Clients decode every part by itself: only whole groups of four characters (RFC 4648).
    QByteArray data = known.media.base64 + delta.media.base64;
    const qsizetype whole = data.size() - data.size() % 4;
    known.media = now.media;
    known.media.base64 = data.mid(whole);
    now.media.base64 = data.left(whole);
    Writer parts;
    parts.beginArray();
    writeMediaParts(parts, now);
    parts.endArray();
    if (!withoutBrackets(parts).isEmpty())
        chunk(delta.choice, withoutBrackets(parts));
}

void GeminiStreamEncoder::flush(int choice, Candidate &candidate)
{
    textChunk(choice, candidate.thought.rest(), true);
    const QByteArray rest = candidate.text.rest();
    candidate.said += rest;
    textChunk(choice, rest, false);
    sendCalls(choice, candidate);
}

void GeminiStreamEncoder::sendCalls(int choice, Candidate &candidate)
{
    Writer parts;
    parts.beginArray();
    for (const chat::ToolCallPart &call : std::exchange(candidate.calls, {})) {
        if (!call.name.isEmpty())
            writeCallPart(parts, call);
    }
    parts.endArray();
    if (!withoutBrackets(parts).isEmpty())
        chunk(choice, withoutBrackets(parts));
}

void GeminiStreamEncoder::textChunk(
    int choice, const QByteArray &text, bool thought, const QByteArray &signature)
{
    if (text.isEmpty() && signature.isEmpty())
        return;
    Writer part;
    writeTextPart(part, {text, thought, signature});
    chunk(choice, part.text());
}

void GeminiStreamEncoder::chunk(int choice, const QByteArray &parts)
{
    Candidate &candidate = m_candidates[choice];
    Writer writer(parts.size() + 256);
    writer.beginObject().key("candidates").beginArray().beginObject();
    writer.key("content").beginObject().memberRaw("parts", '[' + parts + ']').member("role", "model");
    writer.endObject().memberInteger("index", choice);
    if (!candidate.logprobs.isEmpty())
        writeLogprobs(writer, std::exchange(candidate.logprobs, {}));
    writer.endObject().endArray();
    writeHead(writer);
    frame(writer.endObject().text());
}

void GeminiStreamEncoder::lastChunk()
{
    Writer writer(512);
    writer.beginObject().key("candidates").beginArray();
    for (auto &[choice, candidate] : m_candidates) {
        // Google sends an empty text here too; clients take a content without parts for an invalid answer.
        writer.beginObject().key("content").beginObject().key("parts").beginArray();
        writeTextPart(writer, {});
        writer.endArray().member("role", "model").endObject();
        writer.member("finishReason", finishWord(candidate.finished.value_or(chat::Finished())));
        writer.memberInteger("index", choice);
        writeGrounding(writer, candidate.citations, candidate.said);
        if (!candidate.logprobs.isEmpty())
            writeLogprobs(writer, candidate.logprobs);
        writer.endObject();
    }
    writer.endArray();
    if (!m_usage.isEmpty())
        writeUsage(writer, m_usage);
    writeHead(writer);
    frame(writer.endObject().text());
}

void GeminiStreamEncoder::writeHead(Writer &writer) const
{
    writer.member("modelVersion", m_model).member("responseId", m_id);
}

void GeminiStreamEncoder::frame(const QByteArray &object)
{
    const QByteArray line = json::oneLine(object);
    if (m_events)
        m_out += "data: " + line + "\r\n\r\n";
    else
        m_out += (m_hasChunks ? "\n,\n" : "[") + line;
    m_hasChunks = true;
}

} // namespace fairlead::wire::gemini

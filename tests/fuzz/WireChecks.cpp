// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/WireChecks.h"

#include "chat/ChatAnswer.h"
#include "fuzz/Fuzz.h"
#include "wire/SseReader.h"

#include <QList>

#include <algorithm>
#include <map>

namespace fairlead::fuzz {

namespace {

using chat::ChatEvent;

void checkText(const QByteArray &text)
{
    FUZZ_CHECK(QUtf8StringView(text).isValidUtf8());
}

class EventChecker
{
public:
    void operator()(const chat::Started &started)
    {
        FUZZ_CHECK(!m_hasStarted && m_count == 0);
        m_hasStarted = true;
        add(0, {started.id, started.model, started.fingerprint});
    }
    void operator()(const chat::TextDelta &e) { add(e.choice, {e.text}); }
    void operator()(const chat::ReasoningDelta &e) { add(e.choice, {e.text}); }
    void operator()(const chat::ReasoningSignature &e)
    {
        add(e.choice, {e.signature, e.id, e.origin});
        m_bytes += e.redacted.size(); // opaque bytes
    }
    void operator()(const chat::RefusalDelta &e) { add(e.choice, {e.text}); }
    void operator()(const chat::ToolCallBegin &e)
    {
        FUZZ_CHECK(e.index == m_calls[e.choice]++);
        FUZZ_CHECK(!e.id.isEmpty());
        add(e.choice, {e.id, e.name, e.signature});
    }
    void operator()(const chat::ToolCallDelta &e)
    {
        FUZZ_CHECK(e.index >= 0 && e.index < m_calls[e.choice]);
        add(e.choice, {e.arguments});
    }
    void operator()(const chat::Citation &e)
    {
        FUZZ_CHECK(e.json.isEmpty() || isJson(e.json));
        add(e.choice, {e.url, e.title, e.json});
    }
    void operator()(const chat::MediaDelta &e)
    {
        add(e.choice, {e.media.url, e.media.mediaType, e.media.base64, e.transcript});
    }
    void operator()(const chat::LogprobsDelta &e)
    {
        FUZZ_CHECK(e.json.isEmpty() || isJson(e.json));
        add(e.choice, {e.json});
    }
    void operator()(const chat::UsageReport &e)
    {
        for (int kind = 0; kind < chat::kTokenKinds; ++kind)
            FUZZ_CHECK(e.usage.valueOrZero(static_cast<chat::TokenKind>(kind)) >= 0);
        add(0, {e.usage.serviceTier});
    }
    void operator()(const chat::Finished &e) { add(e.choice, {e.native, e.stopSequence}); }
    void operator()(const chat::Failed &e)
    {
        FUZZ_CHECK(!e.failure.message.isEmpty());
        m_hasFailed = true;
        add(0, {e.failure.message, e.failure.type, e.failure.code, e.failure.param, e.failure.requestId});
    }

    void finish(qsizetype inputBytes) const
    {
        FUZZ_CHECK(m_hasStarted || m_count == (m_hasFailed ? 1 : 0));
        FUZZ_CHECK(m_bytes <= 64 * inputBytes + 4096);
    }
    [[nodiscard]] bool hasFailed() const { return m_hasFailed; }

private:
    void add(int choice, std::initializer_list<QByteArray> texts)
    {
        FUZZ_CHECK(choice >= 0);
        ++m_count;
        for (const QByteArray &text : texts) {
            checkText(text);
            m_bytes += text.size();
        }
        m_bytes += 8;
    }

    bool m_hasStarted = false;
    bool m_hasFailed = false;
    int m_count = 0;
    qsizetype m_bytes = 0;
    std::map<int, int> m_calls;
};

chat::ChatAnswer added(const std::vector<ChatEvent> &events)
{
    chat::Accumulator accumulator;
    for (const ChatEvent &event : events)
        accumulator.add(event);
    return accumulator.take();
}

/// How the bytes of a stream must be put together, by its content type.
void checkStream(QByteArrayView contentType, const QByteArray &stream, bool isWhole)
{
    if (contentType.startsWith("text/event-stream")) {
        wire::SseReader reader;
        const auto check = [](const wire::SseEvent &event) {
            const QByteArray data = event.data.toByteArray();
            if (data != "[DONE]" && !isJson(data))
                FUZZ_COMPARE(data, "JSON");
        };
        FUZZ_CHECK(reader.feed(stream, check));
        FUZZ_CHECK(stream.isEmpty() || reader.isBetweenEvents());
    } else if (contentType.startsWith("application/x-ndjson")) {
        FUZZ_CHECK(stream.isEmpty() || stream.endsWith('\n'));
        for (const QByteArray &line : stream.split('\n'))
            if (!line.isEmpty() && !isJson(line))
                FUZZ_COMPARE(line, "JSON");
    } else if (isWhole) {
        if (!isJson(stream))
            FUZZ_COMPARE(stream, "JSON");
    }
}

/// The text of the first choice.
QByteArray spoken(const std::vector<ChatEvent> &events)
{
    QByteArray words;
    for (const ChatEvent &event : events) {
        if (const auto *text = std::get_if<chat::TextDelta>(&event); text && text->choice == 0)
            words += text->text;
    }
    return words;
}

bool refuses(const ChatEvent &event)
{
    return std::holds_alternative<chat::RefusalDelta>(event);
}

bool speaks(const ChatEvent &event)
{
    return std::holds_alternative<chat::TextDelta>(event)
           || std::holds_alternative<chat::ReasoningDelta>(event)
           || std::holds_alternative<chat::ReasoningSignature>(event);
}

/// Arguments that come behind what followed their call: a dialect whose parts follow one another cannot say
/// them, and its encoder gives up.
bool addsToEarlierCall(const std::vector<ChatEvent> &events)
{
    std::size_t lastOther = 0;
    std::map<std::pair<int, int>, std::size_t> begun;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (const auto *begin = std::get_if<chat::ToolCallBegin>(&events[i]))
            begun[{begin->choice, begin->index}] = i;
        else if (const auto *more = std::get_if<chat::ToolCallDelta>(&events[i])) {
            if (begun[{more->choice, more->index}] < lastOther)
                return true;
        } else if (speaks(events[i])) {
            lastOther = i;
        }
    }
    return false;
}

QByteArray streamed(
    const wire::InboundCodec &codec, const wire::AnswerContext &context, const std::vector<ChatEvent> &events,
    bool keptAlive)
{
    const auto encoder = codec.makeStreamEncoder(context);
    QByteArray stream;
    for (const ChatEvent &event : events) {
        stream += encoder->encode(event);
        if (keptAlive)
            stream += encoder->keepAlive();
    }
    return stream + encoder->finish();
}

} // namespace

bool isJson(const QByteArray &text)
{
    return json::Document::parse(text, {.maxDepth = 4096}).has_value();
}

void checkEvents(const std::vector<ChatEvent> &events, qsizetype inputBytes)
{
    EventChecker checker;
    for (const ChatEvent &event : events) {
        FUZZ_CHECK(!checker.hasFailed());
        std::visit(checker, event);
    }
    checker.finish(inputBytes);
}

void checkAnswerFor(
    const wire::Wire &wire, const wire::InboundCall &call, const std::vector<ChatEvent> &events)
{
    const wire::InboundCodec &codec = *wire.inbound;
    wire::AnswerContext context;
    context.call = &call;
    context.model = "acme/model-1";
    context.fallbackId = "id-1";
    context.created = 1700000000;
    context.includeUsage = true;

    const bool hasFailed = !events.empty() && std::holds_alternative<chat::Failed>(events.back());
    const bool isCut = hasFailed && codec.makeStreamEncoder(context)->cutsBrokenStream();
    const QByteArray contentType = codec.streamContentType(context);
    const QByteArray stream = streamed(codec, context, events, false);
    checkStream(contentType, stream, !isCut);
    checkStream(contentType, streamed(codec, context, events, true), !isCut);
    if (hasFailed) {
        checkErrorFor(codec, std::get<chat::Failed>(events.back()).failure);
        return;
    }
    FUZZ_CHECK(isJson(codec.encodeAnswer(added(events), context)));
    if (!wire.upstream || events.empty())
        return;
    const auto decoder = wire.upstream->makeStreamDecoder(wire::Quirks(), wire::DecodeMode::Full);
    std::vector<ChatEvent> again;
    decoder->feed(stream, again);
    decoder->finish(again);
    checkEvents(again, stream.size());
    const bool gaveUp = !again.empty() && std::holds_alternative<chat::Failed>(again.back());
    if (gaveUp && addsToEarlierCall(events)) {
        FUZZ_CHECK(spoken(events).startsWith(spoken(again)));
        return;
    }
    // Some dialects say a refusal as text, before or behind the rest of it.
    if (std::none_of(events.begin(), events.end(), refuses))
        FUZZ_COMPARE(spoken(again), spoken(events));
}

void checkErrorFor(const wire::InboundCodec &codec, const chat::Failure &failure)
{
    const wire::EncodedError error = codec.encodeError(failure);
    FUZZ_CHECK(error.status >= 400 && error.status < 600);
    FUZZ_CHECK(isJson(error.body));
    for (const auto &[name, value] : error.headers)
        FUZZ_CHECK(!name.isEmpty() && !value.contains('\n') && !value.contains('\r'));
}

void checkCall(const wire::UpstreamCall &call)
{
    FUZZ_CHECK(call.path.startsWith('/'));
    FUZZ_CHECK(std::none_of(call.path.begin(), call.path.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F;
    }));
    for (const auto &[name, value] : call.headers)
        FUZZ_CHECK(!name.isEmpty() && !value.contains('\n') && !value.contains('\r'));
    if (!call.body.isEmpty() && !isJson(call.body))
        FUZZ_COMPARE(call.body, "JSON");
}

void checkLosses(const wire::Losses &losses)
{
    const QByteArray header = losses.header();
    FUZZ_CHECK(header.size() <= 1024 && losses.isEmpty() == header.isEmpty());
    FUZZ_CHECK(std::all_of(header.begin(), header.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

Result<wire::InboundCall> callOf(QByteArrayView wire, std::uint8_t variant, QByteArray body)
{
    QByteArray path = "/v1/" + wire.toByteArray(); // most dialects do not look at it
    QByteArray query;
    if (wire == QByteArrayView("gemini")) {
        path = QByteArray("/v1beta/models/gemini-2.5-pro:")
               + ((variant & 1U) != 0 ? "streamGenerateContent" : "generateContent");
        query = (variant & 2U) != 0 ? "alt=sse" : "";
    }
    Headers headers{{"content-type", "application/json"}};
    if ((variant & 4U) != 0)
        headers.add("anthropic-beta", "interleaved-thinking-2025-05-14");
    return wire::InboundCall::parse(std::move(path), std::move(query), std::move(headers), std::move(body));
}

} // namespace fairlead::fuzz

// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/AnswerChecks.h"

#include "core/wire/Describe.h"
#include "core/wire/EventStreamFrames.h"
#include "fuzz/Fuzz.h"
#include "fuzz/WireChecks.h"
#include "wire/EmbeddingCodec.h"
#include "wire/TokenCountCodec.h"

#include <QList>

#include <array>

namespace fairlead::fuzz {

namespace {

using chat::ChatEvent;
using wire::DecodeMode;
using wire::Quirks;
using wire::UpstreamCodec;
using wire::Wire;

using Events = std::vector<ChatEvent>;
using Stream = std::vector<std::vector<char>>;

constexpr std::array<QByteArrayView, 9> kCallers{
    "openai-chat", "anthropic", "openai-responses",   "gemini",         "cohere",
    "ollama",      "gemini",    "openai-completions", "ollama-generate"};

QByteArray linesOf(const Events &events)
{
    QByteArray lines;
    for (const ChatEvent &event : events)
        lines += test::describe(event) + '\n';
    return lines;
}

/// The events a decoder that only observes must give exactly. It need not see what was no JSON: so it may
/// begin at another event, and leave that out of the message.
QByteArray exactLines(const Events &events)
{
    QByteArray lines;
    for (const ChatEvent &event : events) {
        if (std::holds_alternative<chat::UsageReport>(event) || std::holds_alternative<chat::Finished>(event))
            lines += test::describe(event) + '\n';
        else if (const auto *failed = std::get_if<chat::Failed>(&event))
            lines += "Failed " + failureClassName(failed->failure.failureClass) + ' '
                     + QByteArray::number(failed->failure.status) + '\n';
    }
    return lines;
}

/// Lines "type payload" as frames with right checksums, which no fuzzer guesses; "!type" is an exception.
QByteArray framed(QByteArrayView lines)
{
    QByteArray stream;
    for (const QByteArray &line : lines.toByteArray().split('\n')) {
        const qsizetype space = line.indexOf(' ');
        const QByteArray type = line.first(qBound(0, space, 100));
        const QByteArray payload = line.mid(space + 1);
        stream += type.startsWith('!') ? test::exceptionFrame(type.mid(1), payload)
                                       : test::eventFrame(type, payload);
    }
    return stream;
}

Events decode(const UpstreamCodec &codec, const Quirks &quirks, DecodeMode mode, const Stream &stream)
{
    const auto decoder = codec.makeStreamDecoder(quirks, mode);
    Events events;
    for (const auto &piece : stream) {
        decoder->feed(viewOf(piece), events);
        FUZZ_CHECK(!decoder->isOver() || decoder->isComplete());
    }
    decoder->finish(events);
    const bool hasFailed = !events.empty() && std::holds_alternative<chat::Failed>(events.back());
    FUZZ_CHECK(hasFailed || decoder->isComplete());
    FUZZ_CHECK(decoder->skippedEvents() >= 0);
    return events;
}

Events checkStream(const UpstreamCodec &codec, const Quirks &quirks, QByteArrayView bytes, std::uint8_t seed)
{
    const Stream whole{{bytes.begin(), bytes.end()}};
    const Stream cut = pieces(bytes, seed);
    const Events events = decode(codec, quirks, DecodeMode::Full, whole);
    checkEvents(events, bytes.size());
    const QByteArray lines = linesOf(events);
    FUZZ_COMPARE(linesOf(decode(codec, quirks, DecodeMode::Full, cut)), lines);
    if (seed % 4 == 0)
        FUZZ_COMPARE(linesOf(decode(codec, quirks, DecodeMode::Full, pieces(bytes, 0))), lines);
    const QByteArray exact = exactLines(events);
    FUZZ_COMPARE(exactLines(decode(codec, quirks, DecodeMode::Tap, whole)), exact);
    FUZZ_COMPARE(exactLines(decode(codec, quirks, DecodeMode::Tap, cut)), exact);
    return events;
}

void checkError(const UpstreamCodec &codec, QByteArrayView body, std::uint8_t choice)
{
    constexpr std::array kStatuses{400, 401, 403, 404, 413, 429, 500, 503, 529, 302, 999};
    const int status = kStatuses[choice % kStatuses.size()];
    const Headers headers{
        {"content-type", "application/json"},
        {"retry-after", body.first(qMin(body.size(), 8)).toByteArray()}};
    const chat::Failure failure = codec.decodeError(status, headers, body);
    FUZZ_CHECK(failure.status == status && !failure.message.isEmpty());
    FUZZ_CHECK(QUtf8StringView(failure.message).isValidUtf8());
    FUZZ_CHECK(!failure.retryAfter || failure.retryAfter->count() >= 0);
    for (const QByteArrayView caller : kCallers)
        checkErrorFor(*wire::findWire(caller)->inbound, failure);
}

void checkServices(const Wire &wire, const Quirks &quirks, QByteArrayView body)
{
    if (const auto models = wire.upstream->decodeModels(body)) {
        for (const QByteArray &model : *models)
            FUZZ_CHECK(!model.isEmpty());
    }
    if (wire.counting) {
        const auto tokens = wire.counting->decodeAnswer(body);
        FUZZ_CHECK(!tokens || *tokens >= 0);
        FUZZ_CHECK(!tokens || isJson(wire.counting->encodeAnswer(*tokens)));
    }
    if (!wire.embedding)
        return;
    const auto answer = wire.embedding->decodeAnswer(body, quirks);
    if (!answer)
        return;
    for (const bool base64 : {false, true}) {
        chat::EmbeddingRequest request;
        request.texts = {"a", "b"};
        request.base64 = base64;
        FUZZ_CHECK(isJson(wire.embedding->encodeAnswer(*answer, request, {})));
    }
}

} // namespace

void checkProvider(QByteArrayView bytes, std::span<const QByteArrayView> wires)
{
    Input input(bytes);
    const Wire &wire = *wire::findWire(wires[input.choice() % wires.size()]);
    const std::uint8_t seed = input.choice();
    const std::uint8_t traits = input.choice();
    const std::uint8_t caller = input.choice();
    const QByteArrayView answer = input.rest();

    Quirks quirks;
    quirks.thinkTags = (traits & 1U) != 0;
    quirks.reasoningOutsideCompletion = (traits & 2U) != 0;

    const bool isFramed = wire.name == "bedrock" && (traits & 4U) != 0;
    const QByteArray frames = isFramed ? framed(answer) : QByteArray();
    const Events streamed = checkStream(*wire.upstream, quirks, isFramed ? frames : answer, seed);
    const Events whole = wire.upstream->decodeAnswer(answer, quirks);
    checkEvents(whole, answer.size());
    FUZZ_COMPARE(exactLines(wire.upstream->tapAnswer(answer, quirks)), exactLines(whole));
    checkError(*wire.upstream, answer, traits);
    checkServices(wire, quirks, answer);

    const QByteArrayView dialect = kCallers[caller % kCallers.size()];
    const auto call = callOf(dialect, caller / kCallers.size(), "{\"model\":\"m\",\"stream\":true}");
    checkAnswerFor(*wire::findWire(dialect), *call, streamed);
    checkAnswerFor(*wire::findWire(dialect), *call, whole);
}

} // namespace fairlead::fuzz

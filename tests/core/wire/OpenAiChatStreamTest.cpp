// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/ChatAnswer.h"
#include "wire/openai_chat/OpenAiChatInbound.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"

#include "core/wire/Describe.h"
#include "core/wire/Recordings.h"
#include "core/wire/Shared.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

using namespace fairlead;
using namespace fairlead::wire;

namespace {

using Events = std::vector<ChatEvent>;

const OpenAiChatUpstream upstream;
const OpenAiChatInbound inbound;

Quirks quirksFor(const QString &file)
{
    Quirks quirks;
    quirks.reasoningOutsideCompletion = file.startsWith(QStringLiteral("xai/"));
    return quirks;
}

/// Feeds the pieces that end at each of `cuts`, then the rest.
Events decode(
    const QByteArray &bytes, const std::vector<qsizetype> &cuts, DecodeMode mode, const Quirks &quirks = {})
{
    Events events;
    const auto decoder = upstream.makeStreamDecoder(quirks, mode);
    qsizetype from = 0;
    for (const qsizetype to : cuts) {
        decoder->feed(QByteArrayView(bytes).sliced(from, to - from), events);
        from = to;
    }
    decoder->feed(QByteArrayView(bytes).sliced(from), events);
    decoder->finish(events);
    return events;
}

QByteArray described(const Events &events)
{
    QByteArray text;
    for (const ChatEvent &event : events)
        text += test::describe(event) + '\n';
    return text;
}

ChatAnswer added(const Events &events)
{
    chat::Accumulator accumulator;
    for (const ChatEvent &event : events)
        accumulator.add(event);
    return accumulator.take();
}

/// Started, usage, finish and failure: what a tap must get exactly.
Events exactOnly(const Events &events)
{
    Events exact;
    for (const ChatEvent &event : events) {
        if (std::holds_alternative<chat::Started>(event) || std::holds_alternative<chat::UsageReport>(event)
            || std::holds_alternative<chat::Finished>(event) || std::holds_alternative<chat::Failed>(event))
            exact.push_back(event);
    }
    return exact;
}

/// The texts of a recording put together without any code of ours.
struct Expected {
    QMap<int, QByteArray> text;
    QMap<int, QByteArray> arguments;
    QJsonObject usage;
    bool failed = false;
    bool readable = true;
};

Expected expectedOf(QByteArray bytes)
{
    Expected expected;
    bytes.replace("\r\n", "\n");
    for (const QByteArray &line : bytes.split('\n')) {
        if (!line.startsWith("data:") || line.contains("[DONE]"))
            continue;
        const QJsonDocument document = QJsonDocument::fromJson(line.mid(5));
        if (!document.isObject()) {
            expected.readable = false;
            continue;
        }
        const QJsonObject chunk = document.object();
        expected.failed = expected.failed || chunk.contains(QStringLiteral("error"));
        const QJsonObject groq
            = chunk[QStringLiteral("x_groq")].toObject()[QStringLiteral("usage")].toObject();
        const QJsonObject usage = chunk[QStringLiteral("usage")].toObject();
        if (!usage.isEmpty())
            expected.usage = usage;
        else if (!groq.isEmpty())
            expected.usage = groq;
        for (const QJsonValue &value : chunk[QStringLiteral("choices")].toArray()) {
            const int index = value[QStringLiteral("index")].toInt();
            const QJsonValue delta = value[QStringLiteral("delta")];
            const QJsonValue content = delta[QStringLiteral("content")];
            expected.text[index] += content.toString().toUtf8();
            for (const QJsonValue &part : content.toArray())
                expected.text[index] += part[QStringLiteral("text")].toString().toUtf8();
            for (const QJsonValue &call : delta[QStringLiteral("tool_calls")].toArray()) {
                const QJsonValue function = call[QStringLiteral("function")];
                expected.arguments[index] += function[QStringLiteral("arguments")].toString().toUtf8();
            }
        }
    }
    return expected;
}

QByteArray reencoded(const Events &events)
{
    AnswerContext context;
    context.model = "shown";
    context.fallbackId = "own";
    context.created = 7;
    context.includeUsage = true;
    const auto encoder = inbound.makeStreamEncoder(context);
    QByteArray bytes;
    for (const ChatEvent &event : events)
        bytes += encoder->encode(event);
    return bytes + encoder->finish();
}

} // namespace

class OpenAiChatStreamTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void decodesAtAnySplit_data() { test::addRecordings("openai-chat", {"sse"}); }
    void decodesAtAnySplit();
    void saysWhatTheRecordingSays_data() { test::addRecordings("openai-chat", {"sse"}); }
    void saysWhatTheRecordingSays();
    void tapAgreesWithFull_data() { test::addRecordings("openai-chat", {"sse"}); }
    void tapAgreesWithFull();
    void failsWhereverItIsCut_data() { test::addRecordings("openai-chat", {"sse"}); }
    void failsWhereverItIsCut();
    void survivesReencoding_data() { test::addRecordings("openai-chat", {"sse"}); }
    void survivesReencoding();
};

void OpenAiChatStreamTest::decodesAtAnySplit()
{
    QFETCH(QString, path);
    QFETCH(QString, name);
    const QByteArray bytes = test::fileBytes(path);
    const Quirks quirks = quirksFor(name);
    const QByteArray whole = described(decode(bytes, {}, DecodeMode::Full, quirks));
    QVERIFY(whole.startsWith("Started") || whole.startsWith("Failed"));
    if (bytes.size() <= 5000) {
        std::vector<qsizetype> every;
        for (qsizetype at = 1; at < bytes.size(); ++at)
            every.push_back(at);
        QCOMPARE(described(decode(bytes, every, DecodeMode::Full, quirks)), whole);
    }
    if (bytes.size() <= 1000) {
        for (qsizetype at = 0; at <= bytes.size(); ++at)
            QCOMPARE(described(decode(bytes, {at}, DecodeMode::Full, quirks)), whole);
    }
    QRandomGenerator random(20261122);
    std::vector<qsizetype> cuts;
    for (qsizetype at = random.bounded(1, 700); at < bytes.size(); at += random.bounded(1, 700))
        cuts.push_back(at);
    QCOMPARE(described(decode(bytes, cuts, DecodeMode::Full, quirks)), whole);
}

void OpenAiChatStreamTest::saysWhatTheRecordingSays()
{
    QFETCH(QString, path);
    QFETCH(QString, name);
    const QByteArray bytes = test::fileBytes(path);
    const Expected expected = expectedOf(bytes);
    const ChatAnswer answer = added(decode(bytes, {}, DecodeMode::Full, quirksFor(name)));
    if (!expected.failed && !bytes.contains("[DONE]") && !bytes.contains(R"("finish_reason":")")
        && !bytes.contains(R"("finish_reason": ")")) {
        QCOMPARE(answer.failure->failureClass, chat::FailureClass::Protocol); // nothing says that this is all
        return;
    }
    QCOMPARE(answer.failure.has_value(), expected.failed);
    if (!expected.readable)
        return; // framed so that the simple reader above cannot follow; SseReaderTest compares those
    for (const ChatAnswer::Choice &choice : answer.choices) {
        QCOMPARE(choice.text, expected.text.value(choice.index));
        QByteArray arguments;
        for (const chat::ToolCallPart &call : choice.toolCalls) {
            QVERIFY(!call.id.isEmpty());
            QVERIFY(!call.name.isEmpty());
            QVERIFY2(QJsonDocument::fromJson(call.arguments).isObject(), call.arguments.constData());
            arguments += call.arguments;
        }
        const QByteArray said = expected.arguments.value(choice.index);
        QVERIFY(
            arguments == said
            || (said.isEmpty() && arguments == QByteArray("{}").repeated(arguments.size() / 2)));
        if (!expected.failed) {
            QVERIFY(choice.finished.has_value());
            QCOMPARE(
                choice.finished->reason == chat::FinishReason::ToolCalls,
                !choice.toolCalls.empty() && choice.finished->native != "length");
        }
    }
    if (!expected.usage.isEmpty() && !answer.failure)
        QCOMPARE(
            answer.usage.totalInput() + answer.usage.totalOutput(),
            expected.usage[QStringLiteral("total_tokens")].toInteger());
}

void OpenAiChatStreamTest::tapAgreesWithFull()
{
    QFETCH(QString, path);
    QFETCH(QString, name);
    const QByteArray bytes = test::fileBytes(path);
    const Quirks quirks = quirksFor(name);
    const Events full = decode(bytes, {}, DecodeMode::Full, quirks);
    QRandomGenerator random(7);
    std::vector<qsizetype> cuts;
    for (qsizetype at = random.bounded(1, 900); at < bytes.size(); at += random.bounded(1, 900))
        cuts.push_back(at);
    for (const auto &split : {std::vector<qsizetype>(), cuts}) {
        const Events tap = decode(bytes, split, DecodeMode::Tap, quirks);
        QCOMPARE(described(exactOnly(tap)), described(exactOnly(full)));
        const ChatAnswer seen = added(tap);
        const ChatAnswer all = added(full);
        QCOMPARE(seen.choices.size(), all.choices.size());
        for (std::size_t i = 0; i < all.choices.size(); ++i) {
            // Escapes make it longer, nothing makes it shorter.
            QVERIFY(seen.choices[i].text.size() >= all.choices[i].text.size());
            QCOMPARE(seen.choices[i].text.isEmpty(), all.choices[i].text.isEmpty());
            QVERIFY(seen.choices[i].reasoningText().size() >= all.choices[i].reasoningText().size());
            QCOMPARE(seen.choices[i].reasoningText().isEmpty(), all.choices[i].reasoningText().isEmpty());
            QCOMPARE(seen.choices[i].toolCalls.size(), all.choices[i].toolCalls.size());
        }
    }
}

void OpenAiChatStreamTest::failsWhereverItIsCut()
{
    QFETCH(QString, path);
    QFETCH(QString, name);
    const QByteArray bytes = test::fileBytes(path);
    const Quirks quirks = quirksFor(name);
    // Cut behind every event (some eight of them in long streams).
    std::vector<qsizetype> ends;
    for (qsizetype at = bytes.indexOf("\n\n"); at >= 0; at = bytes.indexOf("\n\n", at + 2))
        ends.push_back(at + 2);
    const std::size_t step = ends.size() / 8 + 1;
    for (std::size_t i = 0; i < ends.size(); i += step) {
        for (const DecodeMode mode : {DecodeMode::Full, DecodeMode::Tap}) {
            const auto decoder = upstream.makeStreamDecoder(quirks, mode);
            Events events;
            decoder->feed(QByteArrayView(bytes).first(ends[i]), events);
            const bool complete = decoder->isComplete();
            decoder->finish(events);
            const bool failed = !events.empty() && std::holds_alternative<chat::Failed>(events.back());
            QCOMPARE(failed, !complete || added(events).failure.has_value());
            if (!complete)
                QVERIFY(failed);
        }
    }
}

void OpenAiChatStreamTest::survivesReencoding()
{
    QFETCH(QString, path);
    QFETCH(QString, name);
    const Events events = decode(test::fileBytes(path), {}, DecodeMode::Full, quirksFor(name));
    const ChatAnswer before = added(events);
    const QByteArray bytes = reencoded(events);
    QVERIFY(bytes.endsWith("data: [DONE]\n\n"));
    const ChatAnswer after = added(decode(bytes, {}, DecodeMode::Full));
    QCOMPARE(after.failure.has_value(), before.failure.has_value());
    if (before.failure)
        return;
    QCOMPARE(after.model, QByteArray("shown"));
    QCOMPARE(after.id, before.id.isEmpty() ? QByteArray("chatcmpl-own") : before.id);
    QCOMPARE(after.choices.size(), before.choices.size());
    for (std::size_t i = 0; i < before.choices.size(); ++i)
        QCOMPARE(test::describe(after.choices[i]), test::describe(before.choices[i]));
    chat::Usage usage = before.usage;
    usage.reportedCost.reset(); // not a field of OpenAI's
    usage.serviceTier.clear();
    QCOMPARE(test::describe(after.usage), test::describe(usage));
}

QTEST_GUILESS_MAIN(OpenAiChatStreamTest)

#include "OpenAiChatStreamTest.moc"

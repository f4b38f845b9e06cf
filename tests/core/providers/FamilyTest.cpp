// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/ChatAnswer.h"
#include "core/wire/Describe.h"
#include "core/wire/Shared.h"
#include "providers/ProviderSpec.h"
#include "wire/Codec.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QMap>
#include <QTest>

using namespace fairlead;
using namespace fairlead::chat;

namespace {

/// Folders of recordings that are not called as the catalogue calls the provider.
QString catalogueId(const QString &folder)
{
    static const QMap<QString, QString> kIds{
        {QStringLiteral("qwen"), QStringLiteral("alibaba")},
        {QStringLiteral("azure"), QStringLiteral("azure-openai")},
        {QStringLiteral("litellm"), QStringLiteral("litellm-proxy")},
        {QStringLiteral("moonshot"), QStringLiteral("moonshotai")},
        {QStringLiteral("vercel-gateway"), QStringLiteral("vercel-ai-gateway")}};
    return kIds.value(folder, folder);
}

/// Those the catalogue speaks to in another dialect, and made-up sets.
bool isElsewhere(const QString &folder)
{
    return folder.startsWith(QLatin1Char('_')) || folder == QStringLiteral("bedrock")
           || folder == QStringLiteral("google") || folder == QStringLiteral("pydantic-gateway")
           || folder == QStringLiteral("ollama");
}

/// What one choice says, read with QJson and none of our code.
struct Said {
    QByteArray text;
    QByteArray reasoning;
    QMap<int, QByteArray> names;
    QMap<int, QByteArray> arguments;
    QString finish;
};

struct Meaning {
    QMap<int, Said> choices;
    QJsonObject usage;
    bool failed = false;
};

void addContent(const QJsonValue &content, Said &said)
{
    said.text += content.toString().toUtf8();
    for (const QJsonValue &part : content.toArray()) {
        said.text += part[QStringLiteral("text")].toString().toUtf8();
        const QJsonValue thinking = part[QStringLiteral("thinking")];
        said.reasoning += thinking.toString().toUtf8();
        for (const QJsonValue &piece : thinking.toArray())
            said.reasoning += piece[QStringLiteral("text")].toString().toUtf8();
    }
}

void addChoice(const QJsonValue &choice, Said &said)
{
    const QJsonValue whole = choice[QStringLiteral("message")];
    const QJsonValue delta = choice[QStringLiteral("delta")];
    const QJsonValue message = delta.isObject() ? delta : whole;
    addContent(message[QStringLiteral("content")], said);
    QString reasoning = message[QStringLiteral("reasoning_content")].toString();
    if (reasoning.isEmpty())
        reasoning = message[QStringLiteral("reasoning")].toString();
    if (reasoning.isEmpty()) {
        for (const QJsonValue &detail : message[QStringLiteral("reasoning_details")].toArray())
            reasoning
                += detail[QStringLiteral("text")].toString() + detail[QStringLiteral("summary")].toString();
    }
    said.reasoning += reasoning.toUtf8();
    int place = 0;
    for (const QJsonValue &call : message[QStringLiteral("tool_calls")].toArray()) {
        const int index = call[QStringLiteral("index")].toInt(place++);
        const QJsonValue function = call[QStringLiteral("function")];
        const QByteArray name = function[QStringLiteral("name")].toString().toUtf8();
        if (said.names.value(index).isEmpty())
            said.names[index] = name;
        said.arguments[index] += function[QStringLiteral("arguments")].toString().toUtf8();
    }
    const QString finish = choice[QStringLiteral("finish_reason")].toString();
    if (!finish.isEmpty())
        said.finish = finish;
}

Meaning meaningOf(QByteArray body)
{
    Meaning meaning;
    const auto add = [&](const QJsonObject &root) {
        meaning.failed = meaning.failed || root[QStringLiteral("error")].isObject();
        for (const QJsonValue &usage :
             {root[QStringLiteral("x_groq")][QStringLiteral("usage")], root[QStringLiteral("usage")]}) {
            if (!usage.toObject().isEmpty())
                meaning.usage = usage.toObject();
        }
        for (const QJsonValue &choice : root[QStringLiteral("choices")].toArray())
            addChoice(choice, meaning.choices[choice[QStringLiteral("index")].toInt()]);
    };
    const QJsonDocument whole = QJsonDocument::fromJson(body);
    if (whole.isObject())
        add(whole.object());
    body.replace("\r\n", "\n");
    for (const QByteArray &line : body.split('\n')) {
        if (!whole.isObject() && line.startsWith("data:"))
            add(QJsonDocument::fromJson(line.mid(5)).object());
    }
    return meaning;
}

/// Reasoning that the provider's data says stands in the text.
void takeThinkTags(Said &said)
{
    const QByteArray text = said.text.trimmed();
    const qsizetype end = text.indexOf("</think>");
    if (!text.startsWith("<think>"))
        return;
    said.reasoning += text.mid(7, (end < 0 ? text.size() : end) - 7);
    said.text = end < 0 ? QByteArray() : text.mid(end + 8);
    while (!said.text.isEmpty() && QByteArray(" \n").contains(said.text.front()))
        said.text.remove(0, 1);
}

qint64 count(const QJsonValue &value)
{
    return value.toInteger();
}

void compareUsage(const Usage &usage, const QJsonObject &expected, const wire::Quirks &quirks)
{
    if (expected.isEmpty())
        return;
    const qint64 prompt = count(expected[QStringLiteral("prompt_tokens")]);
    const qint64 completion = count(expected[QStringLiteral("completion_tokens")]);
    const qint64 total = count(expected[QStringLiteral("total_tokens")]);
    const QJsonValue promptDetails = expected[QStringLiteral("prompt_tokens_details")];
    const qint64 cached = count(promptDetails[QStringLiteral("cached_tokens")]);
    const qint64 hit = count(expected[QStringLiteral("prompt_cache_hit_tokens")])
                       + count(expected[QStringLiteral("num_cached_tokens")])
                       + count(expected[QStringLiteral("cached_tokens")]);
    const qint64 thought
        = count(expected[QStringLiteral("completion_tokens_details")][QStringLiteral("reasoning_tokens")]);
    QCOMPARE(usage.valueOrZero(TokenKind::CacheRead), cached > 0 ? cached : hit);
    const bool cachedOutside = cached > prompt; // Foundry's Grok
    QCOMPARE(usage.totalInput(), cachedOutside ? prompt + cached : prompt);
    const bool thoughtOutside = thought > 0 && total == prompt + completion + thought;
    const bool outside = quirks.reasoningOutsideCompletion || thoughtOutside;
    QCOMPARE(usage.totalOutput(), outside ? std::max(total - prompt, completion) : completion);
    if (thought > 0)
        QCOMPARE(usage.valueOrZero(TokenKind::Reasoning), std::min<qint64>(thought, usage.totalOutput()));
}

ChatAnswer added(const std::vector<ChatEvent> &events)
{
    Accumulator accumulator;
    for (const ChatEvent &event : events)
        accumulator.add(event);
    return accumulator.take();
}

} // namespace

/// The recordings of every member of the OpenAI family, read with what the catalogue says of it.
class FamilyTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhatTheRecordingSays_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("provider");
        QTest::newRow("own") << QStringLiteral(FAIRLEAD_TEST_DATA "/openai_chat/thinking-array.sse")
                             << QStringLiteral("mistral");
        QTest::newRow("own tags") << QStringLiteral(FAIRLEAD_TEST_DATA "/openai_chat/think-tags.sse")
                                  << QStringLiteral("huggingface");
        for (const QByteArray &line :
             test::fileBytes(test::recordings() + QStringLiteral("/INDEX.tsv")).split('\n')) {
            const QList<QByteArray> columns = line.split('\t');
            if (columns.size() < 6 || columns[2] != "openai-chat" || columns[5] != "response"
                || columns[4] != "200")
                continue;
            const QString file = QString::fromUtf8(columns[0]);
            const QString folder = file.section(QLatin1Char('/'), 0, 0);
            if (!isElsewhere(folder) && !file.endsWith(QStringLiteral(".html")))
                QTest::newRow(columns[0].constData())
                    << test::recordings() + QLatin1Char('/') + file << catalogueId(folder);
        }
    }
    void saysWhatTheRecordingSays()
    {
        QFETCH(QString, path);
        QFETCH(QString, provider);
        const providers::ProviderSpec *spec = m_catalogue.find(provider.toUtf8());
        QVERIFY2(spec, qPrintable(provider));
        const wire::UpstreamCodec &codec = *wire::findWire(spec->wire)->upstream;
        const QByteArray body = test::fileBytes(path);
        Meaning expected = meaningOf(body);
        std::vector<ChatEvent> events;
        if (path.endsWith(QStringLiteral(".sse"))) {
            const auto decoder = codec.makeStreamDecoder(spec->quirks, wire::DecodeMode::Full);
            decoder->feed(body, events);
            decoder->finish(events);
        } else {
            events = codec.decodeAnswer(body, spec->quirks);
        }
        const ChatAnswer answer = added(events);
        const bool ends
            = expected.failed || body.contains("[DONE]") || !path.endsWith(QStringLiteral(".sse"))
              || std::any_of(expected.choices.begin(), expected.choices.end(), [](const Said &said) {
                     return !said.finish.isEmpty();
                 });
        QCOMPARE(answer.failure.has_value(), expected.failed || !ends);
        if (answer.failure)
            return;
        for (auto [index, said] : expected.choices.asKeyValueRange()) {
            if (spec->quirks.thinkTags)
                takeThinkTags(said);
            const ChatAnswer::Choice *choice = answer.choice(index);
            QVERIFY(choice && choice->finished);
            QCOMPARE(choice->text, said.text);
            QCOMPARE(choice->reasoningText(), said.reasoning);
            QCOMPARE(qsizetype(choice->toolCalls.size()), said.names.size());
            for (qsizetype i = 0; i < said.names.size(); ++i) {
                const ToolCallPart &call = choice->toolCalls[std::size_t(i)];
                QCOMPARE(call.name, said.names.values().at(i));
                const QByteArray arguments = said.arguments.values().at(i);
                QCOMPARE(call.arguments, arguments.isEmpty() ? QByteArray("{}") : arguments);
            }
            const bool called = !said.names.isEmpty();
            const bool cut = said.finish == QStringLiteral("length");
            const FinishReason reason = cut      ? FinishReason::Length
                                        : called ? FinishReason::ToolCalls
                                        : said.finish == QStringLiteral("content_filter")
                                            ? FinishReason::ContentFilter
                                            : FinishReason::Stop;
            QCOMPARE(finishReasonName(choice->finished->reason), finishReasonName(reason));
        }
        compareUsage(answer.usage, expected.usage, spec->quirks);
    }

    void namesEachDeviation_data()
    {
        QTest::addColumn<QByteArray>("provider");
        QTest::addColumn<bool>("holds");
        const auto quirks = [this](const char *id) { return m_catalogue.find(id)->quirks; };
        const auto row
            = [](const char *name, bool holds) { QTest::newRow(name) << QByteArray(name) << holds; };
        row("xai", quirks("xai").reasoningOutsideCompletion);
        row("deepseek", quirks("deepseek").reasoningField == "reasoning_content"
                            && quirks("deepseek").reasoningRequest == "thinking");
        row("openrouter",
            quirks("openrouter").reasoningRequest == "reasoning" && quirks("openrouter").cacheControl);
        row("alibaba", quirks("alibaba").reasoningRequest == "enable_thinking");
        row("zai", quirks("zai").reasoningRequest == "thinking");
        row("mistral", quirks("mistral").seedField == "random_seed" && quirks("mistral").shortToolIds
                           && quirks("mistral").bareMedia && quirks("mistral").suitsMistralClient
                           && quirks("mistral").noStreamOptions && !quirks("mistral").refusedFields.empty());
        row("huggingface", quirks("huggingface").thinkTags);
        row("vllm", quirks("vllm").thinkTags);
    }
    void namesEachDeviation()
    {
        QFETCH(bool, holds);
        QVERIFY(holds);
    }

private:
    const providers::Catalogue &m_catalogue = providers::Catalogue::builtIn();
};

QTEST_GUILESS_MAIN(FamilyTest)
#include "FamilyTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/OllamaInbound.h"
#include "core/wire/UpstreamCases.h"
#include "wire/anthropic/AnthropicUpstream.h"
#include "wire/gemini/GeminiUpstream.h"
#include "wire/ollama/OllamaUpstream.h"
#include "wire/openai_chat/OpenAiChatInbound.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::AnswerContext;
using wire::Quirks;
using wire::ollama::Endpoint;

namespace {

const wire::OllamaInbound kChat(Endpoint::Chat);
const wire::OllamaInbound kGenerate(Endpoint::Generate);
const wire::OllamaUpstream kUpstream;

using Events = std::vector<ChatEvent>;

AnswerContext context()
{
    AnswerContext made;
    made.model = "shown";
    made.fallbackId = "own";
    made.created = 1767225600;
    made.includeUsage = true;
    return made;
}

QByteArray streamed(const wire::InboundCodec &codec, const Events &events)
{
    const auto encoder = codec.makeStreamEncoder(context());
    QByteArray out;
    for (const ChatEvent &event : events)
        out += encoder->encode(event);
    return out + encoder->finish();
}

Events decoded(const QByteArray &bytes)
{
    return decodeAt(kUpstream, bytes, {});
}

UsageReport usage(std::int64_t in, std::int64_t out)
{
    Usage counted;
    counted.set(TokenKind::Input, in);
    counted.set(TokenKind::Output, out);
    return UsageReport(counted);
}

const QByteArray kHead = js("{'model':'shown','created_at':'2026-01-01T00:00:00Z',");
const QByteArray kSaid = kHead + js("'message':{'role':'assistant','content':'");
const QByteArray kMore = js("},'done':false}\n");
const QByteArray kTimes
    = js(",'total_duration':0,'load_duration':0,'prompt_eval_duration':0,'eval_duration':0");

/// What a translation must keep, in words.
QByteArray essence(const ChatAnswer &answer)
{
    if (answer.failure)
        return "failed";
    const ChatAnswer::Choice &choice = *answer.choice();
    QByteArray all = choice.text + choice.refusal + '|' + choice.reasoningText();
    for (const ToolCallPart &call : choice.toolCalls)
        all += '|' + call.id + ' ' + call.name + ' ' + compactJson(call.arguments);
    all += '|' + QByteArray::number(qint64(answer.usage.totalInput())) + ' '
           + QByteArray::number(qint64(answer.usage.totalOutput()));
    return all + '|' + finishReasonName(choice.finished->reason);
}

struct Family {
    const wire::UpstreamCodec *codec;
    QByteArray dialect;
    QList<QByteArray> streams;
};

const wire::AnthropicUpstream kAnthropic;
const wire::GeminiUpstream kGemini;
const wire::OpenAiChatUpstream kOpenAi;

const QList<Family> &families()
{
    static const QList<Family> all{
        {&kUpstream, "ollama-chat", {".ndjson"}},
        {&kOpenAi, "openai-chat", {".sse"}},
        {&kAnthropic, "anthropic", {".sse"}},
        {&kGemini, "gemini", {".sse"}},
    };
    return all;
}

} // namespace

Q_DECLARE_METATYPE(Events)

class OllamaInboundTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesStreams_data()
    {
        QTest::addColumn<Events>("events");
        QTest::addColumn<QByteArray>("chat");
        QTest::addColumn<QByteArray>("generate");
        const QByteArray done = js("''},'done':true,'done_reason':'stop'");
        const QByteArray said = kHead + js("'response':");
        const QByteArray over = js("'','done':true,'done_reason':'stop'") + kTimes + "}\n";
        const QByteArray end = kHead + js("'message':{'role':'assistant','content':") + done + kTimes;

        ReasoningDelta thought("hm");
        QTest::newRow("text and thinking")
            << Events{Started("id", "theirs"), thought,    TextDelta("a\n"),
                      TextDelta("b"),          Finished(), usage(3, 4)}
            << kSaid + js("','thinking':'hm'") + kMore + kSaid + js("a\\n'") + kMore + kSaid + js("b'")
                   + kMore + end + js(",'prompt_eval_count':3,'eval_count':4}\n")
            << said + js("'','thinking':'hm','done':false}\n") + said + js("'a\\n','done':false}\n") + said
                   + js("'b','done':false}\n") + said + js("'','done':true,'done_reason':'stop'") + kTimes
                   + js(",'prompt_eval_count':3,'eval_count':4}\n");
        QTest::newRow("calls")
            << Events{Started(), ToolCallBegin(0, "call_a", "f"), ToolCallDelta(0, "{\"z\":1.0"), ToolCallBegin(1, "call_b", "g"), ToolCallDelta(0, ",\"a\":2}"), ToolCallDelta(1, ""), Finished(FinishReason::ToolCalls)}
            << kSaid
                   + js("','tool_calls':[{'id':'call_a','function':{'index':0,'name':'f','arguments':"
                        "{'z':1.0,'a':2}}},{'id':'call_b','function':{'index':1,'name':'g','arguments':{}}}]")
                   + kMore + end + "}\n"
            << said + over;
        QTest::newRow("arguments of several lines")
            << Events{Started(), ToolCallBegin(0, "c", "f"), ToolCallDelta(0, "{\n \"a\":\r\n2}"), Finished(FinishReason::ToolCalls)}
            << kSaid
                   + js("','tool_calls':[{'id':'c','function':{'index':0,'name':'f','arguments':{  'a':  "
                        "2}}}]")
                   + kMore + end + "}\n"
            << said + over;
        QTest::newRow("a character in two pieces")
            << Events{TextDelta("\xF0\x9F"), TextDelta("\x99\x82!"), TextDelta("\xC3"), Finished()}
            << kSaid + "\xF0\x9F\x99\x82!\"" + kMore + kSaid + "\xEF\xBF\xBD\"" + kMore + end + "}\n"
            << said + "\"\xF0\x9F\x99\x82!\",\"done\":false}\n" + said + "\"\xEF\xBF\xBD\",\"done\":false}\n"
                   + said + over;
        QTest::newRow("failed")
            << Events{TextDelta("a"), Failed(Failure(FailureClass::Protocol, 0, "It was \"cut\".")), TextDelta("late")}
            << kSaid + "a\"" + kMore + "{\"error\":\"It was \\\"cut\\\".\"}\n"
            << said + js("'a','done':false}\n") + "{\"error\":\"It was \\\"cut\\\".\"}\n";
        LogprobsDelta logprobs;
        logprobs.json
            = js("{'content':[{'token':'a','logprob':-1,'bytes':[97],'top_logprobs':[]}],'refusal':null}");
        const QByteArray elements
            = js(",'logprobs':[{'token':'a','logprob':-1,'bytes':[97],'top_logprobs':[]}]");
        QTest::newRow("logprobs and other choices")
            << Events{logprobs, TextDelta("a"), TextDelta("no", 1), Finished(FinishReason::Length, {}, 0), Finished(FinishReason::Stop, {}, 1)}
            << kSaid + "a\"}" + elements + js(",'done':false}\n") + kSaid
                   + js("'},'done':true,'done_reason':'length'") + kTimes + "}\n"
            << said + "\"a\"" + elements + js(",'done':false}\n") + said
                   + js("'','done':true,'done_reason':'length'") + kTimes + "}\n";
        MediaDelta image;
        image.media.base64 = "iVBORw0KGgo=";
        QTest::newRow("an image") << Events{image, Finished()}
                                  << kSaid + js("','images':['iVBORw0KGgo=']") + kMore + end + "}\n"
                                  << said + over;
    }
    void writesStreams()
    {
        QFETCH(Events, events);
        QFETCH(QByteArray, chat);
        QFETCH(QByteArray, generate);
        QCOMPARE(streamed(kChat, events), chat);
        QCOMPARE(streamed(kGenerate, events), generate);
        QVERIFY(kChat.makeStreamEncoder(context())->keepAlive().isEmpty());
        QVERIFY(!kChat.makeStreamEncoder(context())->cutsBrokenStream());
        QCOMPARE(kChat.streamContentType(context()), QByteArray("application/x-ndjson"));
    }

    void writesWholeAnswers()
    {
        Events events{
            Started(),
            ReasoningDelta("hm"),
            TextDelta("a"),
            ToolCallBegin(0, "call_a", "f"),
            usage(3, 4),
            ToolCallDelta(0, "no JSON"),
            Finished(FinishReason::ToolCalls)};
        QCOMPARE(
            kChat.encodeAnswer(accumulated(events), context()),
            kSaid
                + js("a','thinking':'hm','tool_calls':[{'id':'call_a','function':{'index':0,'name':'f','"
                     "arguments':"
                     "{'input':'no JSON'}}}]},'done':true,'done_reason':'stop'")
                + kTimes + js(",'prompt_eval_count':3,'eval_count':4}"));
        QCOMPARE(
            kGenerate.encodeAnswer(
                accumulated({TextDelta("a"), Finished(FinishReason::ContentFilter)}), context()),
            kHead + js("'response':'a','done':true,'done_reason':'content_filter'") + kTimes + '}');
    }

    void writesErrors_data()
    {
        QTest::addColumn<FailureClass>("failureClass");
        QTest::addColumn<int>("status");
        QTest::newRow("caller") << FailureClass::CallerFault << 400;
        QTest::newRow("key") << FailureClass::Credential << 401;
        QTest::newRow("forbidden") << FailureClass::Permission << 403;
        QTest::newRow("model") << FailureClass::ModelMissing << 404;
        QTest::newRow("busy") << FailureClass::Overloaded << 503;
        QTest::newRow("fast") << FailureClass::RateLimit << 429;
        QTest::newRow("cut") << FailureClass::Protocol << 502;
    }
    void writesErrors()
    {
        QFETCH(FailureClass, failureClass);
        QFETCH(int, status);
        Failure failure(failureClass, 0, "model \"x\" is tired");
        failure.retryAfter = std::chrono::seconds(7);
        const auto error = kChat.encodeError(failure);
        QCOMPARE(error.status, status);
        QCOMPARE(error.contentType, QByteArray("application/json"));
        QCOMPARE(error.body, QByteArray("{\"error\":\"model \\\"x\\\" is tired\"}"));
        QCOMPARE(error.headers.value("retry-after"), QByteArray("7"));
    }

    /// Every recorded stream of every family, told in this dialect, means the same.
    void tellsRecordedStreams()
    {
        int told = 0;
        for (const Family &family : families()) {
            for (const Recording &recording : recordingsOf(family.dialect, family.streams)) {
                const Events events = decodeAt(*family.codec, fileBytes(recording.path), {});
                const ChatAnswer meant = accumulated(events);
                const QByteArray bytes = streamed(kChat, events);
                if (meant.failure) {
                    QVERIFY(
                        endsInFailure(decoded(bytes), FailureClass::Transient)
                        || accumulated(decoded(bytes)).failure);
                    QVERIFY(!bytes.contains("\"done\":true"));
                    continue;
                }
                if (meant.choices.size() != 1
                    || meant.choice()->finished->reason == FinishReason::ContentFilter)
                    continue;
                const bool custom = std::any_of(
                    meant.choice()->toolCalls.begin(), meant.choice()->toolCalls.end(),
                    [](const ToolCallPart &call) { return call.custom; });
                if (custom)
                    continue;
                QVERIFY2(
                    essence(accumulated(decoded(bytes))) == essence(meant),
                    (recording.name + '\n' + essence(accumulated(decoded(bytes))) + '\n' + essence(meant))
                        .constData());
                const QByteArray whole = kChat.encodeAnswer(meant, context());
                QCOMPARE(essence(accumulated(kUpstream.decodeAnswer(whole, Quirks()))), essence(meant));
                ++told;
            }
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY2(told > 60, QByteArray::number(told).constData());
    }

    /// And the other way: what Ollama streams, told as OpenAI Chat, means the same.
    void isToldInOtherDialects()
    {
        const wire::OpenAiChatInbound openAi;
        for (const char *file : {"text.ndjson", "tools.ndjson", "generate.ndjson", "error.ndjson"}) {
            const Events events
                = decoded(fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/ollama/") + QLatin1String(file)));
            const QByteArray bytes = streamed(openAi, events);
            QCOMPARE(essence(accumulated(decodeAt(kOpenAi, bytes, {}))), essence(accumulated(events)));
        }
    }

    /// A request of an Ollama tool reaches the other families with everything they have words for.
    void asksOtherFamilies()
    {
        const auto call = wire::InboundCall::parse(
            "/api/chat", {}, {},
            js("{'model':'m','messages':[{'role':'user','content':'Hi','images':['iVBORw0KGgo=']},"
               "{'role':'assistant','content':'','tool_calls':[{'function':{'name':'f','arguments':{'z':1.0}}"
               "}]},"
               "{'role':'tool','content':'4','tool_name':'f'}],'tools':[{'type':'function','function':"
               "{'name':'f','description':'d','parameters':{'type':'object','properties':{'z':{'maximum':1.0}"
               "}}}}],"
               "'format':{'type':'object','properties':{'z':{},'a':{}}},'options':{'temperature':0.70,'num_"
               "ctx':1,"
               "'num_predict':12},'stream':false}"));
        const auto request = kChat.decodeRequest(*call);
        QVERIFY(request.has_value());
        for (const Family &family : families()) {
            wire::Losses losses;
            const auto sent = family.codec->encodeRequest(*request, Quirks(), losses);
            QVERIFY(sent.has_value());
            const QByteArray body
                = QByteArray(sent->body).replace("\\\"", "\""); // OpenAI's arguments are text
            for (const char *kept :
                 {"iVBORw0KGgo=", "{\"z\":1.0}", "{\"z\":{\"maximum\":1.0}}", "0.70", "12",
                  "{\"z\":{},\"a\":{}}"})
                QVERIFY2(body.contains(kept), (family.dialect + ' ' + kept + ' ' + body).constData());
            QCOMPARE(losses.header().contains("options.num_ctx"), family.codec != &kUpstream);
        }
    }
};

QTEST_GUILESS_MAIN(OllamaInboundTest)

#include "OllamaInboundTest.moc"

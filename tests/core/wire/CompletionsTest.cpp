// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"
#include "wire/openai_completions/CompletionsInbound.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::AnswerContext;
using wire::InboundCall;
using wire::Losses;
using wire::Quirks;

namespace {

using Events = std::vector<ChatEvent>;

const wire::CompletionsInbound kCodec;
const wire::OpenAiChatUpstream kUpstream;

InboundCall called(const QByteArray &body)
{
    auto parsed = InboundCall::parse("/v1/completions", {}, {}, body);
    if (!parsed)
        qFatal("%s", parsed.error().message().constData());
    return std::move(*parsed);
}

AnswerContext context(const InboundCall *call = nullptr, bool includeUsage = false)
{
    AnswerContext made;
    made.call = call;
    made.model = "shown";
    made.fallbackId = "own";
    made.created = 7;
    made.includeUsage = includeUsage;
    return made;
}

QByteArray streamed(const Events &events, const AnswerContext &answer)
{
    const auto encoder = kCodec.makeStreamEncoder(answer);
    QByteArray out;
    for (const ChatEvent &event : events)
        out += encoder->encode(event);
    return out + encoder->finish();
}

UsageReport usage()
{
    Usage counted;
    counted.set(TokenKind::Input, 3);
    counted.set(TokenKind::Output, 4);
    return UsageReport(counted);
}

LogprobsDelta logprobs()
{
    LogprobsDelta delta;
    delta.json
        = js("{'content':[{'token':'é','logprob':-0.50,'bytes':[195,169],'top_logprobs':[{'token':'é',"
             "'logprob':-0.50},{'token':'e','logprob':-2}]},{'token':' b','logprob':-1,'top_logprobs':[]}]}");
    return delta;
}

QByteArray chunk(const QByteArray &choices, const QByteArray &rest = {})
{
    return js("data: {'id':'cmpl-own','object':'text_completion','created':7,'model':'shown','choices':[")
           + choices + ']' + rest + "}\n\n";
}

QByteArray
choice(const QByteArray &text, const QByteArray &finish = "null", const QByteArray &logprobsJson = "null")
{
    return js("{'text':'") + text + js("','index':0,'logprobs':") + logprobsJson + js(",'finish_reason':")
           + finish + '}';
}

const QByteArray kDone = "data: [DONE]\n\n";

} // namespace

class CompletionsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isRegistered()
    {
        const auto *row = wire::findWire("openai-completions");
        QVERIFY(row && row->inbound && !row->upstream);
        const auto names = wire::wireNames();
        QVERIFY(std::find(names.begin(), names.end(), "openai-completions") == names.end());
    }

    void asksAChat()
    {
        const InboundCall call
            = called(js("{'model':'m','prompt':['Once "
                        "upon'],'suffix':'end','max_tokens':12,'temperature':0.70,'top_p':1.0,"
                        "'n':2,'best_of':4,'echo':true,'logprobs':3,'stop':['a','b'],'presence_penalty':0.10,"
                        "'frequency_penalty':-1,'seed':5,'user':'u','logit_bias':{'50256':-100},'grammar':'g'"
                        ",'stream':true,"
                        "'stream_options':{'include_usage':true}}"));
        const auto head = kCodec.peek(call);
        QVERIFY(head && head->stream && head->includeUsage);
        const auto request = kCodec.decodeRequest(call);
        QVERIFY(request.has_value());
        QCOMPARE(request->misfits.size(), std::size_t(1));
        QCOMPARE(request->misfits[0].field, QByteArray("prompt"));
        QVERIFY(request->misfits[0].approximated);
        Losses losses;
        const auto sent = kUpstream.encodeRequest(*request, Quirks(), losses);
        QCOMPARE(
            sent->body,
            js("{'model':'m','messages':[{'role':'user','content':'Once "
               "upon'}],'max_tokens':12,'temperature':0.70,"
               "'top_p':1.0,'presence_penalty':0.10,'frequency_penalty':-1,'seed':5,'n':2,'logprobs':true,"
               "'top_logprobs':3,'logit_bias':{'50256':-100},'stop':['a','b'],'user':'u','stream':true,'"
               "stream_options':{'include_usage':"
               "true}}"));
        QCOMPARE(lossesOf(losses), QByteArray("dropped=suffix dropped=grammar dropped=best_of"));
    }

    void asksForNothingMore()
    {
        const auto request = kCodec.decodeRequest(called(js(
            "{'model':'m','prompt':'p','suffix':'','best_of':1,'logprobs':null,'echo':false,'n':1,'stop':'x',"
            "'logit_bias':{}}")));
        QVERIFY(request.has_value());
        QVERIFY(request->extras.empty());
        QVERIFY(!request->stream && !request->logprobs);
        QCOMPARE(request->stop, std::vector<QByteArray>{"x"});
    }

    void refusesInWords_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("said");
        const auto row
            = [](const char *body, const char *said) { QTest::newRow(body) << js(body) << QByteArray(said); };
        row("[]", "The request body must be a JSON object.");
        row("{'prompt':'p'}", "model must be a non-empty string.");
        row("{'model':'m'}", "prompt must be a non-empty string.");
        row("{'model':'m','prompt':''}", "prompt must be a non-empty string.");
        row("{'model':'m','prompt':[]}", "prompt must be a non-empty string.");
        row("{'model':'m','prompt':['a','b']}",
            "prompt: one prompt at a time; send a request for each of them.");
        row("{'model':'m','prompt':[1,2]}", "prompt: token ids mean nothing to other models; send the text.");
        row("{'model':'m','prompt':[7]}", "prompt: token ids mean nothing to other models; send the text.");
        row("{'model':'m','prompt':[[1,2]]}",
            "prompt: token ids mean nothing to other models; send the text.");
        row("{'model':'m','prompt':'p','stream':'yes'}", "stream must be true or false.");
        row("{'model':'m','prompt':'p','max_tokens':'many'}", "max_tokens must be an integer.");
        row("{'model':'m','prompt':'p','logprobs':'x'}", "logprobs must be an integer.");
    }
    void refusesInWords()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, said);
        const auto request = kCodec.decodeRequest(called(body));
        QVERIFY(!request.has_value());
        QCOMPARE(request.error().message(), said);
    }

    void writesStreams_data()
    {
        QTest::addColumn<Events>("events");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("text") << Events{TextDelta("a"),     ReasoningDelta("unseen"),
                                        TextDelta("b\xC3"), TextDelta("\xA9"),
                                        Finished(),         usage()}
                              << chunk(choice("a")) + chunk(choice("b")) + chunk(choice("é"))
                                     + chunk(choice("", "\"stop\"")) + kDone;
        QTest::newRow("the provider's id")
            << Events{Started("theirs", "x"), Finished(FinishReason::Length)}
            << chunk(choice("", "\"length\"")).replace("cmpl-own", "theirs") + kDone;
        QTest::newRow("two choices")
            << Events{TextDelta("a"), TextDelta("b", 1), Finished(), Finished(FinishReason::ContentFilter, {}, 1)}
            << chunk(choice("a")) + chunk(choice("b").replace("\"index\":0", "\"index\":1"))
                   + chunk(choice("", "\"stop\""))
                   + chunk(choice("", "\"content_filter\"").replace("\"index\":0", "\"index\":1")) + kDone;
        QTest::newRow("a call nobody offered")
            << Events{ToolCallBegin(0, "c", "f"), Finished(FinishReason::ToolCalls)}
            << chunk(choice("", "\"stop\"")) + kDone;
        QTest::newRow("failed")
            << Events{TextDelta("a"), Failed(Failure(FailureClass::Protocol, 0, "cut")), TextDelta("late")}
            << chunk(choice("a"))
                   + js("data: "
                        "{'error':{'message':'cut','type':'server_error','param':null,'code':'upstream_error'"
                        "}}")
                   + "\n\n" + kDone;
        QTest::newRow("logprobs")
            << Events{logprobs(), TextDelta("é b"), logprobs(), TextDelta("é b"), Finished()}
            << chunk(choice(
                   "é b", "null",
                   js("{'tokens':['é',' "
                      "b'],'token_logprobs':[-0.50,-1],'top_logprobs':[{'é':-0.50,'e':-2},{}],"
                      "'text_offset':[0,1]}")))
                   + chunk(choice(
                       "é b", "null",
                       js("{'tokens':['é',' "
                          "b'],'token_logprobs':[-0.50,-1],'top_logprobs':[{'é':-0.50,'e':-2},{}],"
                          "'text_offset':[3,4]}")))
                   + chunk(choice("", "\"stop\"")) + kDone;
    }
    void writesStreams()
    {
        QFETCH(Events, events);
        QFETCH(QByteArray, expected);
        QCOMPARE(streamed(events, context()), expected);
        QCOMPARE(kCodec.makeStreamEncoder(context())->keepAlive(), QByteArray(": keep-alive\n\n"));
    }

    void tellsUsageWhenAsked()
    {
        const QByteArray bytes = streamed({TextDelta("a"), Finished(), usage()}, context(nullptr, true));
        const QByteArray none = js(",'usage':null");
        QCOMPARE(
            bytes, chunk(choice("a"), none) + chunk(choice("", "\"stop\""), none)
                       + chunk(
                           {}, js(",'usage':{'prompt_tokens':3,'completion_tokens':4,'total_tokens':7,"
                                  "'prompt_tokens_details':{},'completion_tokens_details':{}}"))
                       + kDone);
    }

    void echoesThePrompt()
    {
        const InboundCall call = called(js("{'model':'m','prompt':'Grüße','echo':true}"));
        QCOMPARE(
            streamed({TextDelta("a"), Finished()}, context(&call)),
            chunk(choice("Grüßea")) + chunk(choice("", "\"stop\"")) + kDone);
        QCOMPARE(streamed({Finished()}, context(&call)), chunk(choice("Grüße", "\"stop\"")) + kDone);
        const QByteArray whole
            = kCodec.encodeAnswer(accumulated({logprobs(), TextDelta("a"), Finished()}), context(&call));
        QVERIFY(whole.contains(js("'text':'Grüßea'")));
        QVERIFY(whole.contains(js("'text_offset':[5,6]")));
    }

    void writesWholeAnswers()
    {
        QCOMPARE(
            kCodec.encodeAnswer(
                accumulated({TextDelta("a"), RefusalDelta("no"), Finished(), usage()}), context()),
            js("{'id':'cmpl-own','object':'text_completion','created':7,'model':'shown','choices':[{'text':'"
               "ano',"
               "'index':0,'logprobs':null,'finish_reason':'stop'}],'usage':{'prompt_tokens':3,'completion_"
               "tokens':4,"
               "'total_tokens':7,'prompt_tokens_details':{},'completion_tokens_details':{}}}"));
    }

    void writesErrors()
    {
        const auto error = kCodec.encodeError(Failure(FailureClass::ModelMissing, 404, "no such model"));
        QCOMPARE(error.status, 404);
        QCOMPARE(
            error.body, js("{'error':{'message':'no such model','type':'invalid_request_error','param':null,"
                           "'code':'model_not_found'}}"));
    }

    /// Every recorded Chat stream, told as a completion, keeps its text.
    void tellsRecordedStreams()
    {
        for (const Recording &recording : recordingsOf("openai-chat", {".sse"})) {
            const Events events = decodeAt(kUpstream, fileBytes(recording.path), {});
            const ChatAnswer meant = accumulated(events);
            QMap<int, QByteArray> texts;
            QMap<int, QByteArray> reasons;
            bool failed = false;
            const QByteArray bytes = streamed(events, context());
            QVERIFY(bytes.endsWith(kDone));
            for (const QByteArray &line : bytes.split('\n')) {
                const QJsonObject object = objectOf(line.mid(6));
                failed = failed || object.contains(QStringLiteral("error"));
                for (const QJsonValue &part : object[QStringLiteral("choices")].toArray()) {
                    const int index = part[QStringLiteral("index")].toInt();
                    texts[index] += part[QStringLiteral("text")].toString().toUtf8();
                    reasons[index] += part[QStringLiteral("finish_reason")].toString().toUtf8();
                }
            }
            QCOMPARE(failed, meant.failure.has_value());
            for (const ChatAnswer::Choice &said : meant.choices) {
                QCOMPARE(texts[said.index], said.text + said.refusal);
                QCOMPARE(reasons[said.index].isEmpty(), failed);
            }
        }
    }
};

QTEST_GUILESS_MAIN(CompletionsTest)

#include "CompletionsTest.moc"

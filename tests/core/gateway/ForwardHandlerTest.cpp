// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ForwardHandler.h"

#include "core/gateway/HandlerRig.h"
#include "gateway/AnswerTap.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::FakeAnswer;
using test::HandlerRig;
using test::quoted;

namespace {

const char *const kConfig
    = "{'providers':["
      "{'id':'lab','wire':'openai-chat','base_url':'http://lab.test/v1','models':['p1']},"
      "{'id':'other','wire':'openai-chat','base_url':'http://other.test/v1','models':['p2']},"
      "{'id':'talker','wire':'anthropic','base_url':'http://talker.test','models':['c1']},"
      "{'id':'openai'},{'id':'groq'},{'id':'cohere'}],"
      "'routes':[{'model':'draw','targets':['talker/c1','lab/p1','other/p2']}]}";

constexpr char kFormType[] = "multipart/form-data; boundary=XX";

QByteArray form(const QByteArray &model)
{
    const QByteArray sound("RIFF\0\x01\xff model", 13);
    return "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
           "Content-Type: audio/wav\r\n\r\n"
           + sound + "\r\n--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" + model
           + "\r\n--XX--\r\n";
}

} // namespace

class ForwardHandlerTest : public QObject
{
    Q_OBJECT

    struct Rig : HandlerRig {
        Rig()
            : HandlerRig(quoted(kConfig))
        { }
        ForwardHandler handler{services, access};

        std::shared_ptr<test::FakeExchange>
        start(const char *path, const QByteArray &body, const QByteArray &type = "application/json")
        {
            auto exchange = post(path, body, Headers{{"content-type", type}});
            const Endpoint *endpoint = findEndpoint("POST", path).endpoint;
            if (!endpoint)
                qFatal("no endpoint %s", path);
            detach(handler.serve(exchange, *endpoint, "app"));
            return exchange;
        }
        std::shared_ptr<test::FakeExchange>
        ask(const char *path, const QByteArray &body, const QByteArray &type = "application/json")
        {
            auto exchange = start(path, body, type);
            if (!test::waitUntil([&] { return exchange->done; }))
                qFatal("no answer");
            return exchange;
        }
    };

private Q_SLOTS:
    void passesEveryServiceOn_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QString>("url");
        QTest::addColumn<QByteArray>("kind");
        const auto row = [](const char *path, const char *kind) {
            QTest::newRow(path) << QByteArray(path) << QStringLiteral("http://lab.test") + QLatin1String(path)
                                << QByteArray(kind);
        };
        row("/v1/images/generations", "images");
        row("/v1/images/edits", "images");
        row("/v1/images/variations", "images");
        row("/v1/audio/speech", "audio");
        row("/v1/audio/transcriptions", "audio");
        row("/v1/audio/translations", "audio");
        row("/v1/moderations", "moderation");
        row("/v1/rerank", "rerank");
        QTest::newRow("/v2/rerank") << QByteArray("/v2/rerank") << QStringLiteral("http://lab.test/v1/rerank")
                                    << QByteArray("rerank");
    }
    void passesEveryServiceOn()
    {
        QFETCH(QByteArray, path);
        QFETCH(QString, url);
        QFETCH(QByteArray, kind);
        Rig rig;
        const QByteArray answer = quoted("{ 'results' : [1.0], 'novel':{} }");
        rig.transport.expect(FakeAnswer::json(answer));
        const auto exchange = rig.ask(path.constData(), quoted("{'input': 1e0,  'model':'lab/p1', 'b':2}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->answer.body, answer);
        QCOMPARE(exchange->header("content-type"), QByteArray("application/json"));
        QCOMPARE(exchange->header("x-fairlead-provider"), QByteArray("lab"));
        QCOMPARE(rig.transport.requests().front().url.toString(), url);
        QCOMPARE(rig.transport.requests().front().body, quoted("{'input': 1e0,  'model':'p1', 'b':2}"));
        QCOMPARE(rig.rows().size(), std::size_t(1));
        QCOMPARE(metering::kindName(rig.rows().front().kind), kind);
        QVERIFY(rig.rows().front().status == metering::LedgerRecord::Status::Ok);
        QVERIFY(!rig.rows().front().cost); // not known is not 0
    }

    void replacesTheModelInAFormAndNothingElse()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer::json(quoted("{'text':'hello'}")));
        const auto exchange = rig.ask("/v1/audio/transcriptions", form("lab/p1"), kFormType);
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(rig.transport.requests().front().body, form("p1"));
        QCOMPARE(rig.transport.requests().front().headers.value("content-type"), QByteArray(kFormType));
    }

    void bytesComeAsTheyCome()
    {
        Rig rig;
        const QByteArray sound("ID3\0\xff\xfb\r\n\r\n--", 12);
        rig.transport.expect(
            FakeAnswer().header("content-type", "audio/mpeg").chunk(sound).chunk(sound).chunk("end"));
        const auto exchange = rig.ask("/v1/audio/speech", quoted("{'model':'lab/p1','input':'Hi'}"));
        QVERIFY(exchange->begun);
        QCOMPARE(exchange->header("content-type"), QByteArray("audio/mpeg"));
        QCOMPARE(exchange->answer.body, sound + sound + "end");
        QVERIFY(exchange->writes >= 2);
        QVERIFY(rig.rows().front().firstText.has_value());
    }

    void waitsForASlowClient()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer().header("content-type", "audio/mpeg").chunk("one").chunk("two"));
        const auto exchange = rig.post("/v1/audio/speech", quoted("{'model':'lab/p1','input':'Hi'}"));
        exchange->slow = true;
        detach(rig.handler.serve(exchange, *findEndpoint("POST", "/v1/audio/speech").endpoint, "app"));
        QVERIFY(test::waitUntil([&] { return exchange->writes == 1; }));
        QVERIFY(!exchange->done);
        exchange->slow = false;
        exchange->drain();
        QVERIFY(test::waitUntil([&] { return exchange->done; }));
        QCOMPARE(exchange->answer.body, QByteArray("onetwo"));
    }

    void aBrokenAnswerIsCut()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer().header("content-type", "audio/mpeg").chunk("half").cut());
        const auto exchange = rig.ask("/v1/audio/speech", quoted("{'model':'lab/p1','input':'Hi'}"));
        QVERIFY(exchange->wasCut);
        QVERIFY(rig.rows().front().status == metering::LedgerRecord::Status::Incomplete);
    }

    void aClientThatLeavesIsBooked()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer().header("content-type", "audio/mpeg").chunk("one").hang());
        const auto exchange = rig.start("/v1/audio/speech", quoted("{'model':'lab/p1','input':'Hi'}"));
        QVERIFY(test::waitUntil([&] { return exchange->writes == 1; }));
        exchange->leave();
        QVERIFY(test::waitUntil([&] { return !rig.rows().empty(); }));
        QVERIFY(rig.rows().front().status == metering::LedgerRecord::Status::Cancelled);
        QVERIFY(test::waitUntil([&] { return rig.transport.open() == 0; }));
    }

    void failsOverAndSkipsWhoCannot()
    {
        Rig rig;
        rig.transport.expect("lab.test", FakeAnswer::json("{}", 503));
        rig.transport.expect("other.test", FakeAnswer::json(quoted("{'data':[]}")));
        const auto exchange = rig.ask("/v1/images/generations", quoted("{'model':'draw','prompt':'a knot'}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->header("x-fairlead-model"), QByteArray("p2"));
        QVERIFY(rig.rows().front().attempts[0].message.contains("cannot serve images/generations"));
    }

    void knowsWhatProvidersServe()
    {
        Rig rig;
        const auto exchange
            = rig.ask("/v1/images/generations", quoted("{'model':'groq/x','prompt':'a knot'}"));
        QCOMPARE(exchange->answer.status, 400);
        QCOMPARE(
            exchange->error().value(QLatin1String("code")).toString(),
            QStringLiteral("unsupported_endpoint"));
        rig.transport.expect(FakeAnswer::json(quoted("{'results':[]}")));
        QCOMPARE(
            rig.ask("/v1/rerank", quoted("{'model':'cohere/rerank-v4.0','query':'a'}"))->answer.status, 200);
        QCOMPARE(
            rig.transport.requests().back().url.toString(),
            QStringLiteral("https://api.cohere.com/v2/rerank"));
    }

    void withoutAModelTheOnlyProviderServes()
    {
        Rig rig;
        rig.transport.expect("api.openai.com/v1/moderations", FakeAnswer::json(quoted("{'results':[]}")));
        const QByteArray body = quoted("{'input':'hello'}");
        QCOMPARE(rig.ask("/v1/moderations", body)->answer.status, 200);
        QCOMPARE(rig.transport.requests().front().body, body);
        // Several could: nobody guesses.
        const auto exchange = rig.ask("/v1/audio/speech", body);
        QCOMPARE(exchange->answer.status, 400);
        QCOMPARE(exchange->error().value(QLatin1String("param")).toString(), QStringLiteral("model"));
    }

    void refusesWhatCannotBeRead_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("not JSON") << QByteArray("model=x");
        QTest::newRow("a list") << QByteArray("[]");
        QTest::newRow("a number for a model") << quoted("{'model':5}");
    }
    void refusesWhatCannotBeRead()
    {
        QFETCH(QByteArray, body);
        Rig rig;
        QCOMPARE(rig.ask("/v1/moderations", body)->answer.status, 400);
        QCOMPARE(rig.rows().size(), std::size_t(1));
    }

    void readsWhatTheAnswerSaysItCost_data()
    {
        QTest::addColumn<QByteArray>("usage");
        QTest::addColumn<qint64>("input"); // -1 = not said
        QTest::addColumn<qint64>("audio");
        QTest::addColumn<qint64>("output");
        QTest::newRow("a picture") << quoted("{'input_tokens':50,'output_tokens':1056,'total_tokens':1106,"
                                             "'input_tokens_details':{'text_tokens':50,'image_tokens':0}}")
                                   << qint64(50) << qint64(-1) << qint64(1056);
        QTest::newRow("an edited picture")
            << quoted("{'input_tokens':350,'output_tokens':1056,"
                      "'input_tokens_details':{'text_tokens':50,'image_tokens':300}}")
            << qint64(-1) << qint64(-1) << qint64(1056);
        QTest::newRow("a transcription")
            << quoted("{'type':'tokens','input_tokens':14,'input_token_details':{'text_tokens':0,"
                      "'audio_tokens':14},'output_tokens':45,'total_tokens':59}")
            << qint64(0) << qint64(14) << qint64(45);
        QTest::newRow("seconds") << quoted("{'type':'duration','seconds':9}") << qint64(-1) << qint64(-1)
                                 << qint64(-1);
        QTest::newRow("a ranking") << quoted("{'total_tokens':26}") << qint64(26) << qint64(-1) << qint64(-1);
    }
    void readsWhatTheAnswerSaysItCost()
    {
        QFETCH(QByteArray, usage);
        QFETCH(qint64, input);
        QFETCH(qint64, audio);
        QFETCH(qint64, output);
        const auto document = json::Document::parse(usage);
        const chat::Usage read = readOtherUsage(document->root());
        const auto value = [&](chat::TokenKind kind) { return qint64(read.get(kind).value_or(-1)); };
        QCOMPARE(value(chat::TokenKind::Input), input);
        QCOMPARE(value(chat::TokenKind::AudioInput), audio);
        QCOMPARE(value(chat::TokenKind::Output), output);
    }

    void usageIsReadFromEventsAtAnySplit()
    {
        const QByteArray stream = quoted("event: transcript.text.delta\ndata: {'delta':'Hel'}\n\n"
                                         "event: transcript.text.done\ndata: {'text':'Hello','usage':"
                                         "{'input_tokens':14,'output_tokens':45}}\n\n");
        for (qsizetype cut = 1; cut < stream.size(); ++cut) {
            AnswerTap tap;
            std::vector<chat::ChatEvent> events;
            tap.feed(QByteArrayView(stream).first(cut), events);
            tap.feed(QByteArrayView(stream).sliced(cut), events);
            tap.finish(events);
            const auto *report = std::get_if<chat::UsageReport>(&events.back());
            if (cut < 6)
                continue; // too little to tell what it is; the bytes go on all the same
            QVERIFY2(report, QByteArray::number(cut).constData());
            QCOMPARE(report->usage.get(chat::TokenKind::Output), std::optional<std::int64_t>(45));
        }
    }

    void anErrorForA200IsAnError()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer::json(quoted("{'error':{'message':'no credit','code':402}}")));
        const auto exchange = rig.ask("/v1/moderations", quoted("{'model':'lab/p1','input':'x'}"));
        QVERIFY(exchange->answer.status >= 400);
        QVERIFY(rig.rows().front().status == metering::LedgerRecord::Status::Failed);
    }
};

QTEST_GUILESS_MAIN(ForwardHandlerTest)
#include "ForwardHandlerTest.moc"

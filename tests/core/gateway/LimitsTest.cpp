// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ChatHandler.h"

#include "core/gateway/HandlerRig.h"

#include <QJsonArray>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::FakeAnswer;
using test::HandlerRig;
using test::quoted;

namespace {

const char *const kConfig
    = "{'providers':["
      "{'id':'lab','wire':'openai-chat','base_url':'http://lab.test/v1','models':['m1']},"
      "{'id':'claude','wire':'anthropic','base_url':'http://claude.test/v1','models':['c1']},"
      "{'id':'openai'}],"
      "'routes':[{'model':'strict','strict':true,'targets':['claude/c1','lab/m1']},"
      "{'model':'only','strict':true,'targets':['claude/c1']},"
      "{'model':'loose','targets':['claude/c1']}]}";

FakeAnswer chatAnswer()
{
    return FakeAnswer::json(quoted("{'id':'a','object':'chat.completion','created':1,'model':'m1','choices':["
                                   "{'index':0,'message':{'role':'assistant','content':'hi'},"
                                   "'finish_reason':'stop'}],'usage':{'prompt_tokens':1,'completion_tokens':1}}"));
}

FakeAnswer claudeAnswer()
{
    return FakeAnswer::json(quoted("{'id':'a','type':'message','role':'assistant','model':'c1','content':["
                                   "{'type':'text','text':'hi'}],'stop_reason':'end_turn',"
                                   "'usage':{'input_tokens':1,'output_tokens':1}}"));
}

FakeAnswer refusal(const char *param, const char *message = "Unsupported parameter")
{
    return FakeAnswer::json(
        quoted("{'error':{'message':\"") + message + quoted("\",'type':'invalid_request_error','param':'")
            + param + quoted("','code':'unsupported_parameter'}}"),
        400);
}

QByteArray request(const char *model, const char *more = "")
{
    return quoted("{'model':'") + model + quoted("','messages':[{'role':'system','content':'Be brief.'},"
                                                 "{'role':'user','content':'Hi'}]")
           + quoted(more) + '}';
}

} // namespace

class LimitsTest : public QObject
{
    Q_OBJECT

    struct Rig : HandlerRig {
        Rig()
            : HandlerRig(quoted(kConfig))
        {
            failover.setPrices(services.prices);
        }
        ChatHandler handler{services, access};

        std::shared_ptr<test::FakeExchange> ask(const QByteArray &body)
        {
            auto exchange = post("/v1/chat/completions", body);
            test::await(handler.serve(exchange, *wire::findWire("openai-chat"), "app"));
            return exchange;
        }
    };

private Q_SLOTS:
    void theCatalogueSaysWhatIsLeftOut_data()
    {
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<QByteArray>("losses");
        QTest::newRow("nothing concerned") << quoted(",'top_p':0.50") << quoted(",'top_p':0.50") << QByteArray();
        QTest::newRow("temperature") << quoted(",'temperature':0.7,'n':1") << quoted(",'n':1")
                                     << QByteArray("dropped=temperature");
        QTest::newRow("what it is anyway") << quoted(",'temperature':1.0") << QByteArray() << QByteArray();
        QTest::newRow("the cap") << quoted(",'max_tokens':100,'n':1")
                                 << quoted(",'n':1,'max_completion_tokens':100")
                                 << QByteArray("renamed=max_tokens");
        QTest::newRow("both caps") << quoted(",'max_tokens':100,'max_completion_tokens':50")
                                   << quoted(",'max_completion_tokens':50") << QByteArray("renamed=max_tokens");
    }
    void theCatalogueSaysWhatIsLeftOut()
    {
        QFETCH(QByteArray, more);
        QFETCH(QByteArray, sent);
        QFETCH(QByteArray, losses);
        Rig rig;
        rig.transport.expect(chatAnswer());
        const auto exchange = rig.ask(request("openai/o3", more.constData()));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(rig.transport.requests().front().body, request("o3", sent.constData()));
        QCOMPARE(exchange->header("x-fairlead-losses"), losses);
        QCOMPARE(rig.rows().front().losses, losses);
    }

    void otherModelsAreNotTouched()
    {
        Rig rig;
        rig.transport.expect(chatAnswer());
        (void)rig.ask(request("openai/gpt-4o", ",'temperature':0.7,'max_tokens':5"));
        QCOMPARE(
            rig.transport.requests().front().body, request("gpt-4o", ",'temperature':0.7,'max_tokens':5"));
    }

    void aLessonIsLearntOnce()
    {
        Rig rig;
        rig.transport.expect(refusal("seed"));
        rig.transport.expect(chatAnswer());
        const auto first = rig.ask(request("lab/m1", ",'seed':7,'n':1"));
        QCOMPARE(first->answer.status, 200);
        QCOMPARE(rig.transport.requests().at(1).body, request("m1", ",'n':1"));
        QCOMPARE(first->header("x-fairlead-losses"), QByteArray("dropped=seed(learnt)"));
        QCOMPARE(first->header("x-fairlead-attempts"), QByteArray("2"));
        QCOMPARE(rig.rows().front().attempts.front().httpStatus, 400);

        rig.transport.expect(chatAnswer());
        const auto second = rig.ask(request("lab/m1", ",'seed':7"));
        QCOMPARE(second->header("x-fairlead-attempts"), QByteArray("1"));
        QCOMPARE(rig.transport.requests().size(), std::size_t(3));
        QCOMPARE(second->header("x-fairlead-losses"), QByteArray("dropped=seed(learnt)"));
    }

    void rolesAreLearntToo()
    {
        Rig rig;
        rig.transport.expect(refusal("messages[0].role", "'messages[0].role' does not support 'system'"));
        rig.transport.expect(chatAnswer());
        const auto exchange = rig.ask(request("lab/m1"));
        QCOMPARE(exchange->answer.status, 200);
        QByteArray expected = request("m1");
        QCOMPARE(rig.transport.requests().at(1).body, expected.replace("system", "developer"));
        QCOMPARE(exchange->header("x-fairlead-losses"), QByteArray("renamed=messages[].role(learnt)"));
    }

    void learningIsBounded()
    {
        Rig rig;
        for (const char *field : {"seed", "stop", "top_p", "temperature"})
            rig.transport.expect(refusal(field));
        const auto exchange
            = rig.ask(request("lab/m1", ",'seed':7,'stop':'x','top_p':1,'temperature':2,'n':1"));
        QCOMPARE(exchange->answer.status, 400);
        QCOMPARE(rig.transport.requests().size(), std::size_t(4));
    }

    void whatCannotBeLeftOutIsTheCallersToFix()
    {
        Rig rig;
        rig.transport.expect(refusal("tools"));
        QCOMPARE(rig.ask(request("lab/m1", ",'tools':[]"))->answer.status, 400);
        QCOMPARE(rig.transport.requests().size(), std::size_t(1));
    }

    void translatedRequestsLearnAsWell()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer::json(
            quoted("{'type':'error','error':{'type':'invalid_request_error','message':'temperature is not "
                   "supported','param':'temperature'}}"),
            400));
        rig.transport.expect(claudeAnswer());
        const auto exchange = rig.ask(request("loose", ",'temperature':0.5"));
        QCOMPARE(exchange->answer.status, 200);
        QVERIFY(!rig.sent(1).contains(QLatin1String("temperature")));
        QVERIFY(exchange->header("x-fairlead-losses").contains("dropped=temperature(learnt)"));
    }

    void aStrictRouteTakesTheTargetThatCan()
    {
        Rig rig;
        rig.transport.expect("lab.test", chatAnswer());
        const auto exchange = rig.ask(request("strict", ",'logit_bias':{'50256':-100}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->header("x-fairlead-provider"), QByteArray("lab"));
        QVERIFY(rig.rows().front().attempts.front().message.contains("logit_bias"));
    }

    void aStrictRouteRefusesWhatWouldBeLost()
    {
        Rig rig;
        const auto exchange = rig.ask(request("only", ",'logit_bias':{'50256':-100}"));
        QCOMPARE(exchange->answer.status, 400);
        QCOMPARE(exchange->error().value(QLatin1String("param")).toString(), QStringLiteral("logit_bias"));
        QVERIFY(exchange->error().value(QLatin1String("message")).toString().contains(QLatin1String("strict")));
        QVERIFY(rig.transport.requests().empty());

        rig.transport.expect("claude.test", claudeAnswer());
        QCOMPARE(rig.ask(request("only"))->answer.status, 200); // nothing is lost

        rig.transport.expect("claude.test", claudeAnswer());
        const auto loose = rig.ask(request("loose", ",'logit_bias':{'50256':-100}"));
        QCOMPARE(loose->answer.status, 200);
        QVERIFY(loose->header("x-fairlead-losses").contains("dropped=logit_bias"));
    }
};

QTEST_GUILESS_MAIN(LimitsTest)
#include "LimitsTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ChatHandler.h"
#include "gateway/CountHandler.h"
#include "gateway/Shadows.h"

#include "core/gateway/HandlerRig.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using namespace std::chrono_literals;
using metering::LedgerRecord;
using test::FakeAnswer;
using test::HandlerRig;
using test::quoted;

namespace {

QByteArray configWith(const QByteArray &routes)
{
    QByteArray providers;
    for (const char *id : {"a", "b", "c"})
        providers += (providers.isEmpty() ? "" : ",") + QByteArray("{'id':'") + id
                     + "','wire':'openai-chat','base_url':'http://" + id + ".test/v1'}";
    return QByteArray("{'providers':[" + providers + "],'routes':[" + routes + "]}").replace('\'', '"');
}

FakeAnswer answer(const char *text)
{
    return FakeAnswer::json(
        quoted("{'id':'x','object':'chat.completion','model':'m','choices':[{'index':0,'message':"
               "{'role':'assistant','content':'")
        + text + quoted("'},'finish_reason':'stop'}],'usage':{'prompt_tokens':3,'completion_tokens':2}}"));
}

} // namespace

class RulesTest : public QObject
{
    Q_OBJECT

    struct Rig : HandlerRig {
        explicit Rig(const QByteArray &routes)
            : HandlerRig(configWith(routes))
        {
            services.shadows = &shadows;
        }
        Shadows shadows{services};
        ChatHandler handler{services, access};

        std::shared_ptr<test::FakeExchange>
        ask(const char *more = "", Headers headers = {}, const QByteArray &app = "editor")
        {
            auto exchange = post(
                "/v1/chat/completions",
                quoted("{'model':'s','messages':[{'role':'user','content':'Hello'}]") + quoted(more) + '}',
                std::move(headers));
            test::await(handler.serve(exchange, *wire::findWire("openai-chat"), app));
            return exchange;
        }
    };

private Q_SLOTS:
    void theLedgerKeepsWhy()
    {
        Rig rig("{'model':'s','targets':[{'target':'a/x','when':{'tools':true}},"
                "{'target':'b/y','when':{'header':{'x-team':'search*'}}},'c/z']}");
        rig.transport.expect("http://c.test", answer("hi"));
        QCOMPARE(rig.ask()->answer.status, 200);
        const LedgerRecord &row = rig.rows().back();
        QCOMPARE(row.route, QByteArray("s"));
        QCOMPARE(row.candidates.size(), std::size_t(3));
        QCOMPARE(row.candidates[0].provider, QByteArray("c"));
        QVERIFY(row.candidates[0].taken && !row.candidates[1].taken && !row.candidates[2].taken);
        QCOMPARE(row.candidates[1].reason, QByteArray("only with tools"));
        QCOMPARE(row.candidates[2].reason, QByteArray("only with the header x-team: search*"));

        Headers headers;
        headers.add("x-team", "search-2");
        rig.transport.expect("http://b.test", answer("hi"));
        QCOMPARE(rig.ask("", headers)->answer.status, 200);
        rig.transport.expect("http://a.test", answer("hi"));
        QCOMPARE(rig.ask(",'tools':[{'type':'function','function':{'name':'f'}}]")->answer.status, 200);
    }

    void whoNamesAModelGetsNoRules()
    {
        Rig rig("{'model':'s','targets':['a/x']}");
        rig.transport.expect("http://b.test", answer("hi"));
        auto exchange = rig.post(
            "/v1/chat/completions", quoted("{'model':'b/y','messages':[{'role':'user','content':'Hello'}]}"));
        test::await(rig.handler.serve(exchange, *wire::findWire("openai-chat"), "editor"));
        QCOMPARE(exchange->answer.status, 200);
        QVERIFY(rig.rows().back().route.isEmpty());
        QVERIFY(rig.rows().back().candidates.empty());
    }

    void nothingFitsIsA400WithReasons()
    {
        Rig rig("{'model':'s','targets':[{'target':'a/x','when':{'app':'batch'}}]}");
        const auto exchange = rig.ask();
        QCOMPARE(exchange->answer.status, 400);
        QVERIFY2(
            exchange->answer.body.contains("a/x is only for the app batch"),
            exchange->answer.body.constData());
        QVERIFY(exchange->answer.body.contains("no_target_fits"));
        QCOMPARE(rig.rows().back().candidates.size(), std::size_t(1));
        QCOMPARE(rig.rows().back().route, QByteArray("s"));
    }

    void conversationsStayWhereTheyWereAnswered()
    {
        Rig rig("{'model':'s','sticky':true,'strategy':'weighted','targets':['a/x','b/y']}");
        rig.drawn = 0.9;
        rig.transport.expect("http://b.test", answer("hi"));
        QCOMPARE(rig.ask()->answer.status, 200);
        rig.drawn = 0; // another draw, the same conversation
        rig.transport.expect("http://b.test", answer("hi"));
        QCOMPARE(rig.ask()->answer.status, 200);
        QVERIFY(rig.rows().back().candidates.front().reason.contains("warm"));
        rig.clock.advance(11min);
        rig.transport.expect("http://a.test", answer("hi"));
        QCOMPARE(rig.ask()->answer.status, 200);
    }

    void shadowsAreBookedAndAnswerNobody()
    {
        Rig rig("{'model':'s','targets':['a/x',{'target':'b/y','shadow':true}]}");
        rig.transport.expect("http://a.test", answer("hi"));
        rig.transport.expect("http://b.test", answer("from the shadow"));
        const auto exchange = rig.ask();
        QVERIFY(exchange->answer.body.contains("hi"));
        QVERIFY(!exchange->answer.body.contains("shadow"));
        QVERIFY(test::waitUntil([&] { return rig.rows().size() == 2 && rig.shadows.count() == 0; }));
        const bool first = rig.rows()[0].role == LedgerRecord::Role::Shadow;
        const LedgerRecord &shadow = rig.rows()[first ? 0 : 1];
        const LedgerRecord &request = rig.rows()[first ? 1 : 0];
        QVERIFY(shadow.role == LedgerRecord::Role::Shadow);
        QCOMPARE(shadow.parent, request.id);
        QVERIFY(shadow.id != request.id);
        QCOMPARE(shadow.provider, QByteArray("b"));
        QCOMPARE(shadow.app, QByteArray("editor"));
        QCOMPARE(shadow.usage.valueOrZero(chat::TokenKind::Output), 2);
        QVERIFY(shadow.status == LedgerRecord::Status::Ok);
        QVERIFY(request.role == LedgerRecord::Role::Request && request.parent.isEmpty());
    }

    void aShadowThatFailsOrHangsHurtsNobody()
    {
        Rig rig(
            "{'model':'s','targets':['a/x',{'target':'b/y','shadow':true},{'target':'c/z','shadow':true}]}");
        rig.transport.expect("http://a.test", answer("hi"));
        rig.transport.expect("http://b.test", FakeAnswer::json(quoted("{'error':{'message':'no'}}"), 400));
        rig.transport.expect("http://c.test", FakeAnswer().noHead());
        QCOMPARE(rig.ask()->answer.status, 200);
        QVERIFY(test::waitUntil([&] { return rig.rows().size() == 2; }));
        QCOMPARE(rig.shadows.count(), 1); // one hangs; the rig's end must not wait for it
    }

    void shadowsAreBounded()
    {
        Rig rig("{'model':'s','targets':['a/x',{'target':'c/z','shadow':true}]}");
        for (int i = 0; i < Shadows::kMost; ++i) {
            rig.transport.expect("http://a.test", answer("hi"));
            rig.transport.expect("http://c.test", FakeAnswer().noHead());
            rig.ask();
        }
        QCOMPARE(rig.shadows.count(), Shadows::kMost);
        rig.transport.expect("http://a.test", answer("hi"));
        QCOMPARE(rig.ask()->answer.status, 200); // one more would have nobody to answer it
        QCOMPARE(rig.shadows.count(), Shadows::kMost);
    }

    void tokensAreCountedWhereTheRequestWouldGo()
    {
        Rig rig("{'model':'s','targets':[{'target':'a/x','when':{'app':'batch'}},'b/y',"
                "{'target':'c/z','shadow':true}]}");
        CountHandler counting(rig.services, rig.access);
        const auto exchange = rig.post(
            "/v1/messages/count_tokens",
            quoted("{'model':'s','messages':[{'role':'user','content':'Hello'}]}"));
        test::await(counting.serve(exchange, *wire::findWire("anthropic"), "editor"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(rig.rows().back().route, QByteArray("s"));
        QVERIFY(rig.transport.requests().empty()); // estimated here: b cannot count
    }
};

QTEST_GUILESS_MAIN(RulesTest)
#include "RulesTest.moc"

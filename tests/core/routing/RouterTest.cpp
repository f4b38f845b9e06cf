// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Router.h"

#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;

namespace {

QByteArray quoted(QByteArray text)
{
    return text.replace('\'', '"');
}

/// Providers a, b, c with any model; the routes are the test's.
std::shared_ptr<const RoutingTable> table(const QByteArray &routes)
{
    QByteArray providers;
    for (const char *id : {"a", "b", "c"})
        providers += (providers.isEmpty() ? "" : ",") + QByteArray("{'id':'") + id
                     + "','wire':'openai-chat','base_url':'http://example.org/v1'}";
    const auto config
        = config::parseConfig(quoted("{'providers':[" + providers + "],'routes':[" + routes + "]}"));
    if (!config)
        qFatal("%s", config.error().message().constData());
    auto built = RoutingTable::build(*config, {}, nullptr);
    if (!built)
        qFatal("%s", built.error().message().constData());
    return *built;
}

/// a/dear and a/cheap; what a prompt costs again in the cache.
std::shared_ptr<const metering::PriceBook> prices()
{
    const auto book = metering::PriceBook::parse(
        quoted("{'provider':'a','models':{"
               "'dear':{'name':'D','status':'active','prices':[{'as_of':'2026-01-01','source':'docs','input':"
               "'4','output':'8','cache_read':'0.4'}]},"
               "'cheap':{'name':'C','status':'active','prices':[{'as_of':'2026-01-01','source':'docs','input'"
               ":'2','output':'4'}]}}}"));
    if (!book)
        qFatal("%s", book.error().message().constData());
    return *book;
}

struct Rig {
    explicit Rig(const QByteArray &routes)
        : routing(table(routes))
        , router(
              clock, [this](const QByteArray &provider, const QByteArray &) { return views.value(provider); },
              [this] { return drawn; })
    { }

    RoutePlan plan(const QByteArray &asked = "s")
    {
        auto made = *routing->resolve(asked);
        facts.modelAsked = asked;
        failure = router.order(*routing, made, facts);
        return made;
    }
    QByteArray targets(const QByteArray &asked = "s")
    {
        QByteArrayList names;
        for (const Target &target : plan(asked).targets)
            names.append(target.provider->id + '/' + target.model);
        return names.join(' ');
    }

    test::ManualClock clock;
    std::shared_ptr<const RoutingTable> routing;
    QHash<QByteArray, TargetView> views;
    double drawn = 0;
    Router router;
    RequestFacts facts;
    std::optional<chat::Failure> failure;
};

QByteArray reasonOf(const RoutePlan &plan, const QByteArray &provider)
{
    for (const metering::Candidate &candidate : plan.candidates) {
        if (candidate.provider == provider)
            return (candidate.taken ? "taken: " : "passed: ") + candidate.reason;
    }
    return {};
}

} // namespace

class RouterTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void explainsEveryCandidate()
    {
        Rig rig("{'model':'s','targets':['a/x',{'target':'b/y','when':{'app':'batch'}},'c/z']}");
        const RoutePlan plan = rig.plan();
        QCOMPARE(plan.targets.size(), std::size_t(2));
        QCOMPARE(plan.candidates.size(), std::size_t(3));
        QCOMPARE(reasonOf(plan, "a"), QByteArray("taken: 1st of the route"));
        QCOMPARE(reasonOf(plan, "b"), QByteArray("passed: only for the app batch"));
        QCOMPARE(reasonOf(plan, "c"), QByteArray("taken: 2nd of the route"));
        QCOMPARE(plan.targets.front().reason, QByteArray("1st of the route"));
        QVERIFY(plan.conversation.isEmpty() && plan.shadows.empty() && !plan.undecided);
        rig.facts.app = "batch";
        QCOMPARE(rig.targets(), QByteArray("a/x b/y c/z"));
    }

    void nothingFitsIsSaidWithReasons()
    {
        Rig rig("{'model':'s','targets':[{'target':'a/x','when':{'app':'batch'}},{'target':'b/"
                "y','when':{'max_tokens':9}}]}");
        const RoutePlan plan = rig.plan();
        QVERIFY(plan.targets.empty());
        QVERIFY(plan.undecided);
        QVERIFY(rig.failure && rig.failure->failureClass == chat::FailureClass::CallerFault);
        QCOMPARE(
            rig.failure->message, QByteArray("No target of the route \"s\" fits this request: a/x is only "
                                             "for the app batch; b/y is only up "
                                             "to 9 tokens of prompt (not known here)."));
        QCOMPARE(plan.candidates.size(), std::size_t(2));
    }

    void canariesAreDrawnTogether_data()
    {
        QTest::addColumn<double>("drawn");
        QTest::addColumn<QByteArray>("targets");
        QTest::newRow("first") << 0.0 << QByteArray("b/y a/x");
        QTest::newRow("first, still") << 0.0499 << QByteArray("b/y a/x");
        QTest::newRow("second") << 0.05 << QByteArray("c/z a/x");
        QTest::newRow("neither") << 0.15 << QByteArray("a/x");
        QTest::newRow("neither, last") << 0.999 << QByteArray("a/x");
    }
    void canariesAreDrawnTogether()
    {
        QFETCH(double, drawn);
        QFETCH(QByteArray, targets);
        Rig rig(
            "{'model':'s','targets':['a/x',{'target':'b/y','share':'5%'},{'target':'c/z','share':'10%'}]}");
        rig.drawn = drawn;
        QCOMPARE(rig.targets(), targets);
        const RoutePlan plan = rig.plan();
        if (drawn >= 0.15)
            QCOMPARE(reasonOf(plan, "b"), QByteArray("passed: a canary for 5%, and was not drawn"));
    }

    void shadowsGetACopyAndAnswerNobody()
    {
        Rig rig("{'model':'s','targets':['a/x',{'target':'b/y','shadow':true},"
                "{'target':'c/z','shadow':true,'share':'10%'}]}");
        rig.drawn = 0.5;
        const RoutePlan plan = rig.plan();
        QCOMPARE(plan.targets.size(), std::size_t(1));
        QCOMPARE(plan.shadows.size(), std::size_t(1));
        QCOMPARE(plan.shadows.front().model, QByteArray("y"));
        QCOMPARE(reasonOf(plan, "c"), QByteArray("passed: a shadow, and was not drawn"));
    }

    void routesLeadOnToRoutes()
    {
        Rig rig("{'model':'s','targets':['fast','a/x']},"
                "{'model':'fast','strategy':'least_busy','targets':['b/y','c/z','a/x']}");
        rig.views["b"].inFlight = 3;
        QCOMPARE(rig.targets(), QByteArray("c/z a/x b/y")); // a/x once, where it first stands
        QCOMPARE(rig.plan().targets.front().reason, QByteArray("fast: 0 under way there"));
    }

    void weightsOfRoutesAndTargets()
    {
        Rig rig("{'model':'s','strategy':'weighted','targets':[{'target':'t','weight':3},'a/x']},"
                "{'model':'t','targets':['b/y','c/z']}");
        rig.drawn = 0.74;
        QCOMPARE(rig.targets(), QByteArray("b/y c/z a/x"));
        rig.drawn = 0.76;
        QCOMPARE(rig.targets(), QByteArray("a/x b/y c/z"));
    }

    void conversationsStayWhereTheyAreWarm()
    {
        Rig rig("{'model':'s','sticky':true,'targets':['a/x','b/y']}");
        rig.facts.app = "editor";
        QByteArray opening = "one";
        const auto forget = [&] {
            rig.facts = RequestFacts();
            rig.facts.app = "editor";
            rig.facts.look = [&opening] {
                RequestContent content;
                content.opening = opening;
                return content;
            };
        };
        forget();
        RoutePlan plan = rig.plan();
        QCOMPARE(plan.targets.front().model, QByteArray("x"));
        rig.router.answered(plan.conversation, plan.targets.back(), 100); // a/x was down
        forget();
        QCOMPARE(rig.targets(), QByteArray("b/y a/x"));
        QCOMPARE(
            rig.plan().targets.front().reason,
            QByteArray("answered this conversation last, its prompt is warm there"));
        opening = "another";
        forget();
        QCOMPARE(rig.targets(), QByteArray("a/x b/y"));
        opening = "one";
        forget();
        rig.facts.app = "other";
        QCOMPARE(rig.targets(), QByteArray("a/x b/y"));
        forget();
        rig.clock.advance(11min);
        QCOMPARE(rig.targets(), QByteArray("a/x b/y"));
    }

    void cheapestCountsWhatIsCached()
    {
        Rig rig("{'model':'s','strategy':'cheapest','targets':['b/unpriced','a/dear','a/cheap']}");
        rig.router.setPrices(prices());
        const auto turn = [&](std::int64_t tokens) {
            rig.facts = RequestFacts();
            rig.facts.now = rig.clock.wall();
            rig.facts.look = [tokens] {
                RequestContent content;
                content.inputTokens = tokens;
                content.mostOutputTokens = 100;
                content.opening = "one";
                return content;
            };
        };
        turn(10'000);
        RoutePlan plan = rig.plan();
        QCOMPARE(rig.targets(), QByteArray("a/cheap a/dear b/unpriced"));
        // 10,000 x $2/M + 100 x $4/M
        QCOMPARE(plan.targets.front().reason, QByteArray("about $0.0204 for this request"));
        rig.router.answered(plan.conversation, plan.targets[1], 10'000); // somebody else had failed
        turn(10'100);
        // 10,000 x $0.4/M + 100 x $4/M + 100 x $8/M: leaving would cost more
        plan = rig.plan();
        QCOMPARE(plan.targets.front().model, QByteArray("dear"));
        QCOMPARE(plan.targets.front().reason, QByteArray("about $0.0052 for this request"));
    }

    void whatIsNotSaidIsNotKept()
    {
        Rig rig("{'model':'s','sticky':true,'targets':['a/x','b/y']}");
        const RoutePlan plan = rig.plan(); // no look: embeddings, say
        QVERIFY(plan.conversation.isEmpty());
        rig.router.answered(plan.conversation, plan.targets.back(), 0);
        QCOMPARE(rig.targets(), QByteArray("a/x b/y"));
    }

    void warmPromptsAreBounded()
    {
        test::ManualClock clock;
        WarmPrompts warm(clock);
        for (int i = 0; i < 3 * WarmPrompts::kMost; ++i) {
            clock.advance(1ms);
            warm.answered(QByteArray::number(i), {"a", "x", 1});
        }
        QVERIFY(warm.find(QByteArray::number(3 * WarmPrompts::kMost - 1)));
        QVERIFY(!warm.find("0"));
    }

    void switchedOffIsSaid()
    {
        const auto config = config::parseConfig(
            quoted("{'providers':[{'id':'a','wire':'ollama','base_url':'http://h','enabled':false},"
                   "{'id':'b','wire':'ollama','base_url':'http://h'}],'routes':[{'model':'s','targets':['a/"
                   "x','b/y']}]}"));
        QVERIFY(config);
        const auto routing = RoutingTable::build(*config, {}, nullptr);
        QVERIFY(routing);
        test::ManualClock clock;
        Router router(clock, {}, [] { return 0.0; });
        auto plan = (*routing)->resolve("s");
        QVERIFY(!router.order(**routing, *plan, RequestFacts()));
        QCOMPARE(reasonOf(*plan, "a"), QByteArray("passed: switched off with its provider"));
    }
};

QTEST_GUILESS_MAIN(RouterTest)
#include "RouterTest.moc"

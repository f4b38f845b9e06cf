// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LocalGateway.h"

#include "core/gateway/House.h"

#include <QSignalSpy>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::House;
using test::quoted;
using test::Reply;

namespace {

QByteArray question()
{
    return quoted("{'model':'demo/fast','messages':[{'role':'user','content':'What is a fairlead?'}]}");
}

QByteArray words(const Reply &reply)
{
    return reply.error().value(QLatin1String("message")).toString().toUtf8();
}

/// Does it and waits for its end.
template<typename Start>
void done(Start start)
{
    std::optional<Result<>> ended;
    start([&](Result<> result) { ended = std::move(result); });
    if (!test::waitUntil([&] { return ended.has_value(); }))
        qFatal("no answer");
    if (!*ended)
        qFatal("%s", ended->error().message().constData());
}

void setConfig(House &house, const char *text)
{
    QFile file(house.configPath());
    if (!file.open(QIODevice::WriteOnly) || file.write(quoted(text)) < 0)
        qFatal("the config cannot be written");
    file.close();
    if (const auto read = house.gateway->reloadConfig(); !read)
        qFatal("%s", read.error().message().constData());
}

std::vector<BudgetInfo> budgetsOf(House &house)
{
    std::optional<std::vector<BudgetInfo>> list;
    house.gateway->budgets(
        house.gateway.get(), [&](Result<std::vector<BudgetInfo>> found) { list = *found; });
    test::waitUntil([&] { return list.has_value(); });
    return list.value_or(std::vector<BudgetInfo>());
}

} // namespace

/// Limits through the whole gateway: what is in the ledger, what people switch, who hears of it.
class LimitKeeperTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void budgetsKnowWhatTheLedgerKnows()
    {
        House house;
        metering::LedgerRecord old;
        old.id = "req_old";
        old.app = "test";
        old.provider = "openai";
        old.model = "m";
        old.cost = NanoUsd(750'000'000);
        old.startedMs = QDateTime::currentMSecsSinceEpoch();
        house.gateway->ledger().append(old);
        old.id = "req_others";
        old.app = "somebody";
        house.gateway->ledger().append(old);
        old.id = "req_long_ago";
        old.app = "test";
        old.startedMs -= qint64(40) * 24 * 3'600'000;
        house.gateway->ledger().append(old);

        setConfig(
            house, "{'limits':{'usd_per_month':'9'},"
                   "'apps':[{'name':'test','budget':{'usd':'0.75','per':'month','hard':true}}]}");
        const auto budgets = budgetsOf(house);
        QCOMPARE(budgets.size(), std::size_t(2));
        QCOMPARE(budgets[0].scope, QByteArray("all"));
        QCOMPARE(budgets[0].spent, NanoUsd(1'500'000'000));
        QCOMPARE(budgets[1].name, QByteArray("test"));
        QCOMPARE(budgets[1].spent, NanoUsd(750'000'000));

        const Reply refused = house.post(question());
        QCOMPARE(refused.status, 402);
        QVERIFY2(
            words(refused).contains("fairleadctl budget raise test 1 --for 1h"), refused.body.constData());
        done([&](auto end) {
            house.gateway->raiseBudget(
                "test", NanoUsd(1'000'000), std::chrono::hours(1), house.gateway.get(), end);
        });
        QCOMPARE(house.post(question()).status, 200);
    }

    void aPauseHoldsUntilItIsLifted()
    {
        House house;
        QSignalSpy changed(house.gateway.get(), &Gateway::pausesChanged);
        done([&](auto end) { house.gateway->pause("test", "lunch.", house.gateway.get(), end); });
        QCOMPARE(changed.size(), 1);
        QCOMPARE(house.gateway->pauses().size(), std::size_t(1));
        QVERIFY(house.gateway->apps().front().paused);
        const Reply refused = house.post(question());
        QCOMPARE(refused.status, 403);
        QCOMPARE(
            words(refused),
            QByteArray("The app \"test\" is paused: lunch. To go on: fairleadctl resume test"));
        done([&](auto end) { house.gateway->resume("test", house.gateway.get(), end); });
        QCOMPARE(house.post(question()).status, 200);
        done([&](auto end) { house.gateway->pause({}, {}, house.gateway.get(), end); });
        QCOMPARE(
            words(house.post(question())), QByteArray("This server is paused. To go on: fairleadctl resume"));
        const auto answer = house.gateway->ask(
            [] {
                chat::ChatRequest request;
                request.model = "demo/fast";
                return request;
            }(),
            "compare");
        QSignalSpy finished(answer.get(), &Answer::finished);
        QVERIFY(test::waitUntil([&] { return !finished.isEmpty(); }));
        QCOMPARE(finished.first().first().value<metering::LedgerRecord>().httpStatus, 403);
    }

    void theWindowHearsOfLimits()
    {
        House house("{\"apps\":[{\"name\":\"test\",\"limits\":{\"requests_per_minute\":1}}]}");
        QSignalSpy reached(house.gateway.get(), &Gateway::limitReached);
        QCOMPARE(house.post(question()).status, 200);
        QCOMPARE(house.post(question()).status, 429);
        QCOMPARE(house.post(question()).status, 429);
        QVERIFY(test::waitUntil([&] { return !reached.isEmpty(); }));
        QCOMPARE(reached.size(), 1);
        const auto event = reached.first().first().value<LimitEvent>();
        QCOMPARE(event.scope, QByteArray("app"));
        QCOMPARE(event.name, QByteArray("test"));
        QCOMPARE(event.kind, QByteArray("requests"));
        QVERIFY(event.refused);
        QVERIFY(event.words.contains(QLatin1String("1 requests a minute")));
    }

    void aRunawayStaysPaused()
    {
        House house("{\"runaway\":{\"same_calls\":2}}");
        QByteArray body = quoted("{'model':'demo/fast','messages':[{'role':'user','content':'Go'}");
        for (int i = 0; i < 2; ++i)
            body += quoted(",{'role':'assistant','content':null,'tool_calls':[{'id':'1','type':'function',"
                           "'function':{'name':'read','arguments':'{}'}}]},"
                           "{'role':'tool','tool_call_id':'1','content':'no'}");
        QCOMPARE(house.post(body + "]}").status, 403);
        QVERIFY(test::waitUntil([&] { return !house.gateway->pauses().empty(); }));
        QVERIFY(house.gateway->pauses().front().reason.contains("2 times in a row"));
        QVERIFY(house.gateway->reloadConfig());
        QCOMPARE(house.post(question()).status, 403);
    }

    void anExpiredTokenIsNone()
    {
        House house;
        config::AppConfig settings;
        settings.name = "test";
        settings.expires = QDate::currentDate();
        done([&](auto end) { house.gateway->saveApp(settings, house.gateway.get(), end); });
        QCOMPARE(house.post(question()).status, 200);
        settings.expires = QDate::currentDate().addDays(-1);
        done([&](auto end) { house.gateway->saveApp(settings, house.gateway.get(), end); });
        const Reply refused = house.post(question());
        QCOMPARE(refused.status, 401);
        QVERIFY2(words(refused).contains("has expired"), refused.body.constData());
        QCOMPARE(house.get(QStringLiteral("/v1/models")).status, 401);
        QVERIFY(house.gateway->apps().front().expired);
    }

    void anAppOfTheConfigGetsItsTokenLater()
    {
        House house("{\"apps\":[{\"name\":\"later\",\"models\":[\"demo/fast\"]}]}");
        QCOMPARE(house.gateway->apps().size(), std::size_t(1)); // without a token it is none yet
        QByteArray token;
        house.gateway->addApp("later", house.gateway.get(), [&](Result<NewApp> app) {
            token = app->token.reveal().toByteArray();
        });
        QVERIFY(test::waitUntil([&] { return !token.isEmpty(); }));
        house.token = token;
        QCOMPARE(house.post(question()).status, 200);
        QCOMPARE(house.gateway->config().apps.front().models.size(), std::size_t(1));
        QCOMPARE(house.post(question().replace("demo/fast", "demo/slow")).status, 403);
    }
};

QTEST_GUILESS_MAIN(LimitKeeperTest)
#include "LimitKeeperTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Simulation.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::TokenKind;
using metering::LedgerRecord;

namespace {

std::shared_ptr<const RoutingTable> table(const QByteArray &routes)
{
    const QByteArray json = QByteArray(
                                "{'providers':[{'id':'a','wire':'openai-chat','base_url':'http://a.test'},"
                                "{'id':'home','wire':'ollama','base_url':'http://127.0.0.1:1'}],'routes':["
                                + routes + "]}")
                                .replace('\'', '"');
    const auto config = config::parseConfig(json);
    if (!config)
        qFatal("%s", config.error().message().constData());
    const auto built = RoutingTable::build(*config, {}, nullptr);
    if (!built)
        qFatal("%s", built.error().message().constData());
    return *built;
}

std::shared_ptr<const metering::PriceBook> prices()
{
    const auto book
        = metering::PriceBook::parse(QByteArray("{'provider':'a','models':{"
                                                "'dear':{'name':'D','status':'active','prices':[{'as_of':'"
                                                "2026-01-01','source':'docs','input':'4',"
                                                "'output':'8','cache_read':'0.4'}]},"
                                                "'cheap':{'name':'C','status':'active','prices':[{'as_of':'"
                                                "2026-01-01','source':'docs','input':'2',"
                                                "'output':'4'}]}}}")
                                         .replace('\'', '"'));
    if (!book)
        qFatal("%s", book.error().message().constData());
    return *book;
}

/// 1,000 tokens in, 100 of them from the cache where `cached`, 100 out.
LedgerRecord row(const char *model, std::chrono::milliseconds first, bool cached = false)
{
    LedgerRecord row;
    row.id = "req";
    row.startedMs = 1'780'000'000'000;
    row.app = "editor";
    row.modelAsked = "s";
    row.provider = "a";
    row.model = model;
    row.usage.set(TokenKind::Input, cached ? 900 : 1'000);
    if (cached)
        row.usage.set(TokenKind::CacheRead, 100);
    row.usage.set(TokenKind::Output, 100);
    row.cost = NanoUsd(4'800'000);
    row.firstText = first;
    return row;
}

} // namespace

class SimulationTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhoWouldMoveAndWhatItWouldCost()
    {
        const auto routing = table("{'model':'s','strategy':'cheapest','targets':['a/dear','a/cheap']}");
        const Simulation result = simulate(
            *routing, "s",
            {row("dear", 900ms, true), row("dear", 900ms), row("cheap", 300ms), row("dear", 700ms)},
            prices());
        QCOMPARE(result.requests, 4);
        QCOMPARE(result.moved, 3);
        QCOMPARE(result.refused, 0);
        QCOMPARE(result.cacheLost, 100);
        QCOMPARE(result.moves.size(), std::size_t(1));
        QCOMPARE(result.moves[0].from, QByteArray("a/dear"));
        QCOMPARE(result.moves[0].to, QByteArray("a/cheap"));
        QCOMPARE(result.moves[0].was, NanoUsd(14'400'000));
        QCOMPARE(result.moves[0].would, NanoUsd(7'200'000)); // 3 x (1,000 x $2/M + 100 x $4/M)
        QCOMPARE(result.was, NanoUsd(19'200'000));
        QCOMPARE(result.would, NanoUsd(12'000'000));
        QCOMPARE(result.unpriced, 0);
        QCOMPARE(result.firstTokenWas, 900ms);
        QCOMPARE(result.firstTokenWould, 300ms);
    }

    void onlyRequestsOfTheRouteCount()
    {
        const auto routing
            = table("{'model':'s*','targets':['a/cheap']},{'model':'s2','targets':['a/dear']}");
        LedgerRecord other = row("dear", 1ms);
        other.modelAsked = "s2";
        LedgerRecord shadow = row("dear", 1ms);
        shadow.role = LedgerRecord::Role::Shadow;
        LedgerRecord embedding = row("dear", 1ms);
        embedding.kind = LedgerRecord::Kind::Embeddings;
        LedgerRecord unserved = row("", 1ms);
        unserved.provider.clear();
        const Simulation result
            = simulate(*routing, "s*", {other, shadow, embedding, unserved, row("dear", 1ms)}, prices());
        QCOMPARE(result.requests, 1);
        QCOMPARE(result.moved, 1);
        QCOMPARE(simulate(*routing, "nobody", {row("dear", 1ms)}, prices()).requests, 0);
    }

    void whatWasDownStaysDown()
    {
        const auto routing = table("{'model':'s','targets':['a/dear','a/cheap']}");
        LedgerRecord rescued = row("cheap", 1ms);
        metering::AttemptRecord failed;
        failed.provider = "a";
        failed.model = "dear";
        failed.failureClass = "overloaded";
        metering::AttemptRecord served;
        served.provider = "a";
        served.model = "cheap";
        rescued.model = "cheap-2026-08-01"; // as it called itself
        rescued.attempts = {failed, served};
        const Simulation result = simulate(*routing, "s", {rescued}, prices());
        QCOMPARE(result.requests, 1);
        QCOMPARE(result.moved, 0);
        QCOMPARE(result.was, result.would);
    }

    void whatTheLedgerDoesNotKeepIsUndecided()
    {
        const auto routing = table("{'model':'s','targets':[{'target':'a/cheap','when':{'tools':true}},"
                                   "{'target':'a/dear','when':{'max_tokens':1000}}]}");
        LedgerRecord large = row("dear", 1ms);
        large.usage.set(TokenKind::Input, 1'001);
        const Simulation result = simulate(*routing, "s", {row("dear", 1ms), large}, prices());
        QCOMPARE(result.undecided, 2);
        QCOMPARE(result.moved, 0);
        QCOMPARE(result.refused, 1);
    }

    void unknownPricesAreSaid()
    {
        const auto routing = table("{'model':'s','targets':['a/unheard-of']}");
        Simulation result = simulate(*routing, "s", {row("dear", 1ms)}, prices());
        QCOMPARE(result.unpriced, 1);
        QCOMPARE(result.was, NanoUsd(0));
        QVERIFY(result.moves.front().was && !result.moves.front().would);
        QVERIFY(!result.firstTokenWould);
        // At home it costs nothing.
        result
            = simulate(*table("{'model':'s','targets':['home/llama']}"), "s", {row("dear", 1ms)}, prices());
        QCOMPARE(result.moves.front().would, NanoUsd(0));
    }

    void sameRowsSameAnswer()
    {
        const auto routing = table(
            "{'model':'s','strategy':'weighted','targets':[{'target':'a/cheap','weight':3},'a/dear']}");
        const std::vector<LedgerRecord> rows(400, row("dear", 1ms));
        const Simulation once = simulate(*routing, "s", rows, prices());
        QVERIFY(once.moved > 250 && once.moved < 350);
        QCOMPARE(simulate(*routing, "s", rows, prices()).moved, once.moved);
    }
};

QTEST_GUILESS_MAIN(SimulationTest)
#include "SimulationTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Conditions.h"

#include "config/ConditionText.h"
#include "config/Config.h"

#include <QDateTime>
#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using Outcome = Verdict::Outcome;

namespace {

config::Condition condition(QByteArray json)
{
    json.replace('\'', '"');
    const auto config = config::parseConfig(
        "{\"routes\":[{\"model\":\"*\",\"targets\":[{\"target\":\"a/b\",\"when\":" + json + "}]}]}");
    if (!config)
        qFatal("%s", config.error().message().constData());
    return *config->routes.front().targets.front().when;
}

WallTime at(const char *utc)
{
    const QDateTime time = QDateTime::fromString(QLatin1String(utc), Qt::ISODate);
    return WallTime(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

} // namespace

class ConditionsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("TZ", "UTC"); }

    void saysWhatDoesNotHold_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<int>("outcome");
        QTest::addColumn<QByteArray>("reason");
        const auto holds = [](const char *json) {
            QTest::newRow(json) << QByteArray(json) << int(Outcome::Holds) << QByteArray();
        };
        const auto fails = [](const char *json, const char *reason) {
            QTest::newRow(json) << QByteArray(json) << int(Outcome::Fails) << QByteArray(reason);
        };
        holds("{'app':'editor'}");
        holds("{'app':['batch-*','edit*']}");
        fails("{'app':['a','b']}", "only for the apps a, b");
        holds("{'model':'claude-*'}");
        fails("{'model':'gpt-*'}", "only asked for as the model gpt-*");
        holds("{'header':{'X-Team':'search-*'}}");
        fails("{'header':{'x-team':'ads'}}", "only with the header x-team: ads");
        fails("{'header':{'x-none':'*?'}}", "only with the header x-none: *?");
        holds("{'min_tokens':35000,'max_tokens':35000}");
        fails("{'max_tokens':20000}", "only up to 20,000 tokens of prompt (about 35,000 here)");
        fails(
            "{'min_tokens':35001,'max_tokens':1234567}",
            "only from 35,001 up to 1,234,567 tokens of prompt (about 35,000 here)");
        holds("{'tools':true,'images':false}");
        fails("{'tools':false}", "only without tools");
        fails("{'images':true}", "only with images");
        // It is Sunday, 2026-11-22, 02:30.
        holds("{'hours':'02:30-02:31'}");
        fails("{'hours':'02:31-22:00'}", "only from 02:31 to 22:00");
        fails("{'hours':'02:00-02:30'}", "only from 02:00 to 02:30");
        holds("{'hours':'22:00-06:00'}");
        holds("{'days':['sat','sun']}");
        fails("{'days':'mon'}", "only on mon");
        holds("{'hours':'22:00-06:00','days':'sat'}"); // Saturday's night
        fails("{'hours':'22:00-06:00','days':'sun'}", "only from 22:00 to 06:00 on sun");
        holds("{'hours':'00:00-06:00','days':'sun'}");
        holds("{'min_budget_left':'0.5'}");
        fails("{'min_budget_left':'2'}", "only with at least $2 left of the budget ($1.5 left)");
        fails("{'max_budget_left':'1'}", "only with at most $1 left of the budget ($1.5 left)");
        fails("{'app':'editor','tools':true,'days':'mon'}", "only on mon");
    }
    void saysWhatDoesNotHold()
    {
        QFETCH(QByteArray, json);
        QFETCH(int, outcome);
        QFETCH(QByteArray, reason);
        Headers headers;
        headers.add("x-team", "search-7");
        RequestFacts facts;
        facts.app = "editor";
        facts.modelAsked = "claude-opus-5";
        facts.headers = &headers;
        facts.now = at("2026-11-22T02:30:00Z");
        facts.look = [] {
            RequestContent content;
            content.inputTokens = 35'000;
            content.tools = true;
            content.images = false;
            return content;
        };
        facts.budgetLeft = [](const QByteArray &) { return std::optional(NanoUsd(1'500'000'000)); };
        const Verdict verdict = check(condition(json), facts);
        QCOMPARE(verdict.reason, reason);
        QCOMPARE(int(verdict.outcome), outcome);
    }

    void whatIsNotKnownDoesNotHold_data()
    {
        QTest::addColumn<QByteArray>("json");
        for (const char *json :
             {"{'header':{'a':'*'}}", "{'max_tokens':1}", "{'tools':false}", "{'images':false}",
              "{'min_budget_left':'1'}"})
            QTest::newRow(json) << QByteArray(json);
    }
    void whatIsNotKnownDoesNotHold()
    {
        QFETCH(QByteArray, json);
        const Verdict verdict = check(condition(json), RequestFacts());
        QVERIFY(verdict.outcome == Outcome::Unknown);
        QVERIFY2(verdict.reason.endsWith("(not known here)"), verdict.reason.constData());
    }

    void withoutABudgetThereIsAlwaysEnough()
    {
        RequestFacts facts;
        facts.budgetLeft = [](const QByteArray &) { return std::optional<NanoUsd>(); };
        QVERIFY(check(condition("{'min_budget_left':'100'}"), facts).outcome == Outcome::Holds);
        QVERIFY(check(condition("{'max_budget_left':'100'}"), facts).outcome == Outcome::Fails);
    }

    void bodyIsReadOnceAndOnlyIfAsked()
    {
        int looks = 0;
        RequestFacts facts;
        facts.app = "editor";
        facts.look = [&looks] {
            ++looks;
            RequestContent content;
            content.inputTokens = 5;
            content.tools = true;
            return content;
        };
        (void)check(condition("{'app':'other','max_tokens':9}"), facts);
        QCOMPARE(looks, 0);
        (void)check(condition("{'max_tokens':9,'tools':true}"), facts);
        (void)check(condition("{'max_tokens':9}"), facts);
        QCOMPARE(looks, 1);
    }

    void contentOfARequest()
    {
        chat::ChatRequest request;
        chat::Message system;
        system.role = chat::Role::System;
        system.parts.emplace_back(chat::TextPart{"Be brief.", {}});
        chat::Message user;
        user.parts.emplace_back(chat::TextPart{"Hello", {}});
        request.messages = {system, user};
        const RequestContent first = contentOf(request);
        QVERIFY(first.inputTokens.value() > 0);
        QCOMPARE(first.tools, false);
        QCOMPARE(first.images, false);
        QVERIFY(!first.opening.isEmpty());

        chat::Message picture;
        chat::ToolResultPart result;
        result.content.emplace_back(chat::MediaPart());
        picture.parts.emplace_back(result);
        request.messages.push_back(picture); // a later turn
        request.tools.emplace_back();
        const RequestContent later = contentOf(request);
        QCOMPARE(later.tools, true);
        QCOMPARE(later.images, true);
        QCOMPARE(later.opening, first.opening);

        std::get<chat::TextPart>(request.messages[1].parts[0]).text = "Hallo";
        QVERIFY(contentOf(request).opening != first.opening);
    }

    void inWords()
    {
        QCOMPARE(
            conditionText(
                condition("{'app':'a','header':{'x':'y'},'max_tokens':20000,'tools':true,'images':false,"
                          "'hours':'22:00-06:00','days':['sat'],'max_budget_left':'1'}")),
            QByteArray(
                "for the app a, with the header x: y, up to 20,000 tokens of prompt, with tools, without "
                "images, from 22:00 to 06:00 on sat, with at most $1 left of the budget"));
    }
};

QTEST_GUILESS_MAIN(ConditionsTest)
#include "ConditionsTest.moc"

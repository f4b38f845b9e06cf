// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/PriceBook.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTest>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace fairlead;
using namespace fairlead::metering;
using chat::TokenKind;

namespace {

WallTime at(const char *iso)
{
    const QDateTime moment = QDateTime::fromString(QString::fromLatin1(iso), Qt::ISODate);
    return WallTime(milliseconds(moment.toMSecsSinceEpoch()));
}

const QByteArray kList = R"({"provider": "lab", "models": {
    "m": {"name": "M", "status": "active", "context": 1000, "max_output": 100, "caps": ["tools", "vision"], "prices": [
        {"from": "2026-08-21", "as_of": "2026-11-10", "source": "docs", "confidence": "high",
         "input": "4", "output": "20", "cache_read": "0.4", "cache_write": "5",
         "tiers": [{"above": 1000, "input": "8", "output": "30"}, {"above": 5000, "input": "9"}],
         "service": {"flex": {"input": "2", "output": "10"},
                     "priority": {"input": "8", "output": "40", "tiers": [{"above": 1000, "input": "16"}]},
                     "fast": {"multiplier": "1.5"}}},
        {"as_of": "2026-08-01", "source": "old", "input": "5", "output": "30"}]},
    "listed": {"name": "No price", "status": "preview"},
    "search": {"name": "S", "status": "active", "prices": [
        {"as_of": "2026-11-10", "source": "docs", "input": "3", "output": "15", "per_request": "0.014",
         "web_search_per_1k": "10"}]},
    "peaky": {"name": "P", "status": "active", "prices": [
        {"as_of": "2026-11-10", "source": "docs", "input": "1", "output": "2",
         "windows": [{"label": "peak", "utc": ["01:00-04:00"], "weekdays": [1, 2, 3, 4, 5], "utc_offset_minutes": 480,
                      "holidays": ["2026-10-01"], "input": "3", "output": "4"}]}]}
}})";

std::shared_ptr<const PriceBook> book()
{
    auto parsed = PriceBook::parse(kList);
    if (!parsed)
        qFatal("%s", parsed.error().message().constData());
    return *parsed;
}

QByteArray priceText(const std::optional<PriceRow> &row, TokenKind kind)
{
    if (!row)
        return "no row";
    const auto price = row->prices[static_cast<std::size_t>(kind)];
    return price ? price->toDecimal() : QByteArray("unknown");
}

} // namespace

class PriceBookTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsTheRowOfTheDayTierAndPromptSize_data()
    {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("when");
        QTest::addColumn<qint64>("tokens");
        QTest::addColumn<QByteArray>("tier");
        QTest::addColumn<QByteArray>("id");
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<QByteArray>("output");
        const QByteArray now = "2026-11-10T12:00:00Z";
        const QByteArray none;
        QTest::newRow("now") << QByteArray("m") << now << qint64(1) << none << QByteArray("lab/m@2026-08-21")
                             << QByteArray("4") << QByteArray("20");
        QTest::newRow("first second")
            << QByteArray("m") << QByteArray("2026-08-21T00:00:00Z") << qint64(1) << none
            << QByteArray("lab/m@2026-08-21") << QByteArray("4") << QByteArray("20");
        QTest::newRow("second before")
            << QByteArray("m") << QByteArray("2026-08-20T23:59:59Z") << qint64(1) << none
            << QByteArray("lab/m@2026-08-01") << QByteArray("5") << QByteArray("30");
        QTest::newRow("at the boundary")
            << QByteArray("m") << now << qint64(1000) << none << QByteArray("lab/m@2026-08-21")
            << QByteArray("4") << QByteArray("20");
        QTest::newRow("above it") << QByteArray("m") << now << qint64(1001) << none
                                  << QByteArray("lab/m@2026-08-21+above-1000") << QByteArray("8")
                                  << QByteArray("30");
        QTest::newRow("highest tier, rest from the base")
            << QByteArray("m") << now << qint64(6000) << none << QByteArray("lab/m@2026-08-21+above-5000")
            << QByteArray("9") << QByteArray("20");
        QTest::newRow("default tier")
            << QByteArray("m") << now << qint64(1) << QByteArray("default") << QByteArray("lab/m@2026-08-21")
            << QByteArray("4") << QByteArray("20");
        QTest::newRow("flex") << QByteArray("m") << now << qint64(1) << QByteArray("flex")
                              << QByteArray("lab/m@2026-08-21+flex") << QByteArray("2") << QByteArray("10");
        QTest::newRow("tier words have no case")
            << QByteArray("m") << now << qint64(1) << QByteArray("FLEX")
            << QByteArray("lab/m@2026-08-21+flex") << QByteArray("2") << QByteArray("10");
        QTest::newRow("priority above")
            << QByteArray("m") << now << qint64(1001) << QByteArray("priority")
            << QByteArray("lab/m@2026-08-21+priority+above-1000") << QByteArray("16") << QByteArray("40");
        QTest::newRow("multiplied above")
            << QByteArray("m") << now << qint64(1001) << QByteArray("fast")
            << QByteArray("lab/m@2026-08-21+fast+above-1000") << QByteArray("12") << QByteArray("45");
        QTest::newRow("snapshot of a day")
            << QByteArray("m-2026-07-09") << now << qint64(1) << none << QByteArray("lab/m@2026-08-21")
            << QByteArray("4") << QByteArray("20");
        QTest::newRow("compact day") << QByteArray("m-20260709") << now << qint64(1) << none
                                     << QByteArray("lab/m@2026-08-21") << QByteArray("4") << QByteArray("20");
        QTest::newRow("Gemini's prefix")
            << QByteArray("models/m") << now << qint64(1) << none << QByteArray("lab/m@2026-08-21")
            << QByteArray("4") << QByteArray("20");
        QTest::newRow("peak") << QByteArray("peaky") << QByteArray("2026-11-10T01:00:00Z") << qint64(1)
                              << none << QByteArray("lab/peaky@2026-11-10+peak") << QByteArray("3")
                              << QByteArray("4");
        QTest::newRow("peak is over")
            << QByteArray("peaky") << QByteArray("2026-11-10T04:00:00Z") << qint64(1) << none
            << QByteArray("lab/peaky@2026-11-10") << QByteArray("1") << QByteArray("2");
        QTest::newRow("Saturday") << QByteArray("peaky") << QByteArray("2026-11-07T02:00:00Z") << qint64(1)
                                  << none << QByteArray("lab/peaky@2026-11-10") << QByteArray("1")
                                  << QByteArray("2");
        QTest::newRow("holiday") << QByteArray("peaky") << QByteArray("2026-10-01T02:00:00Z") << qint64(1)
                                 << none << QByteArray("lab/peaky@2026-11-10") << QByteArray("1")
                                 << QByteArray("2");
    }
    void findsTheRowOfTheDayTierAndPromptSize()
    {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, when);
        QFETCH(qint64, tokens);
        QFETCH(QByteArray, tier);
        QFETCH(QByteArray, id);
        QFETCH(QByteArray, input);
        QFETCH(QByteArray, output);
        const auto row = book()->find("lab", model, at(when.constData()), tokens, tier);
        QVERIFY(row.has_value());
        QCOMPARE(row->id, id);
        QCOMPARE(priceText(row, TokenKind::Input), input);
        QCOMPARE(priceText(row, TokenKind::Output), output);
        QCOMPARE(priceText(row, TokenKind::Reasoning), output);
        QCOMPARE(priceText(row, TokenKind::CacheWrite1h), QByteArray("unknown"));
    }

    void unknownStaysUnknown_data()
    {
        QTest::addColumn<QByteArray>("provider");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<qint64>("tokens");
        QTest::addColumn<QByteArray>("tier");
        QTest::newRow("provider") << QByteArray("other") << QByteArray("m") << qint64(1) << QByteArray();
        QTest::newRow("model") << QByteArray("lab") << QByteArray("n") << qint64(1) << QByteArray();
        QTest::newRow("no price listed")
            << QByteArray("lab") << QByteArray("listed") << qint64(1) << QByteArray();
        QTest::newRow("service tier")
            << QByteArray("lab") << QByteArray("m") << qint64(1) << QByteArray("batch");
        QTest::newRow("long prompt on flex")
            << QByteArray("lab") << QByteArray("m") << qint64(1001) << QByteArray("flex");
        QTest::newRow("path as provider")
            << QByteArray("../models/openai") << QByteArray("m") << qint64(1) << QByteArray();
    }
    void unknownStaysUnknown()
    {
        QFETCH(QByteArray, provider);
        QFETCH(QByteArray, model);
        QFETCH(qint64, tokens);
        QFETCH(QByteArray, tier);
        const WallTime when = at("2026-11-10T12:00:00Z");
        QVERIFY(!book()->find(provider, model, when, tokens, tier).has_value());
        QVERIFY(!PriceBook::builtIn()->find(provider, model, when, tokens, tier).has_value());
    }

    void costNeedsEveryPriceThatIsUsed()
    {
        const auto row = book()->find("lab", "m", at("2026-11-10T12:00:00Z"));
        chat::Usage usage;
        QVERIFY(!PriceBook::cost(usage, row).total.has_value()); // nothing said is not nothing used

        usage.set(TokenKind::Input, 1000);
        usage.set(TokenKind::CacheRead, 500);
        usage.set(TokenKind::Output, 10);
        usage.set(TokenKind::Reasoning, 5);
        const Cost cost = PriceBook::cost(usage, row);
        QCOMPARE(cost.total->toDecimal(), QByteArray("0.0045"));
        QCOMPARE(cost.lines.size(), std::size_t(4));
        QCOMPARE(cost.priceRow, QByteArray("lab/m@2026-08-21"));
        QCOMPARE(cost.source, QByteArray("docs"));

        usage.set(TokenKind::CacheWrite1h, 1);
        QVERIFY(!PriceBook::cost(usage, row).total.has_value());
        QVERIFY(!PriceBook::cost(usage, std::nullopt).total.has_value());
        usage.set(TokenKind::CacheWrite1h, 0);
        QVERIFY(PriceBook::cost(usage, row).total.has_value());
    }

    void feesAreAddedAndUnknownFeesAreUnknown()
    {
        const auto row = book()->find("lab", "search", at("2026-11-10T12:00:00Z"));
        chat::Usage usage;
        usage.set(TokenKind::Input, 500);
        usage.set(TokenKind::Output, 800);
        QCOMPARE(PriceBook::cost(usage, row).total->toDecimal(), QByteArray("0.0275"));
        const std::vector<UnitCount> searches{UnitCount{"web_search", 3}};
        QCOMPARE(PriceBook::cost(usage, row, searches).total->toDecimal(), QByteArray("0.0575"));
        const std::vector<UnitCount> pages{UnitCount{"page", 3}};
        QVERIFY(!PriceBook::cost(usage, row, pages).total.has_value());
    }

    void refusesBadFiles_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("says");
        const auto list = [](const char *extra) {
            return QByteArray(
                       R"({"provider":"lab","models":{"m":{"prices":[{"as_of":"2026-01-01","source":"s",)")
                   + extra + "}]}}}";
        };
        QTest::newRow("not JSON") << QByteArray("{") << QByteArray();
        QTest::newRow("no provider") << QByteArray("{}") << QByteArray("provider");
        QTest::newRow("negative") << list(R"("input":"-1")") << QByteArray("input");
        QTest::newRow("number, not text") << list(R"("input":1)") << QByteArray("input");
        QTest::newRow("exponent") << list(R"("output":"1e-6")") << QByteArray("output");
        QTest::newRow("unknown key") << list(R"("inptu":"1")") << QByteArray("inptu");
        QTest::newRow("bad day") << list(R"("from":"soon")") << QByteArray("from");
        QTest::newRow("tier without size") << list(R"("tiers":[{"input":"1"}])") << QByteArray("above");
        QTest::newRow("unknown key in a tier")
            << list(R"("tiers":[{"above":1,"x":"1"}])") << QByteArray("\"x\"");
        QTest::newRow("bad service price")
            << list(R"("service":{"flex":{"input":"a"}})") << QByteArray("flex");
        QTest::newRow("bad window price")
            << list(R"("windows":[{"utc":[],"input":"a"}])") << QByteArray("window");
        QTest::newRow("unknown model key")
            << QByteArray(R"({"provider":"lab","models":{"m":{"ctx":1}}})") << QByteArray("ctx");
    }
    void refusesBadFiles()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, says);
        const auto parsed = PriceBook::parse(json);
        QVERIFY(!parsed.has_value());
        QVERIFY2(parsed.error().message().contains(says), parsed.error().message().constData());
    }

    void builtInFilesAreWhole_data()
    {
        QTest::addColumn<QString>("path");
        const QDir folder(QStringLiteral(":/fairlead/models"));
        for (const QString &name : folder.entryList({QStringLiteral("*.json")})) {
            if (name != QLatin1String("schema.json"))
                QTest::newRow(qPrintable(name)) << folder.filePath(name);
        }
    }
    void builtInFilesAreWhole()
    {
        QFETCH(QString, path);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto parsed = PriceBook::parse(file.readAll());
        QVERIFY2(parsed.has_value(), parsed ? "" : parsed.error().message().constData());
        const auto &models = (*parsed)->models();
        for (const auto &facts : models)
            QVERIFY2(!facts.name.isEmpty() && !facts.status.isEmpty(), facts.model.constData());
        if (!models.empty())
            QCOMPARE(models.front().provider + ".json", QFileInfo(path).fileName().toUtf8());
    }

    void builtInKnowsTheMainProviders_data()
    {
        QTest::addColumn<QByteArray>("model");
        for (const char *provider :
             {"openai",
              "anthropic",
              "google",
              "deepseek",
              "alibaba",
              "mistral",
              "cohere",
              "ai21",
              "xai",
              "groq",
              "together",
              "fireworks",
              "cerebras",
              "perplexity",
              "openrouter",
              "moonshotai",
              "zai",
              "azure-openai",
              "aws-bedrock",
              "google-vertex",
              "minimax",
              "deepinfra",
              "vercel-ai-gateway",
              "meta"})
            QTest::newRow(provider) << QByteArray(provider);
    }
    void builtInKnowsTheMainProviders()
    {
        const QByteArray provider(QTest::currentDataTag());
        const auto book = PriceBook::builtIn();
        const auto &models = book->modelsOf(provider);
        const auto priced
            = std::count_if(models.begin(), models.end(), [&](const PriceBook::ModelFacts &facts) {
                  return book->find(provider, facts.model, at("2026-11-20T12:00:00Z")).has_value();
              });
        QVERIFY2(priced >= 2, QByteArray::number(static_cast<qlonglong>(priced)).constData());
    }

    void builtInPricesByDate()
    {
        const auto book = PriceBook::builtIn();
        const auto row = book->find("openai", "gpt-5.6-sol", at("2026-11-20T12:00:00Z"), 300'000);
        QCOMPARE(priceText(row, TokenKind::Input), QByteArray("8"));
        QCOMPARE(row->id, QByteArray("openai/gpt-5.6-sol@2026-08-21+above-272000"));
        QVERIFY(row->asOf.isValid());
        QVERIFY(!row->confidence.isEmpty());
        QCOMPARE(
            priceText(
                book->find("google", "models/gemini-3.6-flash", at("2027-01-01T00:00:00Z")),
                TokenKind::Input),
            QByteArray("1.5"));
        QCOMPARE(
            priceText(
                book->find("local", "whatever-i-run:7b", at("2026-11-20T12:00:00Z")), TokenKind::Output),
            QByteArray("0"));
        const auto *facts = book->facts("openai", "gpt-5.6-sol");
        QVERIFY(facts != nullptr);
        QVERIFY(facts->tools && facts->vision && facts->reasoning);
        QCOMPARE(facts->contextTokens, 1'050'000);
        QVERIFY(book->facts("openai", "no-such-model") == nullptr);
        QVERIFY(book->models().size() > 2000);
    }

    void threadsMayAskAtOnce()
    {
        const auto shared = book();
        std::vector<std::thread> threads;
        std::atomic<int> found{0};
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] {
                for (int k = 0; k < 50; ++k) {
                    found += PriceBook::builtIn()->find(
                                 "groq", "openai/gpt-oss-120b", at("2026-11-20T12:00:00Z"))
                                 ? 1
                                 : 0;
                    found += PriceBook::builtIn()->modelsOf(i % 2 ? "mistral" : "xai").empty() ? 0 : 1;
                }
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(found.load(), 400);
    }
};

QTEST_GUILESS_MAIN(PriceBookTest)
#include "PriceBookTest.moc"

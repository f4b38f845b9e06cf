// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/PriceBook.h"
#include "json/View.h"
#include "json/Writer.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTest>

#include <map>

// Worked examples with the price they are about: ours in tests/data, and the collected ones where they are at
// hand.
using namespace fairlead;
using namespace fairlead::metering;
using chat::TokenKind;
using json::View;

namespace {

QByteArray fileText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray sharedCases()
{
    QString folder = qEnvironmentVariable("FAIRLEAD_SHARED");
    if (folder.isEmpty())
        folder = QStringLiteral(FAIRLEAD_SOURCE_DIR "/../shared");
    return fileText(folder + QStringLiteral("/facts/price-cases.json"));
}

void writePrices(json::Writer &writer, View prices)
{
    const std::map<QByteArray, QByteArray> names{
        {"audio_in", "audio_input"},
        {"audio_out", "audio_output"},
        {"image_out", "image_output"},
        {"above_input_tokens", "above"}};
    for (const auto &member : prices.members()) {
        const auto renamed = names.find(member.key);
        writer.memberRaw(renamed == names.end() ? member.key : renamed->second, member.value.raw());
    }
}

// The case's own price as a file of resources/models.
QByteArray priceFile(View test)
{
    const QByteArray tier = test["service_tier"].stringOr("");
    const bool asService = !tier.isEmpty() && !test["multiplier"];
    json::Writer writer;
    writer.beginObject().member("provider", test["provider"].stringOr("")).key("models").beginObject();
    writer.key(test["model"].stringOr("")).beginObject().key("prices").beginArray();
    writer.beginObject().member("as_of", "2026-01-01").member("source", "case");
    if (!asService) {
        writePrices(writer, test["price"]);
        writer.key("tiers").beginArray();
        for (const View contextTier : test["tiers"].elements()) {
            writer.beginObject();
            writePrices(writer, contextTier);
            writer.endObject();
        }
        writer.endArray();
    }
    if (!tier.isEmpty()) {
        writer.key("service").beginObject().key(tier).beginObject();
        if (asService)
            writePrices(writer, test["price"]);
        else
            writer.memberRaw("multiplier", test["multiplier"].raw());
        writer.endObject().endObject();
    }
    writer.endObject().endArray().endObject().endObject().endObject();
    return writer.take();
}

// The cases count the parts inside the whole; ours are disjoint.
chat::Usage usageOf(View usage)
{
    const auto count = [&](QByteArrayView key) { return usage[key].integerOr(0); };
    const std::int64_t cacheWrite = count("cache_write");
    chat::Usage result;
    if (usage["input"] || usage["output"]) {
        result.set(TokenKind::Input, count("input") - count("cache_read") - cacheWrite - count("audio_in"));
        result.set(
            TokenKind::Output,
            count("output") - count("reasoning") - count("audio_out") - count("image_out"));
    }
    result.set(TokenKind::CacheRead, count("cache_read"));
    result.set(TokenKind::CacheWrite5m, cacheWrite - count("cache_write_1h"));
    result.set(TokenKind::CacheWrite1h, count("cache_write_1h"));
    result.set(TokenKind::AudioInput, count("audio_in"));
    result.set(TokenKind::Reasoning, count("reasoning"));
    result.set(TokenKind::AudioOutput, count("audio_out"));
    return result;
}

std::vector<UnitCount> unitsOf(View usage)
{
    const std::map<QByteArray, QByteArray> names{{"web_searches", "web_search"},
                                                 {"queries", "query"},
                                                 {"pages", "page"},
                                                 {"images", "image"},
                                                 {"audio_seconds", "audio_second"},
                                                 {"image_out", "image_output"}};
    std::vector<UnitCount> units;
    for (const auto &member : usage.members()) {
        const auto named = names.find(member.key);
        if (named != names.end())
            units.push_back(UnitCount{named->second, member.value.integerOr(0)});
    }
    return units;
}

WallTime momentOf(View test)
{
    const QByteArray text = test["at"].stringOr("2026-11-20T12:00:00Z");
    return WallTime(
        milliseconds(QDateTime::fromString(QString::fromLatin1(text), Qt::ISODate).toMSecsSinceEpoch()));
}

// Expected amounts are exact, with more decimals than the nine we book in.
QByteArray roundedToNano(const QByteArray &usd)
{
    const auto exact = UnitPrice::fromDecimal(usd);
    return exact ? NanoUsd((exact->picoPerMillion() + 500) / 1000).toDecimal() : "not a decimal: " + usd;
}

} // namespace

class PriceCasesTest : public QObject
{
    Q_OBJECT
    void addCases(bool (*wanted)(View))
    {
        QTest::addColumn<QByteArray>("json");
        const QByteArray own = fileText(QStringLiteral(FAIRLEAD_TEST_DATA "/metering/price-cases.json"));
        for (const QByteArray &text : {own, sharedCases()}) {
            const auto document = json::Document::parse(text);
            if (!document)
                continue;
            for (const View test : (*document)["cases"].elements()) {
                if (wanted(test))
                    QTest::newRow(test["id"].stringOr("").constData()) << test.rawCopy();
            }
        }
    }

private Q_SLOTS:
    void ownPriceGivesTheExactCost_data()
    {
        // A fee for the request itself is in the case's list, not in its price.
        addCases([](View test) { return !test["usage"]["requests"].exists(); });
    }
    void ownPriceGivesTheExactCost()
    {
        QFETCH(QByteArray, json);
        const auto document = json::Document::parse(json);
        QVERIFY(document.has_value());
        const View test = document->root();
        const auto book = PriceBook::parse(priceFile(test));
        QVERIFY2(book.has_value(), book ? "" : book.error().message().constData());

        const chat::Usage usage = usageOf(test["usage"]);
        const auto row = (*book)->find(
            test["provider"].stringOr(""), test["model"].stringOr(""), momentOf(test),
            test["usage"]["input"].integerOr(0), test["service_tier"].stringOr(""));
        const Cost cost = PriceBook::cost(usage, row, unitsOf(test["usage"]));
        if (test["expected_usd"].isNull()) {
            QVERIFY(!cost.total.has_value());
            return;
        }
        QVERIFY(cost.total.has_value());
        QCOMPARE(cost.total->toDecimal(), roundedToNano(test["expected_usd"].stringOr("")));
    }

    void builtInBookGivesTheSame_data()
    {
        addCases([](View test) { return test["lookup"].booleanOr(false) || test["at"].exists(); });
        QTest::newRow("ours") << QByteArray(
            R"({"provider":"anthropic","model":"claude-opus-5","usage":{"input":6,"output":2},"expected_usd":"0.00008"})");
    }
    void builtInBookGivesTheSame()
    {
        QFETCH(QByteArray, json);
        const auto document = json::Document::parse(json);
        QVERIFY(document.has_value());
        const View test = document->root();
        const auto row = PriceBook::builtIn()->find(
            test["provider"].stringOr(""), test["model"].stringOr(""), momentOf(test),
            test["usage"]["input"].integerOr(0), test["service_tier"].stringOr(""));
        const Cost cost = PriceBook::cost(usageOf(test["usage"]), row, unitsOf(test["usage"]));
        QVERIFY(cost.total.has_value());
        QCOMPARE(cost.total->toDecimal(), roundedToNano(test["expected_usd"].stringOr("")));
    }
};

QTEST_GUILESS_MAIN(PriceCasesTest)
#include "PriceCasesTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Text.h"
#include "app/ctl/Output.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::app;
using std::chrono::microseconds;

class TextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void moneyKeepsWhatMatters_data()
    {
        QTest::addColumn<QByteArray>("decimal");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("nothing") << QByteArray("0") << QByteArray("$0");
        QTest::newRow("cents") << QByteArray("12.3") << QByteArray("$12.30");
        QTest::newRow("thousands") << QByteArray("1234567.891") << QByteArray("$1,234,567.89");
        QTest::newRow("below a dollar") << QByteArray("0.0061204") << QByteArray("$0.006120");
        QTest::newRow("smallest") << QByteArray("0.000000001") << QByteArray("$0.000000001");
        QTest::newRow("rounds over") << QByteArray("0.99999") << QByteArray("$1.00");
        QTest::newRow("just below") << QByteArray("0.9999") << QByteArray("$0.9999");
        QTest::newRow("credit") << QByteArray("-1.5") << QByteArray("-$1.50");
    }
    void moneyKeepsWhatMatters()
    {
        QFETCH(QByteArray, decimal);
        QFETCH(QByteArray, text);
        QCOMPARE(text::money(*NanoUsd::fromDecimal(decimal)), text);
    }

    void unknownIsNeverZero()
    {
        QCOMPARE(text::money(std::nullopt), text::unknown());
        QCOMPARE(text::price(std::nullopt), text::unknown());
        QCOMPARE(text::duration(std::nullopt), text::unknown());
        QCOMPARE(text::count(std::nullopt), text::unknown());
        QCOMPARE(text::tokenRate(std::nullopt), text::unknown());
        QCOMPARE(text::time(0), text::unknown());
    }

    void figures()
    {
        QCOMPARE(text::price(*UnitPrice::fromDecimal("2.5")), QByteArray("$2.50"));
        QCOMPARE(text::price(*UnitPrice::fromDecimal("3")), QByteArray("$3.00"));
        QCOMPARE(text::price(*UnitPrice::fromDecimal("0.0375")), QByteArray("$0.0375"));
        QCOMPARE(text::duration(microseconds(840)), QByteArray("840 µs"));
        QCOMPARE(text::duration(microseconds(91'600)), QByteArray("92 ms"));
        QCOMPARE(text::duration(microseconds(1'260'000)), QByteArray("1.3 s"));
        QCOMPARE(text::duration(microseconds(125'400'000)), QByteArray("2 min 5 s"));
        QCOMPARE(text::count(-1234), QByteArray("-1,234"));
        QCOMPARE(text::count(999), QByteArray("999"));
        QCOMPARE(text::tokenRate(8.44), QByteArray("8.4 tok/s"));
        QCOMPARE(text::tokenRate(71.2), QByteArray("71 tok/s"));
    }

    void tablesAlignByCharacters()
    {
        Table table({{"NAME"}, {"COST", Table::Align::Right}});
        table.add({"müller", "—"});
        table.add({"a", "$12.30"});
        QCOMPARE(table.text(), QByteArray("NAME      COST\nmüller       —\na       $12.30\n"));
    }

    void jsonIsIndentedAndUnchanged()
    {
        const QByteArray quote = "\\\"";
        const QByteArray compact = "{\"a\":[1,{}],\"b\":\"x" + quote + ",{\",\"c\":[]}";
        const QByteArray pretty
            = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x" + quote + ",{\",\n  \"c\": []\n}";
        QCOMPARE(indented(compact), pretty);
    }

    void modelsCannotSteerTheTerminal()
    {
        QCOMPARE(
            terminal::harmless("a\x1b]0;title\x07 b\r\n\tü\xc2\x9b"
                               "31m"),
            QByteArray("a]0;title b\n\tü31m"));
    }
};

QTEST_GUILESS_MAIN(TextTest)
#include "TextTest.moc"

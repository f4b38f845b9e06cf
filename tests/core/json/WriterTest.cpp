// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Writer.h"

#include "json/View.h"

#include <QtTest>

#include <cmath>
#include <limits>

namespace fairlead::json {

class WriterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void placesCommas()
    {
        Writer writer;
        writer.beginObject()
            .member("a", "x")
            .memberInteger("b", -7)
            .memberBoolean("c", true)
            .memberNull("d")
            .memberRaw("e", R"({"z":1.0, "y":2})")
            .key("f")
            .beginArray()
            .integer(1)
            .beginObject()
            .endObject()
            .beginArray()
            .endArray()
            .string("")
            .number(0.1)
            .endArray()
            .endObject();
        QCOMPARE(
            writer.text(),
            QByteArray(R"({"a":"x","b":-7,"c":true,"d":null,"e":{"z":1.0, "y":2},"f":[1,{},[],"",0.1]})"));
        QVERIFY(Document::parse(writer.text()));
    }

    void takeStartsAfresh()
    {
        Writer writer;
        QCOMPARE(writer.beginArray().integer(1).endArray().take(), QByteArray("[1]"));
        QCOMPARE(writer.text(), QByteArray());
        QCOMPARE(writer.beginObject().member("k", "v").endObject().take(), QByteArray(R"({"k":"v"})"));
    }

    void emptyRawIsNull()
    {
        Writer writer;
        writer.beginObject().memberRaw("gone", View().raw()).endObject();
        QCOMPARE(writer.text(), QByteArray(R"({"gone":null})"));
    }

    void integers_data()
    {
        QTest::addColumn<qint64>("value");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("zero") << qint64(0) << QByteArray("0");
        QTest::newRow("most") << std::numeric_limits<qint64>::max() << QByteArray("9223372036854775807");
        QTest::newRow("least") << std::numeric_limits<qint64>::min() << QByteArray("-9223372036854775808");
    }
    void integers()
    {
        QFETCH(qint64, value);
        QTEST(Writer().integer(value).text(), "text");
    }

    void numbers_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QByteArray>("text");
        using Limits = std::numeric_limits<double>;
        QTest::newRow("tenth") << 0.1 << QByteArray("0.1");
        QTest::newRow("third") << 1.0 / 3 << QByteArray("0.3333333333333333");
        QTest::newRow("seven") << 7.0 << QByteArray("7");
        QTest::newRow("minus zero") << -0.0 << QByteArray("-0");
        QTest::newRow("large") << 1e300 << QByteArray("1e+300");
        QTest::newRow("most") << Limits::max() << QByteArray("1.7976931348623157e+308");
        QTest::newRow("least") << Limits::denorm_min() << QByteArray("5e-324");
        QTest::newRow("infinite") << Limits::infinity() << QByteArray("null");
        QTest::newRow("minus infinite") << -Limits::infinity() << QByteArray("null");
        QTest::newRow("not a number") << std::nan("") << QByteArray("null");
    }
    void numbers()
    {
        QFETCH(double, value);
        const QByteArray text = Writer().number(value).text();
        QTEST(text, "text");
        const auto document = Document::parse(text);
        QVERIFY(document);
        if (std::isfinite(value))
            QCOMPARE(document->root().number(), std::optional(value));
    }

    void strings_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("plain") << QByteArray("abc") << QByteArray(R"("abc")");
        QTest::newRow("quotes") << QByteArray("a\"b\\c/d") << QByteArray("\"a\\\"b\\\\c/d\"");
        QTest::newRow("short escapes") << QByteArray("\b\f\n\r\t") << QByteArray(R"("\b\f\n\r\t")");
        QTest::newRow("controls") << QByteArray("\x00\x01\x1f\x7f", 4)
                                  << QByteArray("\"\\u0000\\u0001\\u001f\x7f\"");
        QTest::newRow("long with a late escape")
            << QByteArray(40, 'a') + '\n' + QByteArray(40, 'b')
            << '"' + QByteArray(40, 'a') + "\\n" + QByteArray(40, 'b') + '"';
        QTest::newRow("umlaut") << QByteArray("\xC3\xA4") << QByteArray("\"\xC3\xA4\"");
        QTest::newRow("four bytes") << QByteArray("\xF0\x9F\x98\x80") << QByteArray("\"\xF0\x9F\x98\x80\"");
        QTest::newRow("line separators") << QByteArray("\xE2\x80\xA8") << QByteArray("\"\xE2\x80\xA8\"");
        QTest::newRow("lone continuation") << QByteArray("a\x80z") << QByteArray("\"a\xEF\xBF\xBDz\"");
        QTest::newRow("cut off") << QByteArray("a\xE2\x82") << QByteArray("\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
        QTest::newRow("overlong") << QByteArray("\xC0\xAF") << QByteArray("\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
        QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80")
                                   << QByteArray("\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
        QTest::newRow("latin-1 and quote") << QByteArray("\xE4\"") << QByteArray("\"\xEF\xBF\xBD\\\"\"");
    }
    void strings()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        QCOMPARE(quoted(text), expected);
        QCOMPARE(Writer().string(text).text(), expected);
        QVERIFY(Document::parse(expected));
    }

    void putsJsonOnOneLine()
    {
        const QByteArray spread("{\r\n\"a\": [1.0,\n\t\"x\\ny\"]\r}");
        QCOMPARE(oneLine(spread), QByteArray("{  \"a\": [1.0, \t\"x\\ny\"] }"));
        QCOMPARE(oneLine("{\"b\":1}"), QByteArray("{\"b\":1}"));
    }

    void everyByteReadsBack()
    {
        for (int byte = 0; byte < 0x80; ++byte) {
            const QByteArray text(17, static_cast<char>(byte));
            Writer writer;
            writer.beginObject().member(text, text).endObject();
            const auto document = Document::parse(writer.text());
            QVERIFY(document);
            QCOMPARE((*document)[QByteArrayView(text)].string(), std::optional(text));
        }
    }
};

} // namespace fairlead::json

QTEST_GUILESS_MAIN(fairlead::json::WriterTest)
#include "WriterTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/View.h"

#include <QtTest>

#include <limits>

namespace fairlead::json {

namespace {

Document parsed(const QByteArray &text)
{
    auto document = Document::parse(text);
    if (!document)
        qFatal("%s", document.error().message().constData());
    return *std::move(document);
}

} // namespace

class ViewTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kinds_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<Kind>("kind");
        QTest::newRow("null") << QByteArray("null") << Kind::Null;
        QTest::newRow("true") << QByteArray("true") << Kind::Bool;
        QTest::newRow("false") << QByteArray("false") << Kind::Bool;
        QTest::newRow("number") << QByteArray("-1.5e3") << Kind::Number;
        QTest::newRow("string") << QByteArray(R"("null")") << Kind::String;
        QTest::newRow("object") << QByteArray("{}") << Kind::Object;
        QTest::newRow("array") << QByteArray("[]") << Kind::Array;
    }
    void kinds()
    {
        QFETCH(QByteArray, text);
        QFETCH(Kind, kind);
        const Document document = parsed(" \n" + text + "\t ");
        const View view = document.root();
        QCOMPARE(view.kind(), kind);
        QCOMPARE(view.rawCopy(), text);
        QVERIFY(view.exists());
        QCOMPARE(bool(view), kind != Kind::Null);
        QCOMPARE(view.isNull(), kind == Kind::Null);
        QCOMPARE(view.isNumber(), kind == Kind::Number);
        QCOMPARE(view.isString(), kind == Kind::String);
        QCOMPARE(view.isObject(), kind == Kind::Object);
        QCOMPARE(view.isArray(), kind == Kind::Array);
        QCOMPARE(view.boolean().has_value(), kind == Kind::Bool);
        QCOMPARE(view.number().has_value(), kind == Kind::Number);
        QCOMPARE(view.integer().has_value(), kind == Kind::Number);
        QCOMPARE(view.string().has_value(), kind == Kind::String);
        QCOMPARE(view.count(), 0);
    }

    void missing()
    {
        const View view;
        QVERIFY(!view.exists());
        QVERIFY(!view);
        QVERIFY(view.raw().isEmpty());
        QVERIFY(!view["a"].exists());
        QVERIFY(!view.at(0).exists());
        QCOMPARE(view.count(), 0);
        QVERIFY(!view.string());
        QVERIFY(!view.equals(""));
        QCOMPARE(view.stringOr("x"), QByteArray("x"));
        QCOMPARE(view.integerOr(5), 5);
        QVERIFY(view.booleanOr(true));
        for (const Member &member : view.members())
            QFAIL(member.key.constData());
        for (const View element : view.elements())
            QFAIL(element.rawCopy().constData());
    }

    void members()
    {
        const Document document
            = parsed("{ \"b\" :1 ,\"a\\u0062\\n\": [ ] , \"\" : {\"x\":\"}\\\"]\"},\"b\":2}");
        QByteArrayList keys;
        QByteArrayList values;
        for (const auto &[key, value] : document.root().members()) {
            keys << key;
            values << value.rawCopy();
        }
        QCOMPARE(keys, QByteArrayList({"b", "ab\n", "", "b"}));
        QCOMPARE(values, QByteArrayList({"1", "[ ]", "{\"x\":\"}\\\"]\"}", "2"}));
        QCOMPARE(document.root().count(), 4);
        QCOMPARE(document["b"].integer(), std::optional<std::int64_t>(2));
        QVERIFY(document["ab\n"].isArray());
        QVERIFY(document[""].isObject());
        QVERIFY(document[""]["x"].equals("}\"]"));
        QVERIFY(!document["x"].exists());
        QVERIFY(!document.root().at(0).exists());
    }

    void picks()
    {
        const Document document = parsed(R"({"a":1,"b":[2],"a":3,"\u0063":4,"":5})");
        const auto [b, a, none, c, empty] = document.root().pick("b", "a", "none", "c", QByteArray());
        QVERIFY(b.isArray());
        QCOMPARE(a.integerOr(0), 3);
        QVERIFY(!none.exists());
        QCOMPARE(c.integerOr(0), 4);
        QCOMPARE(empty.integerOr(0), 5);
        const auto [fromArray] = b.pick("a");
        QVERIFY(!fromArray.exists());
        const auto [fromMissing] = View().pick("a");
        QVERIFY(!fromMissing.exists());
    }

    /// Containers and strings longer than the scan's step of 64 bytes, with escapes and quotes at every
    /// offset of it.
    void skipsLongValues()
    {
        for (int pad = 0; pad < 140; ++pad) {
            const QByteArray blank(pad, ' ');
            const QByteArray letters(pad, 'x');
            const QByteArrayList values{
                "[" + blank + "{\"a\":\"]}\"}" + blank + "]",
                "[\"" + letters + "\\\"" + letters + "]\",[\"\\\\\"]]",
                "[\"" + letters + "\\\\\"]",
                "{\"" + letters + "\":\"}\",\"b\":{\"c\":[]" + blank + "}}",
                "[\"" + QByteArray("\\\\").repeated(pad) + "\\\"[\"]",
                "[" + QByteArray("[").repeated(pad % 100) + QByteArray("]").repeated(pad % 100) + "]",
            };
            for (const QByteArray &value : values) {
                const Document document = parsed("[" + value + ",{\"k\":" + value + " ,\"last\":1},2]");
                QCOMPARE(document.root().count(), 3);
                QCOMPARE(document.root().at(0).rawCopy(), value);
                QCOMPARE(document.root().at(1)["k"].rawCopy(), value);
                QCOMPARE(document.root().at(1)["last"].integerOr(0), 1);
            }
        }
    }

    void keptKeysOutliveTheDocument()
    {
        QByteArrayList kept;
        {
            const Document document = parsed(QByteArray(R"({"first":1,"second":2,"third":3})"));
            for (const Member &member : document.root().members())
                kept << member.key;
        }
        QCOMPARE(kept, QByteArrayList({"first", "second", "third"}));
    }

    void elements()
    {
        const Document document = parsed(R"([1,"two" , [3,[4]],{"five":[6]}, null ,true])");
        QByteArrayList values;
        for (const View element : document.root().elements())
            values << element.rawCopy();
        QCOMPARE(values, QByteArrayList({"1", R"("two")", "[3,[4]]", R"({"five":[6]})", "null", "true"}));
        QCOMPARE(document.root().count(), 6);
        QCOMPARE(document.root().at(2).at(1).at(0).integerOr(0), 4);
        QVERIFY(document.root().at(5).booleanOr(false));
        QVERIFY(!document.root().at(6).exists());
        QVERIFY(!document.root().at(-1).exists());
        QVERIFY(!document.root()["five"].exists());
    }

    void strings_data()
    {
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QByteArray>("text");
        const QByteArray lone("\xEF\xBF\xBD");
        QTest::newRow("empty") << QByteArray(R"("")") << QByteArray("");
        QTest::newRow("escapes") << QByteArray("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")
                                 << QByteArray("\"\\/\b\f\n\r\t");
        QTest::newRow("backslashes before the quote") << QByteArray("\"a\\\\\\\\\"") << QByteArray(R"(a\\)");
        QTest::newRow("nul") << QByteArray(R"("a\u0000b")") << QByteArray("a\0b", 3);
        QTest::newRow("two bytes") << QByteArray(R"("\u00e4\u00C4")") << QByteArray("\xC3\xA4\xC3\x84");
        QTest::newRow("three bytes") << QByteArray(R"("\u20AC")") << QByteArray("\xE2\x82\xAC");
        QTest::newRow("pair") << QByteArray(R"("\ud83d\uDE00!")") << QByteArray("\xF0\x9F\x98\x80!");
        QTest::newRow("last point") << QByteArray(R"("\uDBFF\uDFFF")") << QByteArray("\xF4\x8F\xBF\xBF");
        QTest::newRow("lone high") << QByteArray(R"("a\ud83d")") << "a" + lone;
        QTest::newRow("lone low") << QByteArray(R"("\ude00b")") << lone + "b";
        QTest::newRow("swapped") << QByteArray(R"("\ude00\ud83d")") << lone + lone;
        QTest::newRow("high, then plain escape") << QByteArray(R"("\ud83d\u0041")") << lone + "A";
        QTest::newRow("high, then pair")
            << QByteArray(R"("\ud83d\ud83d\ude00")") << lone + "\xF0\x9F\x98\x80";
        QTest::newRow("high, then newline") << QByteArray(R"("\ud83d\n")") << lone + "\n";
        QTest::newRow("long") << '"' + QByteArray(100, 'x') + "\\\"" + QByteArray(100, 'y') + '"'
                              << QByteArray(100, 'x') + '"' + QByteArray(100, 'y');
    }
    void strings()
    {
        QFETCH(QByteArray, raw);
        QFETCH(QByteArray, text);
        const Document document = parsed("[" + raw + ",{" + raw + ":1}]");
        const View view = document.root().at(0);
        QCOMPARE(view.rawCopy(), raw);
        QCOMPARE(view.string(), std::optional(text));
        QCOMPARE(view.stringOr("other"), text);
        QVERIFY(view.equals(QByteArrayView(text)));
        QVERIFY(!view.equals(QByteArrayView(text + 'x')));
        QVERIFY(text.isEmpty() || !view.equals(QByteArrayView(text).chopped(1)));
        QCOMPARE(document.root().at(1)[QByteArrayView(text)].integerOr(0), 1);
        QCOMPARE(document.root().at(1).members().begin()->key, text);
    }

    void integers_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<std::optional<std::int64_t>>("value");
        using Value = std::optional<std::int64_t>;
        using Limits = std::numeric_limits<std::int64_t>;
        const auto row
            = [](const char *text, Value value) { QTest::newRow(text) << QByteArray(text) << value; };
        row("0", 0);
        row("-0", 0);
        row("-0.0e9", 0);
        row("7", 7);
        row("7.0", 7);
        row("7e0", 7);
        row("70e-1", 7);
        row("0.7E+1", 7);
        row("-7.000", -7);
        row("1.5", std::nullopt);
        row("15e-1", std::nullopt);
        row("1e-1", std::nullopt);
        row("12e17", 1200000000000000000);
        row("9007199254740993", 9007199254740993);
        row("9007199254740993.0", 9007199254740993);
        row("9223372036854775807", Limits::max());
        row("9223372036854775807.0", Limits::max());
        row("9.223372036854775807e18", Limits::max());
        row("-9223372036854775808", Limits::min());
        row("-9223372036854775808e0", Limits::min());
        row("9223372036854775808", std::nullopt);
        row("-9223372036854775809", std::nullopt);
        row("9223372036854775808.0", std::nullopt);
        row("1e19", std::nullopt);
        row("123456789012345678901234567890", std::nullopt);
        row("1e999999999999999999999", std::nullopt);
        row("1e-999999999999999999999", std::nullopt);
        row("0e999999999999999999999", 0);
        row("0.000e-5", 0);
    }
    void integers()
    {
        QFETCH(QByteArray, text);
        QFETCH(std::optional<std::int64_t>, value);
        const Document document = parsed(text);
        QCOMPARE(document.root().integer(), value);
        QCOMPARE(document.root().integerOr(-1), value.value_or(-1));
    }

    void numbers_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<std::optional<double>>("value");
        using Value = std::optional<double>;
        const auto row
            = [](const char *text, Value value) { QTest::newRow(text) << QByteArray(text) << value; };
        row("0.1", 0.1);
        row("-1.5e3", -1500.0);
        row("0.30000000000000004", 0.1 + 0.2);
        row("12345678901234567890", 12345678901234567890.0);
        row("1.7976931348623157e308", std::numeric_limits<double>::max());
        row("1e400", std::nullopt);
        row("-1e99999999999999999999", std::nullopt);
        row("1e-400", 0.0);
        row("-0.0001e-99999999999999999999", 0.0);
        row("5e-324", std::numeric_limits<double>::denorm_min());
    }
    void numbers()
    {
        QFETCH(QByteArray, text);
        QFETCH(std::optional<double>, value);
        QCOMPARE(parsed(text).root().number(), value);
    }

    void typesDoNotMix()
    {
        const Document document = parsed(R"({"s":"7","n":7,"b":true,"z":null})");
        QVERIFY(!document["s"].integer());
        QVERIFY(!document["s"].number());
        QVERIFY(!document["n"].string());
        QVERIFY(!document["n"].equals("7"));
        QVERIFY(!document["n"].boolean());
        QVERIFY(!document["z"].boolean());
        QVERIFY(document["z"].booleanOr(true));
        QCOMPARE(document["b"].integerOr(3), 3);
        QVERIFY(!document["s"]["x"].exists());
    }

    void lines()
    {
        const Document document = parsed("\n{\n  \"a\": 1,\n\n  \"b\":\n [2]\n}\n");
        QCOMPARE(document.lineOf(document.root()), 2);
        QCOMPARE(document.lineOf(document["a"]), 3);
        QCOMPARE(document.lineOf(document["b"]), 6);
        QCOMPARE(document.lineOf(document["none"]), 0);
    }

    void documentsShareTheirBytes()
    {
        QByteArray text(R"({"a":"x"})");
        Document first = parsed(text);
        QCOMPARE(first.text().constData(), text.constData());
        const Document second = first;
        const View view = second["a"];
        text[6] = 'y'; // the caller's own copy parts from the document's
        first = parsed("[]");
        QVERIFY(view.equals("x"));
        QVERIFY(second["a"].equals("x"));
    }
};

} // namespace fairlead::json

QTEST_GUILESS_MAIN(fairlead::json::ViewTest)
#include "ViewTest.moc"

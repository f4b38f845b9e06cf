// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Splice.h"

#include <QtTest>

namespace fairlead::json
{

class SpliceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void noEditsShareTheBytes()
    {
        const QByteArray text(R"( {"a": 1} )");
        const auto document = Document::parse(text);
        QVERIFY(document);
        const QByteArray same = Splice(*document).remove(document->root(), "b").apply();
        QCOMPARE(same.constData(), text.constData());
    }

    void removes_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("names");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const char *text, const char *names, const char *expected) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(names) << QByteArray(expected);
        };
        row("first", R"({"a":1,"b":2,"c":3})", "a", R"({"b":2,"c":3})");
        row("middle", R"({"a":1,"b":2,"c":3})", "b", R"({"a":1,"c":3})");
        row("last", R"({"a":1,"b":2,"c":3})", "c", R"({"a":1,"b":2})");
        row("only", R"({ "a" : 1 })", "a", R"({  })");
        row("first two", R"({"a":1,"b":2,"c":3})", "ba", R"({"c":3})");
        row("last two", R"({"a":1,"b":2,"c":3})", "bc", R"({"a":1})");
        row("outer two", R"({"a":1,"b":2,"c":3})", "ca", R"({"b":2})");
        row("all", R"({"a":1,"b":2,"c":3})", "bca", R"({})");
        row("none there", R"({"a":1})", "z", R"({"a":1})");
        row("spaced", "{\n  \"a\": 1,\n  \"b\": 2 ,\n  \"c\": 3\n}", "b", "{\n  \"a\": 1 ,\n  \"c\": 3\n}");
        row("spaced first", "{\n  \"a\": 1,\n  \"b\": 2\n}", "a", "{\n  \"b\": 2\n}");
        row("duplicates", R"({"a":1,"b":2,"a":3})", "a", R"({"b":2})");
        row("escaped key", R"({"\u0061":1,"b":2})", "a", R"({"b":2})");
    }
    void removes()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, names);
        const auto document = Document::parse(text);
        QVERIFY(document);
        Splice splice(*document);
        for (const char &name : names)
            splice.remove(document->root(), QByteArrayView(&name, 1));
        QTEST(splice.apply(), "expected");
    }

    void sets_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const char *text, const char *expected) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(expected);
        };
        row("in place", R"({"x": 1.0 , "m" : "old", "y":[ 1 ]})", R"({"x": 1.0 , "m" : "new", "y":[ 1 ]})");
        row("added", R"({"x":1})", R"({"x":1,"m":"new"})");
        row("added before space", "{\"x\":1 \n}", "{\"x\":1,\"m\":\"new\" \n}");
        row("empty", R"({})", R"({"m":"new"})");
        row("empty with space", R"({ })", R"({"m":"new" })");
        row("duplicates", R"({"m":1,"m":2})", R"({"m":"new","m":"new"})");
        row("object value", R"({"m":{"m":1}})", R"({"m":"new"})");
    }
    void sets()
    {
        QFETCH(QByteArray, text);
        const auto document = Document::parse(text);
        QVERIFY(document);
        QTEST(Splice(*document).set(document->root(), "m", R"("new")").apply(), "expected");
    }

    void manyEditsInAnyOrder()
    {
        const auto document
            = Document::parse(R"({"model":"a","stream":true,"o":{"x":1},"list":[1,{"k":2}]})");
        QVERIFY(document);
        const View root = document->root();
        Splice splice(*document);
        splice.set(root, "zz", "9")
            .replace(root["list"].at(0), "10")
            .set(root["o"], "y", "2")
            .remove(root, "stream")
            .set(root, "model", R"("b")")
            .remove(root["list"].at(1), "k")
            .remove(root["o"], "x");
        QCOMPARE(splice.apply(), QByteArray(R"({"model":"b","o":{"y":2},"list":[10,{}],"zz":9})"));
    }

    void laterWins()
    {
        const auto document = Document::parse(R"({"a":1,"b":{"c":2}})");
        QVERIFY(document);
        const View root = document->root();
        QCOMPARE(
            Splice(*document).set(root, "a", "2").remove(root, "a").apply(), QByteArray(R"({"b":{"c":2}})"));
        QCOMPARE(
            Splice(*document).remove(root, "a").set(root, "a", "2").apply(),
            QByteArray(R"({"a":2,"b":{"c":2}})"));
        QCOMPARE(
            Splice(*document).set(root, "n", "1").set(root, "n", "2").apply(),
            QByteArray(R"({"a":1,"b":{"c":2},"n":2})"));
        QCOMPARE(
            Splice(*document).set(root, "n", "1").remove(root, "n").apply(),
            QByteArray(R"({"a":1,"b":{"c":2}})"));
        QCOMPARE(
            Splice(*document).replace(root["a"], "5").set(root, "a", "6").apply(),
            QByteArray(R"({"a":6,"b":{"c":2}})"));
        QCOMPARE(
            Splice(*document).set(root, "a", "6").replace(root["a"], "5").apply(),
            QByteArray(R"({"a":5,"b":{"c":2}})"));
        // An edit inside something replaced or removed goes with it.
        QCOMPARE(
            Splice(*document).set(root["b"], "c", "3").set(root, "b", "[]").apply(),
            QByteArray(R"({"a":1,"b":[]})"));
        QCOMPARE(
            Splice(*document).remove(root, "b").set(root["b"], "d", "3").apply(), QByteArray(R"({"a":1})"));
    }

    void missingAndForeignKindsAreLeftAlone()
    {
        const auto document = Document::parse(R"({"a":[1]})");
        QVERIFY(document);
        const View root = document->root();
        Splice splice(*document);
        splice.replace(root["none"], "1")
            .set(root["a"], "x", "1")
            .remove(root["a"], "x")
            .set(View(), "x", "1");
        QCOMPARE(splice.apply(), document->text());
    }
};

} // namespace fairlead::json

QTEST_GUILESS_MAIN(fairlead::json::SpliceTest)
#include "SpliceTest.moc"

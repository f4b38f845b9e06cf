// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Splice.h"

#include "core/json/RandomJson.h"

#include <QtTest>

#include <algorithm>

namespace fairlead::json {

namespace {

using Members = QList<std::pair<QByteArray, QByteArray>>;

Members membersOf(View object)
{
    Members members;
    for (const auto &[key, value] : object.members())
        members.append({key, value.rawCopy()});
    return members;
}

void set(Members &members, const QByteArray &name, const QByteArray &json)
{
    for (auto &member : members) {
        if (member.first == name) {
            member.second = json;
            return;
        }
    }
    members.append({name, json});
}

void erase(Members &members, const QByteArray &name)
{
    members.removeIf([&](const auto &member) { return member.first == name; });
}

/// A name that was removed and set again keeps its old place in the text, so order is compared elsewhere.
Members sorted(Members members)
{
    std::sort(members.begin(), members.end());
    return members;
}

View descend(View view, test::RandomJson &random)
{
    while (view.count() > 0 && random.below(3)) {
        if (view.isArray()) {
            view = view.at(random.below(static_cast<int>(view.count())));
            continue;
        }
        auto member = view.members().begin();
        for (int skip = random.below(static_cast<int>(view.count())); skip > 0; --skip)
            ++member;
        view = member->value;
    }
    return view;
}

} // namespace

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

    /// Random edits to random documents read back as the same edits made one by one to a list of names and
    /// values.
    void randomEdits()
    {
        test::RandomJson random(4711);
        for (int round = 0; round < 3000; ++round) {
            const auto document = Document::parse(random.space() + random.object(2) + random.space());
            QVERIFY(document);
            const View root = document->root();
            Members expected;
            QByteArrayList names{"new", "n\"w", "\xC3\xA4"};
            for (const auto &[key, value] : root.members()) {
                expected.append({key, value.rawCopy()});
                names << key;
            }
            Splice splice(*document);
            for (int left = random.below(6); left > 0; --left) {
                const QByteArray name = names.at(random.below(static_cast<int>(names.size())));
                if (random.below(2)) {
                    const QByteArray json = random.value(1);
                    splice.set(root, name, json);
                    set(expected, name, json);
                } else {
                    splice.remove(root, name);
                    erase(expected, name);
                }
            }
            const auto edited = Document::parse(splice.apply());
            QVERIFY2(edited, splice.apply().constData());
            QCOMPARE(sorted(membersOf(edited->root())), sorted(expected));
        }
    }

    void randomNestedEditsStayValid()
    {
        test::RandomJson random(815);
        for (int round = 0; round < 3000; ++round) {
            const auto document = Document::parse(random.object(4));
            QVERIFY(document);
            Splice splice(*document);
            for (int left = random.below(8); left > 0; --left) {
                const View at = descend(document->root(), random);
                const QByteArray name
                    = at.isObject() && at.count() ? at.members().begin()->key : QByteArray("x");
                switch (random.below(3)) {
                case 0:
                    splice.replace(at, random.value(1));
                    break;
                case 1:
                    splice.remove(at, name);
                    break;
                default:
                    splice.set(at, random.below(2) ? name : QByteArray("added"), random.value(1));
                }
            }
            QVERIFY2(Document::parse(splice.apply()), splice.apply().constData());
        }
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

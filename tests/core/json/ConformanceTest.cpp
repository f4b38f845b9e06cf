// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/json/RandomJson.h"
#include "core/json/ReferenceGrammar.h"
#include "json/View.h"

#include <QtTest>

#ifdef Q_OS_UNIX
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace fairlead::json {

namespace {

struct Case {
    const char *name;
    QByteArray text;
};

QByteArray nested(int depth, const char *open, const char *inside, const char *close)
{
    return QByteArray(open).repeated(depth) + inside + QByteArray(close).repeated(depth);
}

void rows(const std::vector<Case> &cases)
{
    QTest::addColumn<QByteArray>("text");
    for (const Case &row : cases)
        QTest::newRow(row.name) << row.text;
}

} // namespace

class ConformanceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accepts_data()
    {
        rows({
            {"null", "null"},
            {"true", "true"},
            {"false", " false "},
            {"zero", "0"},
            {"minus zero", "-0"},
            {"minus zero point", "-0.0"},
            {"integer", "1234567890"},
            {"beyond int64", "9223372036854775808"},
            {"beyond uint64", "123456789012345678901234567890"},
            {"fraction", "1.000000000000000000000000000000001"},
            {"exponents", "[1e5,1E5,1e+5,1E-5,0e0,1.5e007]"},
            {"beyond double", "[1e400,-1e999999999999,1e-400]"},
            {"empty string", "\"\""},
            {"all escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uABcd\""},
            {"lone high surrogate escape", "\"\\ud800\""},
            {"lone low surrogate escape", "\"\\udfff\""},
            {"surrogate pair escape", "\"\\ud83d\\ude00\""},
            {"del", "\"\x7F\""},
            {"utf-8 of every length",
             "\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""},
            {"around the surrogates", "\"\xED\x9F\xBF\xEE\x80\x80\""},
            {"non-character", "\"\xEF\xBF\xBE\""},
            {"bom inside a string", "\"\xEF\xBB\xBF\""},
            {"line separators", "\"\xE2\x80\xA8\xE2\x80\xA9\""},
            {"white space", "\t\r\n [ \t\r\n ] \t\r\n"},
            {"empty key", "{\"\":0}"},
            {"duplicate keys", "{\"a\":1,\"a\":2}"},
            {"escaped key", "{\"\\u0061\":1}"},
            {"structure in strings", "[\"{\",\"[\",\"\\\"]\",\"}:,\"]"},
            {"backslashes before quotes", "[\"\\\\\",\"\\\\\\\\\",\"\\\\\\\"\"]"},
            {"empty containers", "[{},[],{\"a\":{}},[[]]]"},
            {"deepest arrays", nested(128, "[", "", "]")},
            {"deepest objects", nested(127, "{\"a\":", "{}", "}")},
            {"string across blocks", '"' + QByteArray(200, 'x') + "\\\"" + QByteArray(200, 'y') + '"'},
            {"escapes across blocks", '"' + QByteArray("\\\\").repeated(70) + "\\\"\""},
        });
    }
    void accepts()
    {
        QFETCH(QByteArray, text);
        const auto document = Document::parse(text);
        QVERIFY2(document, document ? "" : document.error().message().constData());
        QCOMPARE(document->text(), text);
        QCOMPARE(document->root().rawCopy(), text.trimmed());
        QVERIFY(test::ReferenceGrammar::accepts(text));
    }

    void rejects_data()
    {
        rows({
            {"nothing", ""},
            {"space only", " \n\t"},
            {"bom", "\xEF\xBB\xBF{}"},
            {"bom only", "\xEF\xBB\xBF"},
            {"two values", "1 2"},
            {"two strings", "\"a\"\"b\""},
            {"two objects", "{}{}"},
            {"garbage behind", "{} x"},
            {"closer behind", "[]]"},
            {"comma behind", "[],"},
            {"nul behind", QByteArray("{}\0", 3)},
            {"nul", QByteArray("\0", 1)},
            {"trailing comma in array", "[1,]"},
            {"trailing comma in object", "{\"a\":1,}"},
            {"leading comma", "[,1]"},
            {"double comma", "[1,,2]"},
            {"only a comma", "[,]"},
            {"missing comma", "[1 2]"},
            {"missing comma between members", "{\"a\":1 \"b\":2}"},
            {"missing colon", "{\"a\" 1}"},
            {"double colon", "{\"a\"::1}"},
            {"missing value", "{\"a\":}"},
            {"missing value and comma", "{\"a\":,\"b\":1}"},
            {"key only", "{\"a\"}"},
            {"key is a number", "{1:1}"},
            {"key is bare", "{a:1}"},
            {"key in single quotes", "{'a':1}"},
            {"colon in array", "[\"a\":1]"},
            {"open array", "[1"},
            {"open array after comma", "[1,"},
            {"open object", "{"},
            {"open object after key", "{\"a\""},
            {"open object after colon", "{\"a\":"},
            {"open object after value", "{\"a\":1"},
            {"crossed brackets", "[1}"},
            {"crossed nesting", "{\"a\":[}]"},
            {"closer only", "]"},
            {"colon only", ":"},
            {"open string", "\"abc"},
            {"open string after escape", "\"abc\\\""},
            {"open escape", "\"abc\\"},
            {"single quotes", "'a'"},
            {"line comment", "[1] // x"},
            {"block comment", "/* x */ [1]"},
            {"hash comment", "# x\n1"},
            {"NaN", "NaN"},
            {"nan in array", "[nan]"},
            {"Infinity", "Infinity"},
            {"minus infinity", "[-Infinity]"},
            {"undefined", "undefined"},
            {"capital true", "True"},
            {"cut true", "tru"},
            {"long true", "truex"},
            {"true and quote", "[true\"a\"]"},
            {"nulls", "nullnull"},
            {"number and quote", "[1\"a\"]"},
            {"number and brace", "[1{}]"},
            {"leading zero", "01"},
            {"minus leading zero", "-01"},
            {"minus", "-"},
            {"two minuses", "--1"},
            {"plus", "+1"},
            {"leading point", ".5"},
            {"minus point", "-.5"},
            {"trailing point", "5."},
            {"point exponent", "5.e3"},
            {"two points", "1.2.3"},
            {"empty exponent", "1e"},
            {"signed empty exponent", "1e+"},
            {"two exponents", "1e5e5"},
            {"fraction in exponent", "1e5.5"},
            {"hex", "0x10"},
            {"underscore", "1_000"},
            {"space in number", "1 .5"},
            {"full-width digit", "\xEF\xBC\x91"},
            {"escape x", "\"\\x41\""},
            {"escape quote", "\"\\'\""},
            {"escape nul", QByteArray("\"\\\0\"", 4)},
            {"escape newline", "\"\\\n\""},
            {"escape capital u", "\"\\U0041\""},
            {"short u", "\"\\u004\""},
            {"shorter u", "\"\\u\""},
            {"u with g", "\"\\u004g\""},
            {"u at the end", "\"\\u00"},
            {"escape outside a string", "\\\"a\""},
            {"escape behind a string", "[\"a\"\\]"},
            {"newline in string", "\"a\nb\""},
            {"tab in string", "\"a\tb\""},
            {"nul in string", QByteArray("\"a\0b\"", 5)},
            {"unit separator in string", "\"a\x1F\""},
            {"control in key", "{\"a\n\":1}"},
            {"form feed as space", "[\f1]"},
            {"vertical tab as space", "[\v1]"},
            {"substitute as colon", "{\"a\"\x1A"
                                    "1}"},
            {"form feed as comma", "[1\f2]"},
            {"no-break space", "[\xC2\xA0"
                               "1]"},
            {"lone continuation", "\"\x80\""},
            {"lone lead", "\"\xC3\""},
            {"cut three bytes", "\"\xE2\x82\""},
            {"cut at the end", "\"\xE2\x82"},
            {"overlong slash", "\"\xC0\xAF\""},
            {"overlong in three", "\"\xE0\x80\xAF\""},
            {"overlong in four", "\"\xF0\x80\x80\xAF\""},
            {"overlong nul", "\"\xC0\x80\""},
            {"surrogate in utf-8", "\"\xED\xA0\x80\""},
            {"surrogate pair in utf-8", "\"\xED\xA0\xBD\xED\xB8\x80\""},
            {"over U+10FFFF", "\"\xF4\x90\x80\x80\""},
            {"five bytes", "\"\xF8\x88\x80\x80\x80\""},
            {"ff", "\"\xFF\""},
            {"latin-1", "\"caf\xE9\""},
            {"utf-16", QByteArray("\xFF\xFE[\0]\0", 6)},
            {"bad utf-8 in a key", "{\"\xFF\":1}"},
            {"bad utf-8 outside", "[1,\xFF]"},
            {"bad utf-8 behind", "[1]\xFF"},
        });
    }
    void rejects()
    {
        QFETCH(QByteArray, text);
        const auto document = Document::parse(text);
        QVERIFY(!document);
        QCOMPARE(document.error().kind(), ErrorKind::Invalid);
        QVERIFY(document.error().message().startsWith("invalid JSON: "));
        QVERIFY(text.startsWith("\xEF\xBB\xBF") || !test::ReferenceGrammar::accepts(text));
    }

    void depth_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("most");
        QTest::addColumn<bool>("valid");
        QTest::newRow("129 arrays") << nested(129, "[", "", "]") << 128 << false;
        QTest::newRow("129 objects") << nested(128, "{\"a\":", "{}", "}") << 128 << false;
        QTest::newRow("never closed") << QByteArray(100000, '[') << 128 << false;
        QTest::newRow("scalar at no depth") << QByteArray("1") << 0 << true;
        QTest::newRow("array at no depth") << QByteArray("[]") << 0 << false;
        QTest::newRow("two of two") << QByteArray("[{}]") << 2 << true;
        QTest::newRow("three of two") << QByteArray("[{\"a\":[]}]") << 2 << false;
        QTest::newRow("wide is not deep") << "[" + QByteArray("[],").repeated(1000) + "[]]" << 2 << true;
        QTest::newRow("very deep if asked") << nested(200000, "[", "", "]") << 200000 << true;
    }
    void depth()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, most);
        QTEST(Document::parse(text, Document::Limits{.maxDepth = most}).has_value(), "valid");
    }

    void messages_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *text, const char *message) {
            QTest::newRow(message) << QByteArray(text) << "invalid JSON: " + QByteArray(message);
        };
        row("{\n  \"a\": 1,\n}", "expected a member name in double quotes at line 3, column 1 (byte 12)");
        row("[1 2]", "expected ',' or ']' at line 1, column 4 (byte 3)");
        row("{\"a\" 1}", "expected ':' after the member name at line 1, column 6 (byte 5)");
        row("{\"a\":1", "the text ends too early at line 1, column 7 (byte 6)");
        row("[tru]", "expected a value at line 1, column 2 (byte 1)");
        row("[01]", "unexpected character after a value at line 1, column 3 (byte 2)");
        row("[1.]", "invalid number at line 1, column 2 (byte 1)");
        row("[\"\xC3\xA4\\x\"]", "invalid escape in a string at line 1, column 4 (byte 4)");
        row("[\n\"ab\xFF\"]", "invalid UTF-8 at line 2, column 4 (byte 5)");
        row("[\"a\tb\"]",
            "control character in a string; write it as an escape at line 1, column 4 (byte 3)");
        row("[\"ab", "the string is not closed at line 1, column 2 (byte 1)");
        row("{} {}", "unexpected text after the value at line 1, column 4 (byte 3)");
        row(" \n ", "the text is empty");
        row("\xEF\xBB\xBF{}", "the text starts with a byte order mark (EF BB BF); send UTF-8 without one");
        QTest::newRow("depth") << QByteArray(
            200, '[') << QByteArray("invalid JSON: too deeply nested at line 1, column 129 (byte 128)");
    }
    void messages()
    {
        QFETCH(QByteArray, text);
        const auto document = Document::parse(text);
        QVERIFY(!document);
        QTEST(document.error().message(), "message");
    }

    void anySize()
    {
        // Small after large and over the size up to which the index is kept.
        for (const int size : {10, 100000, 3000000, 70000, 1 << 20, 5}) {
            const QByteArray dense = "[" + QByteArray("1,").repeated(size / 2) + "1";
            QVERIFY(Document::parse(dense + "]"));
            const QByteArray image = "[\"" + QByteArray(size, 'A');
            QVERIFY(Document::parse(image + "\"]"));
            const auto open = Document::parse(dense);
            QVERIFY(!open);
            QVERIFY(open.error().message().contains(
                "(byte " + QByteArray::number(qlonglong(dense.size())) + ')'));
            const auto damaged = Document::parse(image + "\xFF\"]");
            QVERIFY(!damaged);
            QVERIFY(damaged.error().message().contains("invalid UTF-8"));
        }
    }

    void agreesWithTheReferenceOnDamagedText()
    {
        test::RandomJson random(20260);
        static constexpr char bytes[] = "{}[],:\"\\ue0-1.\n\f\x1A \x80\xC3\xA4\xEDtn";
        int valid = 0;
        for (int round = 0; round < 4000; ++round) {
            QByteArray text = random.object(3);
            for (int damage = random.below(3); damage >= 0; --damage) {
                const int at = random.below(static_cast<int>(text.size()));
                const char byte = bytes[random.below(sizeof bytes)];
                switch (random.below(4)) {
                case 0:
                    text.remove(at, 1);
                    break;
                case 1:
                    text.insert(at, byte);
                    break;
                case 2:
                    text[at] = byte;
                    break;
                default:
                    text.truncate(random.below(8) ? text.size() : at);
                }
                if (text.isEmpty())
                    text = "{";
            }
            const bool expected = test::ReferenceGrammar::accepts(text);
            valid += expected ? 1 : 0;
            QVERIFY2(Document::parse(text).has_value() == expected, text.constData());
        }
        QVERIFY(valid > 400 && valid < 3600); // both sides are exercised
    }

    void readsNothingBehindTheText()
    {
#ifdef Q_OS_UNIX
        // The text ends where a page ends, and the next page must not be touched.
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        void *const area
            = mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        QVERIFY(area != MAP_FAILED);
        char *const wall = static_cast<char *>(area) + page;
        QCOMPARE(mprotect(wall, page, PROT_NONE), 0);
        test::RandomJson random(7);
        int done = 0;
        for (int round = 0; round < 2000; ++round) {
            const QByteArray text = random.value(2);
            if (text.size() > static_cast<qsizetype>(page))
                continue;
            char *const start = wall - text.size();
            std::copy(text.begin(), text.end(), start);
            const auto document = Document::parse(QByteArray::fromRawData(start, text.size()));
            QVERIFY(document);
            qsizetype seen = document->root().count();
            for (const Member &member : document->root().members())
                seen += document->root()[QByteArrayView(member.key)].stringOr("none").size();
            for (const View element : document->root().elements())
                seen += element.raw().size();
            done += seen >= 0 ? 1 : 0;
        }
        QVERIFY(done > 1000);
        munmap(area, 2 * page);
#endif
    }
};

} // namespace fairlead::json

QTEST_GUILESS_MAIN(fairlead::json::ConformanceTest)
#include "ConformanceTest.moc"

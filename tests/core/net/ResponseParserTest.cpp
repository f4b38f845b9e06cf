// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/ResponseParser.h"

#include <QTest>

using namespace fairlead;
using net::ResponseParser;
using State = ResponseParser::State;

namespace {

constexpr qsizetype MostHead = 64 * 1024;

struct Parsed {
    State state = State::Head;
    int status = 0;
    QByteArray reason;
    QByteArray fields;
    QByteArray body;
    bool reusable = false;
    bool operator==(const Parsed &) const = default;
};

Parsed parse(const std::vector<QByteArray> &pieces, bool answersHead, bool end)
{
    ResponseParser parser(MostHead);
    parser.start(answersHead);
    Parsed parsed;
    for (const QByteArray &piece : pieces)
        (void)parser.feed(piece, parsed.body);
    if (end)
        (void)parser.feedEnd();
    parsed.state = parser.state();
    parsed.status = parser.headComplete() ? parser.status() : 0;
    parsed.reason = parser.headComplete() ? parser.reason() : QByteArray();
    for (const auto &[name, value] : parser.headers())
        parsed.fields += name + '=' + value + ';';
    parsed.reusable = parser.reusable();
    return parsed;
}

} // namespace

class ResponseParserTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answers_data();
    void answers();
    void everySplitGivesTheSame_data() { answers_data(); }
    void everySplitGivesTheSame();
    void refuses_data();
    void refuses();
    void headLimit();
    void floods_data();
    void floods();
    void bytesBehindTheEndSpoilReuse();
    void closedBeforeAnythingIsNoAnswer();
    void startsOver();
};

void ResponseParserTest::answers_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<bool>("answersHead");
    QTest::addColumn<bool>("end");
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("reusable");
    const auto row = [](const char *name, const QByteArray &wire, bool head, bool end, State state,
                        int status, const QByteArray &body, bool reusable) {
        QTest::newRow(name) << wire << head << end << static_cast<int>(state) << status << body << reusable;
    };
    const QByteArray ok = "HTTP/1.1 200 OK\r\n";
    row("length", ok + "Content-Length: 5\r\n\r\nhello", false, false, State::Complete, 200, "hello", true);
    row("the same length twice", ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", false, false,
        State::Complete, 200, "hi", true);
    row("empty body", ok + "Content-Length: 0\r\n\r\n", false, false, State::Complete, 200, "", true);
    row("chunked", ok + "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
        false, false, State::Complete, 200, "abc0123456789", true);
    row("chunked with trailers",
        ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", false, false,
        State::Complete, 200, "a", true);
    row("until close", ok + "\r\nthe rest", false, true, State::Complete, 200, "the rest", false);
    row("until close, nothing", ok + "\r\n", false, true, State::Complete, 200, "", false);
    row("close wished", ok + "Connection: close\r\nContent-Length: 1\r\n\r\nx", false, false, State::Complete,
        200, "x", false);
    row("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", false, false, State::Complete, 200, "x",
        false);
    row("HTTP/1.0 keep-alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
        false, false, State::Complete, 200, "x", true);
    row("HEAD", ok + "Content-Length: 500\r\n\r\n", true, false, State::Complete, 200, "", true);
    row("204", "HTTP/1.1 204 No Content\r\n\r\n", false, false, State::Complete, 204, "", true);
    row("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", false, false, State::Complete, 304,
        "", true);
    row("interim answers",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok
            + "Content-Length: 1\r\n\r\nx",
        false, false, State::Complete, 200, "x", true);
    row("empty reason", "HTTP/1.1 429 \r\nContent-Length: 1\r\n\r\nx", false, false, State::Complete, 429,
        "x", true);
    row("folded field", ok + "X-Long: one\r\n two\r\nContent-Length: 1\r\n\r\nx", false, false,
        State::Complete, 200, "x", true);
    row("short of its length", ok + "Content-Length: 5\r\n\r\nhel", false, true, State::Truncated, 200, "hel",
        false);
    row("chunk cut", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", false, true, State::Truncated, 200,
        "hel", false);
    row("no last chunk", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", false, true, State::Truncated,
        200, "hel", false);
    row("trailer cut", ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n0\r\nX: ", false, true,
        State::Truncated, 200, "hel", false);
    row("head cut", ok + "Content-Le", false, true, State::Truncated, 0, "", false);
}

void ResponseParserTest::answers()
{
    QFETCH(const QByteArray, wire);
    QFETCH(const bool, answersHead);
    QFETCH(const bool, end);
    const Parsed parsed = parse({wire}, answersHead, end);
    QTEST(static_cast<int>(parsed.state), "state");
    QTEST(parsed.status, "status");
    QTEST(parsed.body, "body");
    QTEST(parsed.reusable, "reusable");
}

void ResponseParserTest::everySplitGivesTheSame()
{
    QFETCH(const QByteArray, wire);
    QFETCH(const bool, answersHead);
    QFETCH(const bool, end);
    const Parsed whole = parse({wire}, answersHead, end);
    std::vector<QByteArray> single;
    for (qsizetype at = 0; at < wire.size(); ++at) {
        QVERIFY2(
            parse({wire.first(at), wire.sliced(at)}, answersHead, end) == whole,
            QByteArray::number(at).constData());
        single.push_back(wire.sliced(at, 1));
    }
    QVERIFY(parse(single, answersHead, end) == whole);
}

void ResponseParserTest::refuses_data()
{
    QTest::addColumn<QByteArray>("wire");
    const QByteArray ok = "HTTP/1.1 200 OK\r\n";
    QTest::newRow("garbage") << QByteArray("\x16\x03\x01\x02\r\n\r\n");
    QTest::newRow("another protocol") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    QTest::newRow("HTTP/2") << QByteArray("HTTP/2.0 200 OK\r\n\r\n");
    QTest::newRow("status of two digits") << QByteArray("HTTP/1.1 20 OK\r\n\r\n");
    QTest::newRow("status below 100") << QByteArray("HTTP/1.1 050 Odd\r\nContent-Length: 0\r\n\r\n");
    QTest::newRow("unasked 101") << QByteArray("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    QTest::newRow("length and chunked")
        << ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    QTest::newRow("chunked and length")
        << ok + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n";
    QTest::newRow("differing lengths") << ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd";
    QTest::newRow("list of lengths") << ok + "Content-Length: 3, 4\r\n\r\nabcd";
    QTest::newRow("negative length") << ok + "Content-Length: -1\r\n\r\n";
    QTest::newRow("signed length") << ok + "Content-Length: +1\r\n\r\nx";
    QTest::newRow("length no number") << ok + "Content-Length: 0x10\r\n\r\n";
    QTest::newRow("length over 64 bits") << ok + "Content-Length: 18446744073709551616\r\n\r\n";
    QTest::newRow("coding we do not know") << ok + "Transfer-Encoding: gzip\r\n\r\n";
    QTest::newRow("chunked not last") << ok + "Transfer-Encoding: chunked, gzip\r\n\r\n";
    QTest::newRow("chunk size no number") << ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n";
    QTest::newRow("chunk longer than said") << ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n";
    QTest::newRow("field without colon") << ok + "Nonsense\r\n\r\n";
    QTest::newRow("space before colon") << ok + "Content-Length : 1\r\n\r\nx";
    QTest::newRow("NUL in a value") << ok + QByteArray("X: a\0b\r\n\r\n", 11);
}

void ResponseParserTest::refuses()
{
    QFETCH(const QByteArray, wire);
    ResponseParser parser(MostHead);
    QByteArray body;
    QVERIFY(parser.feed(wire, body) == State::Bad);
    QVERIFY(!parser.problem().isEmpty());
    QVERIFY(!parser.reusable());
    QVERIFY(parser.feed("HTTP/1.1 200 OK\r\n\r\n", body) == State::Bad); // it stays bad
}

void ResponseParserTest::headLimit()
{
    const auto withFields = [](int count) {
        QByteArray wire = "HTTP/1.1 200 OK\r\n";
        for (int i = 0; i < count; ++i)
            wire += "X-Filler: " + QByteArray(1000, 'x') + "\r\n";
        return wire + "Content-Length: 1\r\n\r\nx";
    };
    QVERIFY(parse({withFields(60)}, false, false).state == State::Complete);
    QVERIFY(parse({withFields(70)}, false, false).state == State::Bad);

    const QByteArray start = "HTTP/1.1 200 OK\r\n";
    for (const qsizetype beyond : {0, 1}) {
        const QByteArray filler(MostHead + beyond - start.size() - 7, 'x');
        const QByteArray head = start + "X: " + filler + "\r\n\r\n";
        const auto expected = beyond == 0 ? State::Body : State::Bad;
        QVERIFY(parse({head}, false, false).state == expected);
        QVERIFY(parse({start, head.mid(start.size())}, false, false).state == expected);
        QVERIFY(parse({head.chopped(1), "\n"}, false, false).state == expected);
    }
}

void ResponseParserTest::floods_data()
{
    QTest::addColumn<QByteArray>("begin");
    QTest::addColumn<QByteArray>("repeat");
    QTest::newRow("status line") << QByteArray("HTTP/1.1 200 ") << QByteArray(1000, 'a');
    QTest::newRow("one field") << QByteArray("HTTP/1.1 200 OK\r\nX: ") << QByteArray(1000, 'a');
    QTest::newRow("fields") << QByteArray("HTTP/1.1 200 OK\r\n") << QByteArray("A: b\r\n");
    QTest::newRow("interim") << QByteArray() << QByteArray("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n");
    QTest::newRow("chunk extension") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;")
                                     << QByteArray(1000, 'a');
    QTest::newRow("trailers") << QByteArray("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
                              << QByteArray("A: b\r\n");
}

void ResponseParserTest::floods()
{
    QFETCH(const QByteArray, begin);
    QFETCH(const QByteArray, repeat);
    ResponseParser parser(MostHead);
    QByteArray body;
    (void)parser.feed(begin, body);
    qsizetype fed = 0;
    while (parser.feed(repeat, body) != State::Bad && fed < 10 * MostHead)
        fed += repeat.size();
    QVERIFY2(fed <= 8 * MostHead, QByteArray::number(fed).constData());
}

void ResponseParserTest::bytesBehindTheEndSpoilReuse()
{
    const QByteArray wire = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    QVERIFY(parse({wire}, false, false).reusable);
    QVERIFY(!parse({wire + 'y'}, false, false).reusable);
    QVERIFY(!parse({wire, "HTTP/1.1"}, false, false).reusable);
    QCOMPARE(parse({wire, "HTTP/1.1"}, false, false).body, QByteArray("x"));
}

void ResponseParserTest::closedBeforeAnythingIsNoAnswer()
{
    ResponseParser parser(MostHead);
    QByteArray body;
    QVERIFY(parser.feedEnd() == State::Head);
    QVERIFY(!parser.hasBegun());
    QVERIFY(parser.feed("HTTP/1.1 100 Continue\r\n\r\n", body) == State::Head);
    QVERIFY(!parser.hasBegun());
    QVERIFY(parser.feed("H", body) == State::Head);
    QVERIFY(parser.hasBegun());
}

void ResponseParserTest::startsOver()
{
    ResponseParser parser(MostHead);
    QByteArray body;
    (void)parser.feed("HTTP/1.1 500 Broken\r\nContent-Length: 1\r\nA: b\r\n\r\nx", body);
    parser.start(true);
    QVERIFY(!parser.headComplete());
    QVERIFY(parser.headers().isEmpty());
    QVERIFY(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", body) == State::Complete);
    QCOMPARE(parser.status(), 200);
}

QTEST_GUILESS_MAIN(ResponseParserTest)
#include "ResponseParserTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/RequestParser.h"

#include <QTest>

#include <algorithm>
#include <vector>

using namespace fairlead;
using namespace fairlead::http;
using Step = RequestParser::Step;

namespace {

constexpr qsizetype MostHead = 4096;
constexpr qsizetype MostBody = 100'000;

/// Feeds like a connection does: what is not taken comes again with more behind it.
class Feeder
{
public:
    explicit Feeder(RequestParser &parser)
        : m_parser(parser)
    { }
    void add(QByteArrayView bytes)
    {
        m_left.append(bytes);
        while (m_parser.step() == Step::NeedsMore) {
            const qsizetype taken = m_parser.feed(m_left);
            m_left.remove(0, taken);
            if (taken == 0)
                break;
        }
    }
    [[nodiscard]] const QByteArray &left() const { return m_left; }

private:
    RequestParser &m_parser;
    QByteArray m_left;
};

QByteArray describe(const Request &request)
{
    QByteArray out = request.method + '|' + request.target + '|' + request.path + '|' + request.query + '|'
                     + (request.keepAlive ? "keep" : "close") + '\n';
    for (const auto &[name, value] : request.headers)
        out += name + '=' + value + '\n';
    return out + '\n' + request.body;
}

QByteArray parseWhole(const QByteArray &bytes)
{
    RequestParser parser(MostHead, MostBody);
    Feeder(parser).add(bytes);
    return parser.step() == Step::Complete ? describe(parser.takeRequest()) : QByteArray();
}

int statusOf(const QByteArray &bytes)
{
    RequestParser parser(MostHead, MostBody);
    Feeder(parser).add(bytes);
    switch (parser.step()) {
    case Step::NeedsMore:
        return 0;
    case Step::Complete:
        return 200;
    case Step::Failed:
        return parser.refusalMessage().isEmpty() ? -1 : parser.refusalStatus();
    }
    return -1;
}

struct Sample {
    const char *name;
    QByteArray bytes;
};

const std::vector<Sample> &samples()
{
    static const std::vector<Sample> all{
        {"get", "GET /v1/models?limit=2 HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        {"leading empty line", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"post", "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                 "Content-Length: 15\r\nAuthorization: Bearer t\r\n\r\n{\"model\":\"m\" } "},
        {"empty body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"},
        {"chunked", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n10;name=\"v\"\r\n0123456789abcdef\r\n0\r\n\r\n"},
        {"chunked, empty", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"chunked with trailers", "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                                  "1\r\nx\r\n000\r\nX-Sum: 1\r\nHost: evil\r\n\r\n"},
        {"http/1.0", "GET / HTTP/1.0\r\n\r\n"},
        {"http/1.0 keep", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"},
        {"close", "DELETE /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"},
        {"absolute", "GET http://fairlead.test:99/a%20b?c=%20 HTTP/1.1\r\nHost: other\r\n\r\n"},
        {"absolute without path", "GET http://h?q HTTP/1.1\r\nHost: other\r\n\r\n"},
        {"options *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"odd method", "PURGE /x HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Tab:\t v\t\r\n\r\n"},
        {"upgrade", "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
    };
    return all;
}

} // namespace

class RequestParserTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsSamples();
    void anySplitGivesTheSame_data();
    void anySplitGivesTheSame();
    void byteByByteGivesTheSame();
    void keepsPipelinedBytes();
    void refuses_data();
    void refuses();
    void refusesEarly();
    void countsTheWholeHead_data();
    void countsTheWholeHead();
    void limitsBodies();
    void readsBodiesInPlace();
    void tellsContinueOnce();
};

void RequestParserTest::readsSamples()
{
    QCOMPARE(
        parseWhole(samples()[0].bytes), "GET|/v1/models?limit=2|/v1/models|limit=2|keep\nHost=localhost\n\n");
    QCOMPARE(
        parseWhole(samples()[4].bytes),
        "POST|/a|/a||keep\nHost=a\nTransfer-Encoding=chunked\n\nhello0123456789abcdef");
    QCOMPARE(parseWhole(samples()[6].bytes), "POST|/a|/a||keep\nHost=a\nTransfer-Encoding=Chunked\n\nx");
    QCOMPARE(parseWhole(samples()[7].bytes), "GET|/|/||close\n\n");
    QCOMPARE(parseWhole(samples()[8].bytes), "GET|/|/||keep\nConnection=keep-alive\n\n");
    QCOMPARE(parseWhole(samples()[9].bytes), "DELETE|/x|/x||close\nHost=a\nConnection=close\n\n");
    QCOMPARE(
        parseWhole(samples()[10].bytes),
        "GET|http://fairlead.test:99/a%20b?c=%20|/a b|c=%20|keep\nHost=fairlead.test:99\n\n");
    QCOMPARE(parseWhole(samples()[11].bytes), "GET|http://h?q|/|q|keep\nHost=h\n\n");
    QCOMPARE(parseWhole(samples()[13].bytes), "PURGE|/x|/x||keep\nHost=a\nX-Empty=\nX-Tab=v\n\n");
}

void RequestParserTest::anySplitGivesTheSame_data()
{
    QTest::addColumn<QByteArray>("bytes");
    for (const Sample &sample : samples())
        QTest::newRow(sample.name) << sample.bytes;
}

void RequestParserTest::anySplitGivesTheSame()
{
    QFETCH(QByteArray, bytes);
    const QByteArray expected = parseWhole(bytes);
    QVERIFY(!expected.isEmpty());
    for (qsizetype at = 1; at < bytes.size(); ++at) {
        RequestParser parser(MostHead, MostBody);
        Feeder feeder(parser);
        feeder.add(bytes.first(at));
        QVERIFY2(parser.step() == Step::NeedsMore, QByteArray::number(at).constData());
        feeder.add(bytes.sliced(at));
        QVERIFY2(parser.step() == Step::Complete, QByteArray::number(at).constData());
        QCOMPARE(describe(parser.takeRequest()), expected);
    }
}

void RequestParserTest::byteByByteGivesTheSame()
{
    RequestParser parser(MostHead, MostBody);
    for (const Sample &sample : samples()) {
        Feeder feeder(parser);
        for (qsizetype i = 0; i < sample.bytes.size(); ++i) {
            QCOMPARE(parser.step(), Step::NeedsMore);
            feeder.add(QByteArrayView(sample.bytes).sliced(i, 1));
        }
        QCOMPARE(parser.step(), Step::Complete);
        QVERIFY(feeder.left().isEmpty());
        QCOMPARE(describe(parser.takeRequest()), parseWhole(sample.bytes));
    }
}

void RequestParserTest::keepsPipelinedBytes()
{
    QByteArray all;
    for (const Sample &sample : samples())
        all += sample.bytes;
    RequestParser parser(MostHead, MostBody);
    Feeder feeder(parser);
    feeder.add(all);
    for (const Sample &sample : samples()) {
        feeder.add({});
        QCOMPARE(parser.step(), Step::Complete);
        QCOMPARE(describe(parser.takeRequest()), parseWhole(sample.bytes));
    }
    QVERIFY(feeder.left().isEmpty());
}

void RequestParserTest::refuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    const auto get
        = [](const char *line) { return "GET " + QByteArray(line) + " HTTP/1.1\r\nHost: a\r\n\r\n"; };
    const auto with = [](const char *fields, const char *body = "") {
        return "POST / HTTP/1.1\r\nHost: a\r\n" + QByteArray(fields) + "\r\n" + QByteArray(body);
    };
    const char *chunked = "Transfer-Encoding: chunked\r\n";

    QTest::newRow("length and coding")
        << with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") << 400;
    QTest::newRow("coding and length")
        << with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n") << 400;
    QTest::newRow("length and unknown coding")
        << with("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n") << 400;
    QTest::newRow("two lengths") << with("Content-Length: 5\r\nContent-Length: 6\r\n", "hello") << 400;
    QTest::newRow("a length twice") << with("Content-Length: 5\r\nContent-Length: 5\r\n", "hello") << 400;
    QTest::newRow("list of lengths") << with("Content-Length: 5, 6\r\n", "hello") << 400;
    QTest::newRow("signed length") << with("Content-Length: +5\r\n", "hello") << 400;
    QTest::newRow("negative length") << with("Content-Length: -5\r\n", "hello") << 400;
    QTest::newRow("hex length") << with("Content-Length: 0x5\r\n", "hello") << 400;
    QTest::newRow("empty length") << with("Content-Length:\r\n") << 400;
    QTest::newRow("length over 64 bits") << with("Content-Length: 18446744073709551617\r\n", "hello") << 400;
    QTest::newRow("space before colon") << with("Content-Length : 5\r\n", "hello") << 400;
    QTest::newRow("gzip") << with("Transfer-Encoding: gzip\r\n") << 501;
    QTest::newRow("gzip, chunked") << with("Transfer-Encoding: gzip, chunked\r\n") << 501;
    QTest::newRow("chunked, identity") << with("Transfer-Encoding: chunked, identity\r\n") << 501;
    QTest::newRow("two codings") << with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")
                                 << 400;
    QTest::newRow("hidden coding") << with(
        "Transfer-Encoding: \x0b"
        "chunked\r\n",
        "0\r\n\r\n") << 400;
    QTest::newRow("coding in 1.0") << QByteArray(
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                                   << 400;
    QTest::newRow("chunk size not hex") << with(chunked, "zz\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("chunk size signed") << with(chunked, "+5\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("chunk size 0x") << with(chunked, "0x5\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("chunk size empty") << with(chunked, "\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("chunk size over 64 bits")
        << with(chunked, "10000000000000005\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("chunk longer than said") << with(chunked, "4\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("chunk with bare line feed") << with(chunked, "5\nhello\n0\n\n") << 400;
    QTest::newRow("chunk extension with line feed") << with(chunked, "5;a\nb\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("chunk size of 16 digits")
        << with(chunked, "0000000000000005\r\nhello\r\n0\r\n\r\n") << 400;
    QTest::newRow("folded trailer") << with(chunked, "0\r\nX-A: b\r\n c\r\n\r\n") << 400;
    QTest::newRow("trailer with line feed") << with(chunked, "0\r\nX-A: b\nc\r\n\r\n") << 400;
    QTest::newRow("end with line feed") << with(chunked, "0\r\n\n") << 400;
    QTest::newRow("trailers are no headers") << with(chunked, "0\r\nContent-Length: 3\r\n\r\n") << 200;
    QTest::newRow("folded field") << with("X-A: b\r\n c\r\n") << 400;
    QTest::newRow("folded coding") << with("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n") << 400;
    QTest::newRow("bare CR in a value") << with("X-A: b\rc\r\n") << 400;
    QTest::newRow("NUL in a value") << "GET / HTTP/1.1\r\nHost: a\r\nX-A: b" + QByteArray(1, '\0')
                                           + "c\r\n\r\n"
                                    << 400;
    QTest::newRow("bare line feed in a value") << with("X-A: b\nX-B: c\r\n") << 400;
    QTest::newRow("space in a name") << with("X A: b\r\n") << 400;
    QTest::newRow("no name") << with(": b\r\n") << 400;
    QTest::newRow("no colon") << with("X-A\r\n") << 400;
    QTest::newRow("first field indented") << QByteArray("GET / HTTP/1.1\r\n Host: a\r\n\r\n") << 400;
    QTest::newRow("no host") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("two hosts") << with("Host: b\r\n") << 400;
    QTest::newRow("two hosts in 1.0") << QByteArray("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") << 400;
    QTest::newRow("no host, absolute") << QByteArray("GET http://h/ HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("HTTP/2") << QByteArray("GET / HTTP/2.0\r\nHost: a\r\n\r\n") << 505;
    QTest::newRow("HTTP/0.9") << QByteArray("GET / HTTP/0.9\r\nHost: a\r\n\r\n") << 505;
    QTest::newRow("no version") << QByteArray("GET /\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("lines end in line feed") << QByteArray("GET / HTTP/1.1\nHost: a\n\n") << 400;
    QTest::newRow("two spaces") << QByteArray("GET  / HTTP/1.1\r\nHost: a\r\n\r\n") << 400;
    QTest::newRow("TLS hello") << QByteArray("\x16\x03\x01\x02\x00\x01", 6) << 400;
    QTest::newRow("relative target") << get("v1/models") << 400;
    QTest::newRow("star for GET") << get("*") << 400;
    QTest::newRow("other scheme") << get("ftp://h/") << 400;
    QTest::newRow("user in target") << get("http://a@h/") << 400;
    QTest::newRow("no host in target") << get("http:///x") << 400;
    QTest::newRow("NUL escape") << get("/a%00b") << 400;
    QTest::newRow("line feed escape") << get("/a%0ab") << 400;
    QTest::newRow("broken escape") << get("/a%2") << 400;
    QTest::newRow("escape of no number") << get("/a%gg") << 400;
    QTest::newRow("dot dot") << get("/a/../../etc") << 400;
    QTest::newRow("escaped dot dot") << get("/a/%2e%2E/b") << 400;
    QTest::newRow("escaped slash and dots") << get("/a%2f..%2fb") << 400;
    QTest::newRow("ends in dot dot") << get("/a/..") << 400;
    QTest::newRow("dot") << get("/./a") << 400;
    QTest::newRow("unknown expectation") << with("Content-Length: 1\r\nExpect: wonders\r\n", "x") << 417;
    QTest::newRow("dots in a name are fine") << get("/v1beta/models/gemini-2.5..x:go") << 200;
    QTest::newRow("escape is decoded once") << get("/a%252e%252e") << 200;
}

void RequestParserTest::refuses()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    QCOMPARE(statusOf(bytes), status);

    // The same verdict when the bytes trickle in.
    RequestParser parser(MostHead, MostBody);
    Feeder feeder(parser);
    for (qsizetype i = 0; i < bytes.size() && parser.step() == Step::NeedsMore; ++i)
        feeder.add(QByteArrayView(bytes).sliced(i, 1));
    if (parser.step() == Step::NeedsMore) // a head that never ends properly runs into the time-out
        QVERIFY(!bytes.contains("\r\n\r\n"));
    else
        QCOMPARE(parser.step() == Step::Failed ? parser.refusalStatus() : 200, status);
}

void RequestParserTest::refusesEarly()
{
    // What cannot become a request is told before the end of the head has come.
    QCOMPARE(statusOf("(nonsense"), 400);
    QCOMPARE(statusOf("GET / HTTP/1.1\r\nBad Name: x\r\n"), 400);
    RequestParser parser(MostHead, MostBody);
    Feeder(parser).add("POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n");
    QCOMPARE(parser.step(), Step::Failed);
    QCOMPARE(parser.refusalStatus(), 413);
    QCOMPARE(parser.request().path, "/v1/x");
}

void RequestParserTest::countsTheWholeHead_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::newRow("one big field") << "X-Big: " + QByteArray(5000, 'x') + "\r\n";
    QByteArray many;
    for (int i = 0; i < 500; ++i)
        many += "X-" + QByteArray::number(i) + ": y\r\n";
    QTest::newRow("many small fields") << many;
}

void RequestParserTest::countsTheWholeHead()
{
    QFETCH(QByteArray, field);
    const QByteArray bytes = "GET / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n";
    QCOMPARE(statusOf(bytes), 431);
    for (const qsizetype step : {1, 7, 100, 1000}) {
        RequestParser parser(MostHead, MostBody);
        Feeder feeder(parser);
        qsizetype given = 0;
        for (; given < bytes.size() && parser.step() == Step::NeedsMore; given += step)
            feeder.add(QByteArrayView(bytes).sliced(given, std::min(step, bytes.size() - given)));
        QCOMPARE(parser.step(), Step::Failed);
        QCOMPARE(parser.refusalStatus(), 431);
        QVERIFY(given <= MostHead + step);
    }
    QCOMPARE(statusOf("GET /" + QByteArray(5000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 431);
    QCOMPARE(statusOf("GET /" + QByteArray(4000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
}

void RequestParserTest::limitsBodies()
{
    const QByteArray head = "POST / HTTP/1.1\r\nHost: a\r\n";
    QCOMPARE(statusOf(head + "Content-Length: 100000\r\n\r\n" + QByteArray(MostBody, 'b')), 200);
    QCOMPARE(statusOf(head + "Content-Length: 100001\r\n\r\n"), 413);
    const QByteArray chunk = "2710\r\n" + QByteArray(10'000, 'b') + "\r\n";
    QCOMPARE(statusOf(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeated(10) + "0\r\n\r\n"), 200);
    QCOMPARE(
        statusOf(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeated(10) + "1\r\nx\r\n0\r\n\r\n"),
        413);
    // Framing may not outweigh the body without end, nor hide in one endless line.
    const QByteArray padded = "1;" + QByteArray(2000, 'e') + "\r\nx\r\n";
    QCOMPARE(statusOf(head + "Transfer-Encoding: chunked\r\n\r\n" + padded.repeated(50)), 400);
    QCOMPARE(statusOf(head + "Transfer-Encoding: chunked\r\n\r\n1;" + QByteArray(20'000, 'e')), 400);
}

void RequestParserTest::readsBodiesInPlace()
{
    QByteArray body(MostBody, '\0');
    for (qsizetype i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 7);
    RequestParser parser(MostHead, MostBody);
    QVERIFY(parser.bodySpace().empty());
    Feeder feeder(parser);
    feeder.add("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + body.first(10));
    QVERIFY(feeder.left().isEmpty());
    qsizetype done = 10;
    while (parser.step() == Step::NeedsMore) {
        const auto space = parser.bodySpace();
        QVERIFY(!space.empty());
        const qsizetype count
            = std::min({static_cast<qsizetype>(space.size()), qsizetype(33'333), body.size() - done});
        std::copy_n(body.constData() + done, count, space.data());
        parser.bodyArrived(count);
        done += count;
    }
    QCOMPARE(parser.step(), Step::Complete);
    QVERIFY(parser.bodySpace().empty());
    QVERIFY(parser.takeRequest().body == body);
}

void RequestParserTest::tellsContinueOnce()
{
    const QByteArray head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n";
    RequestParser parser(MostHead, MostBody);
    Feeder feeder(parser);
    feeder.add(head);
    QVERIFY(parser.takeContinue());
    QVERIFY(!parser.takeContinue());
    feeder.add("abc");
    QCOMPARE(parser.step(), Step::Complete);

    RequestParser eager(MostHead, MostBody);
    Feeder(eager).add(head + "a"); // did not wait
    QVERIFY(!eager.takeContinue());
}

QTEST_APPLESS_MAIN(RequestParserTest)
#include "RequestParserTest.moc"

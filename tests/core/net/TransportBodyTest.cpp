// SPDX-License-Identifier: GPL-3.0-or-later
#include "TransportRig.h"

#include "net/BodyDecoder.h"

#include <QTest>

#include <zlib.h>

using namespace fairlead;
using namespace std::chrono_literals;
using net::TransportErrorKind;
using test::exchange;
using test::FakeScript;
using test::FakeUpstream;
using test::Outcome;
using test::post;
using test::TransportRig;

namespace {

constexpr int Gzip = 15 + 16;
constexpr int Zlib = 15;
constexpr int Raw = -15;

QByteArray compress(const QByteArray &plain, int window)
{
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    QByteArray out(static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(plain.size()))), '\0');
    QByteArray input = plain;
    stream.next_in = reinterpret_cast<Bytef *>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(static_cast<qsizetype>(stream.total_out));
    deflateEnd(&stream);
    return out;
}

FakeScript encoded(const QByteArray &body, const QByteArray &coding)
{
    return FakeScript::answer(body, 200, "Content-Encoding: " + coding + "\r\n");
}

} // namespace

Q_DECLARE_METATYPE(fairlead::test::FakeScript)

/// Large, slow, compressed and hostile bodies.
class TransportBodyTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void streamsAsItComes();
    void notReadingSlowsTheSender();
    void largeBodiesAreWhole();
    void readAllHasALimit();

    void compressed_data();
    void compressed();
    void compressedBadly_data();
    void compressedBadly();
    void aBombCostsWhatIsReadOfIt();
    void decoderTakesAnyCut();
};

void TransportBodyTest::streamsAsItComes()
{
    TransportRig rig;
    FakeUpstream server;
    int read = 0;
    server.expect(FakeScript()
                      .bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata 1\r\n")
                      .waitFor([&] { return read == 1; })
                      .bytes("6\r\ndata 2\r\n")
                      .waitFor([&] { return read == 2; })
                      .bytes("0\r\n\r\n"));
    auto response = test::await(rig.transport->send(post(server.url()))).value();
    QCOMPARE(test::await(response->read()).value(), QByteArray("data 1"));
    QVERIFY(!response->tryRead().has_value());
    read = 1;
    QCOMPARE(test::await(response->read()).value(), QByteArray("data 2"));
    read = 2;
    QCOMPARE(test::await(response->read()).value(), QByteArray());
    QCOMPARE(test::await(response->read()).value(), QByteArray()); // the end stays the end
}

void TransportBodyTest::notReadingSlowsTheSender()
{
    constexpr qint64 All = 64 * 1024 * 1024;
    TransportRig rig;
    FakeUpstream server;
    server.expect(FakeScript()
                      .bytes("HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(All) + "\r\n\r\n")
                      .flood(QByteArray(64 * 1024, 'f'), All));
    auto response = test::await(rig.transport->send(post(server.url()))).value();
    // What the two kernels hold between them stays; the rest waits.
    QVERIFY(!test::waitUntil([&] { return server.bytesSent() > All / 2; }, 100ms));
    const auto first = response->tryRead();
    QVERIFY(first && first->has_value());
    QVERIFY2((*first)->size() <= 256 * 1024, QByteArray::number((*first)->size()).constData());

    qint64 read = (*first)->size();
    while (true) {
        const auto part = test::await(response->read());
        QVERIFY(part.has_value());
        QVERIFY(part->size() <= 256 * 1024);
        if (part->isEmpty())
            break;
        read += part->size();
    }
    QCOMPARE(read, All);
    QCOMPARE(rig.manager->idleConnections(), 1);
}

void TransportBodyTest::largeBodiesAreWhole()
{
    TransportRig rig;
    FakeUpstream server;
    QByteArray large;
    for (int i = 0; i < 100'000; ++i)
        large += QByteArray::number(i) + ' ';
    std::vector<QByteArray> pieces;
    for (qsizetype at = 0; at < large.size(); at += 10'007)
        pieces.push_back(large.mid(at, 10'007));
    server.expect(FakeScript::chunked(pieces));
    const Outcome outcome = test::await(exchange(*rig.transport, post(server.url(), large)));
    QVERIFY2(!outcome.error, outcome.message.constData());
    QVERIFY(outcome.body == large);
    QVERIFY(server.requests().front().body == large);
}

void TransportBodyTest::readAllHasALimit()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript::answer("12345678"));
    auto fits = test::await(rig.transport->send(post(server.url()))).value();
    QCOMPARE(test::await(net::readAll(*fits, 8)).value(), QByteArray("12345678"));
    auto tooLarge = test::await(rig.transport->send(post(server.url()))).value();
    QVERIFY(test::await(net::readAll(*tooLarge, 7)).error().kind() == TransportErrorKind::BadAnswer);
}

void TransportBodyTest::compressed_data()
{
    QTest::addColumn<FakeScript>("script");
    const QByteArray text = QByteArray("line of text\n").repeated(50'000);
    QTest::newRow("gzip") << encoded(compress(text, Gzip), "gzip");
    QTest::newRow("x-gzip") << encoded(compress(text, Gzip), "X-GZip");
    QTest::newRow("two gzip members")
        << encoded(compress(text.first(1000), Gzip) + compress(text.sliced(1000), Gzip), "gzip");
    QTest::newRow("deflate, as the RFC has it") << encoded(compress(text, Zlib), "deflate");
    QTest::newRow("deflate, bare") << encoded(compress(text, Raw), "deflate");
    const QByteArray wire = compress(text, Gzip);
    std::vector<QByteArray> pieces;
    for (qsizetype at = 0; at < wire.size(); at += 7)
        pieces.push_back(wire.mid(at, 7));
    QTest::newRow("gzip in small chunks") << FakeScript::chunked(pieces, "Content-Encoding: gzip\r\n");
    QTest::newRow("identity") << encoded(text, "identity");
    QTest::newRow("a coding we do not know is passed on") << encoded(text, "rot13");
}

void TransportBodyTest::compressed()
{
    QFETCH(const FakeScript, script);
    TransportRig rig;
    FakeUpstream server;
    server.always(script);
    for (int round = 0; round < 2; ++round) {
        const Outcome outcome = test::await(exchange(*rig.transport, post(server.url())));
        QVERIFY2(!outcome.error, outcome.message.constData());
        QVERIFY(outcome.body == QByteArray("line of text\n").repeated(50'000));
        const QByteArray coding = outcome.headers.value("content-encoding");
        QVERIFY(coding.isEmpty() || coding == "identity" || coding == "rot13");
        // A length that is no longer true must not be passed on.
        const QByteArray length = outcome.headers.value("content-length");
        QVERIFY(length.isEmpty() || length.toLongLong() == outcome.body.size());
    }
    QCOMPARE(server.connectionCount(), 1);
}

void TransportBodyTest::compressedBadly_data()
{
    QTest::addColumn<FakeScript>("script");
    QTest::addColumn<int>("error");
    const QByteArray wire = compress(QByteArray("text ").repeated(1000), Gzip);
    QByteArray flipped = wire;
    flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);
    QTest::newRow("no gzip at all") << encoded("plain text", "gzip")
                                    << static_cast<int>(TransportErrorKind::BadAnswer);
    QTest::newRow("wrong checksum") << encoded(flipped, "gzip")
                                    << static_cast<int>(TransportErrorKind::BadAnswer);
    QTest::newRow("cut") << encoded(wire.first(wire.size() / 2), "gzip")
                         << static_cast<int>(TransportErrorKind::Truncated);
    QTest::newRow("one byte") << encoded(wire.first(1), "gzip")
                              << static_cast<int>(TransportErrorKind::Truncated);
}

void TransportBodyTest::compressedBadly()
{
    QFETCH(const FakeScript, script);
    TransportRig rig;
    FakeUpstream server;
    server.expect(script);
    const Outcome outcome = test::await(exchange(*rig.transport, post(server.url())));
    QVERIFY(outcome.error.has_value());
    QTEST(static_cast<int>(*outcome.error), "error");
}

void TransportBodyTest::aBombCostsWhatIsReadOfIt()
{
    TransportRig rig;
    FakeUpstream server;
    // 300 MB out of 300 kB.
    const QByteArray bomb = compress(QByteArray(1024 * 1024, '\0'), Gzip).repeated(300);
    server.expect(encoded(bomb, "gzip"));
    auto response = test::await(rig.transport->send(post(server.url()))).value();
    qint64 read = 0;
    std::optional<TransportErrorKind> error;
    while (!error) {
        const auto part = test::await(response->read());
        if (!part) {
            error = part.error().kind();
            break;
        }
        QVERIFY(!part->isEmpty());
        QVERIFY2(part->size() <= 256 * 1024, QByteArray::number(part->size()).constData());
        read += part->size();
    }
    QVERIFY(error == TransportErrorKind::BadAnswer);
    QVERIFY(read <= 257 * 1024 * 1024);
}

void TransportBodyTest::decoderTakesAnyCut()
{
    const QByteArray text
        = "a text that is not long, but long enough to be compressed, compressed, compressed";
    for (const int window : {Gzip, Zlib, Raw}) {
        const QByteArray wire = compress(text, window);
        for (qsizetype cut = 0; cut <= wire.size(); ++cut) {
            const auto decoder = net::BodyDecoder::forCoding(window == Gzip ? "gzip" : "deflate");
            QVERIFY(decoder != nullptr);
            QByteArray out;
            for (const QByteArray &piece : {wire.first(cut), wire.sliced(cut)}) {
                decoder->feed(piece);
                while (!decoder->isDrained()) // three bytes at a time
                    QVERIFY(decoder->decode(out, 3));
            }
            QCOMPARE(out, text);
            QVERIFY(decoder->atEnd());
        }
    }
    QVERIFY(net::BodyDecoder::forCoding("identity") == nullptr);
    QVERIFY(net::BodyDecoder::forCoding("br") == nullptr);
}

QTEST_GUILESS_MAIN(TransportBodyTest)
#include "TransportBodyTest.moc"

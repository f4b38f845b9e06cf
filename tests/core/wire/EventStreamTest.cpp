// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/EventStreamFrames.h"
#include "core/wire/Shared.h"
#include "wire/bedrock/EventStreamReader.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <algorithm>

using namespace fairlead;
using namespace fairlead::test;
using wire::bedrock::EventStreamMessage;
using wire::bedrock::EventStreamReader;

namespace {

/// The messages as text, one a line; what is wrong as the last.
QByteArray read(const QByteArray &bytes, const std::vector<qsizetype> &cuts = {})
{
    EventStreamReader reader(4096);
    QByteArray lines;
    const auto take = [&lines](const EventStreamMessage &message) {
        for (const auto &[name, value] : message.headers)
            lines += name.toByteArray() + '=' + value.toByteArray() + ' ';
        lines += message.payload.toByteArray() + '\n';
    };
    qsizetype from = 0;
    for (const qsizetype cut : cuts) {
        reader.feed(QByteArrayView(bytes).sliced(from, cut - from), take);
        from = cut;
    }
    const bool whole = reader.feed(QByteArrayView(bytes).sliced(from), take);
    if (whole != reader.problem().isEmpty())
        return "feed() and problem() disagree";
    if (!whole)
        return lines + "! " + reader.problem();
    return lines + (reader.isBetweenMessages() ? "" : "...");
}

QByteArray flipped(QByteArray bytes, qsizetype at)
{
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    return bytes;
}

} // namespace

class EventStreamTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAtEverySplit()
    {
        const QByteArray bytes = eventFrame("a", "{}") + rawFrame({}, {}) + eventFrame("b", "12345");
        const QByteArray expected
            = ":event-type=a :content-type=application/json :message-type=event {}\n\n"
              ":event-type=b :content-type=application/json :message-type=event 12345\n";
        QCOMPARE(read(bytes), expected);
        std::vector<qsizetype> everywhere;
        for (qsizetype at = 1; at < bytes.size(); ++at) {
            QCOMPARE(read(bytes, {at}), expected);
            everywhere.push_back(at);
        }
        QCOMPARE(read(bytes, everywhere), expected);
    }

    void skipsHeadersThatAreNoText()
    {
        const QByteArray headers = QByteArray("\1t\0", 3) + QByteArray("\1f\1", 3) + QByteArray("\1b\2\7", 4)
                                   + QByteArray("\1s\3\0\7", 5) + QByteArray("\1i\4\0\0\0\7", 7)
                                   + QByteArray("\1l\5\0\0\0\0\0\0\0\7", 11) + QByteArray("\1x\6\0\3abc", 8)
                                   + textHeader("name", "value") + QByteArray("\1d\10\0\0\0\0\0\0\0\7", 11)
                                   + QByteArray(
                                       "\1u\11"
                                       "0123456789abcdef",
                                       19)
                                   + textHeader("last", "");
        QCOMPARE(read(rawFrame(headers, "p")), QByteArray("name=value last= p\n"));
    }

    void refusesBrokenHeaders_data()
    {
        QTest::addColumn<QByteArray>("headers");
        QTest::newRow("unknown type") << QByteArray("\1a\12", 3);
        QTest::newRow("no name") << QByteArray("\0\0", 2);
        QTest::newRow("name cut") << QByteArray("\5ab", 3);
        QTest::newRow("type missing") << QByteArray("\1a", 2);
        QTest::newRow("number cut") << QByteArray("\1a\5\0\0", 5);
        QTest::newRow("length cut") << QByteArray("\1a\7\0", 4);
        QTest::newRow("text cut") << QByteArray("\1a\7\0\5ab", 7);
    }
    void refusesBrokenHeaders()
    {
        QFETCH(QByteArray, headers);
        QCOMPARE(read(rawFrame(headers, "{}")), QByteArray("! the headers of a message cannot be read"));
    }

    void findsEveryFlippedBit()
    {
        const QByteArray frame = eventFrame("messageStart", "{}");
        for (qsizetype at = 0; at < frame.size(); ++at) {
            const QByteArray found = read(flipped(frame, at) + eventFrame("b", "{}"));
            const QByteArray expected = at < 12 ? QByteArray("! the checksum of a message's length is wrong")
                                                : QByteArray("! the checksum of a message is wrong");
            QCOMPARE(found, expected);
        }
    }

    void refusesImpossibleLengths()
    {
        const auto prelude = [](std::uint32_t total, std::uint32_t headers) {
            const QByteArray lengths = bigEndian(total) + bigEndian(headers);
            return lengths + bigEndian(bitwiseCrc32(lengths));
        };
        const QByteArray contradict = "! the lengths of a message contradict each other";
        QCOMPARE(read(prelude(15, 0)), contradict);
        QCOMPARE(read(prelude(0, 0)), contradict);
        QCOMPARE(read(prelude(20, 5)), contradict);
        QCOMPARE(read(prelude(16, 0xFFFFFFFFU)), contradict);
        // Said as soon as the length is there, long before that many bytes came.
        const QByteArray over = "! a message of 4097 bytes is over the limit of 4096";
        QCOMPARE(read(prelude(4097, 0)), over);
        QCOMPARE(read(prelude(4097, 0), {5}), over);
    }

    void staysDead()
    {
        EventStreamReader reader;
        int messages = 0;
        const auto count = [&messages](const EventStreamMessage &) { ++messages; };
        QVERIFY(!reader.feed(flipped(eventFrame("a", "{}"), 20), count));
        QVERIFY(!reader.feed(eventFrame("b", "{}"), count));
        QVERIFY(!reader.feed({}, count));
        QCOMPARE(messages, 0);
    }

    void noticesAnUnfinishedMessage()
    {
        const QByteArray frame = eventFrame("a", "{}");
        for (qsizetype size = 1; size < frame.size(); ++size)
            QCOMPARE(read(frame.left(size)), QByteArray("..."));
        QCOMPARE(read({}), QByteArray());
    }

    // AWS's own vectors, where a machine has them.
    void readsTheVectors()
    {
        const QString folder = recordings() + QStringLiteral("/_conformance/eventstream");
        const QByteArray one
            = fileBytes(folder + QStringLiteral("/encoded-positive-payload_one_str_header.bin"));
        if (one.isEmpty())
            return;
        QCOMPARE(read(one), QByteArray("content-type=application/json {'foo':'bar'}\n"));
        const auto vector = [&folder](const char *name) {
            return read(fileBytes(folder + QStringLiteral("/encoded-") + QLatin1String(name)));
        };
        QCOMPARE(vector("positive-empty_message.bin"), QByteArray("\n"));
        QCOMPARE(vector("positive-payload_no_headers.bin"), QByteArray("{'foo':'bar'}\n"));
        QCOMPARE(
            vector("negative-corrupted_headers.bin"), QByteArray("! the checksum of a message is wrong"));
        QCOMPARE(
            vector("negative-corrupted_length.bin"),
            QByteArray("! the checksum of a message's length is wrong"));
    }
};

QTEST_GUILESS_MAIN(EventStreamTest)
#include "EventStreamTest.moc"

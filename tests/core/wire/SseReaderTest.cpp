// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/SseReader.h"

#include "core/wire/Shared.h"

#include <QDir>
#include <QTest>

#include <algorithm>

using fairlead::wire::SseEvent;
using fairlead::wire::SseReader;

namespace {

/// "name|data" of every event, so that failures read well.
using Events = QList<QByteArray>;

Events read(const QByteArray &bytes, qsizetype step)
{
    Events events;
    SseReader reader;
    const auto collect = [&](const SseEvent &event) {
        events.append(event.name.toByteArray() + '|' + event.data.toByteArray());
    };
    for (qsizetype at = 0; at < bytes.size(); at += step)
        reader.feed(QByteArrayView(bytes).sliced(at, qMin(step, bytes.size() - at)), collect);
    reader.finish(collect);
    return events;
}

Events readSplitAt(const QByteArray &bytes, qsizetype at)
{
    Events events;
    SseReader reader;
    const auto collect = [&](const SseEvent &event) {
        events.append(event.name.toByteArray() + '|' + event.data.toByteArray());
    };
    reader.feed(QByteArrayView(bytes).first(at), collect);
    reader.feed(QByteArrayView(bytes).sliced(at), collect);
    reader.finish(collect);
    return events;
}

} // namespace

class SseReaderTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAtEverySplit_data();
    void readsAtEverySplit();
    void recordedQuirksAllSayTheSame();
    void notesComments();
    void diesOverTheCap();
};

void SseReaderTest::readsAtEverySplit_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<Events>("expected");

    QTest::newRow("one event") << QByteArray("data: a\n\n") << Events{"|a"};
    QTest::newRow("no space after the colon") << QByteArray("data:a\n\n") << Events{"|a"};
    QTest::newRow("only one space is removed") << QByteArray("data:  a\n\n") << Events{"| a"};
    QTest::newRow("crlf") << QByteArray("data: a\r\n\r\ndata: b\r\n\r\n") << Events{"|a", "|b"};
    QTest::newRow("cr") << QByteArray("data: a\r\rdata: b\r\r") << Events{"|a", "|b"};
    QTest::newRow("mixed line ends") << QByteArray("data: a\r\n\ndata: b\r\r\ndata: c\n\r")
                                     << Events{"|a", "|b", "|c"};
    QTest::newRow("bom") << QByteArray("\xEF\xBB\xBF"
                                       "data: a\n\n")
                         << Events{"|a"};
    QTest::newRow("a second bom is text") << QByteArray("\xEF\xBB\xBF\xEF\xBB\xBF"
                                                        "data: a\n\ndata: b\n\n")
                                          << Events{"|b"};
    QTest::newRow("data lines are joined") << QByteArray("data: a\ndata: b\ndata\n\n") << Events{"|a\nb\n"};
    QTest::newRow("event name") << QByteArray("event: error\ndata: a\n\ndata: b\n\n")
                                << Events{"error|a", "|b"};
    QTest::newRow("name without data") << QByteArray("event: ping\n\ndata: b\n\n") << Events{"|b"};
    QTest::newRow("empty data is no event") << QByteArray("data:\n\ndata: \n\ndata: b\n\n") << Events{"|b"};
    QTest::newRow("comments, ids and retries")
        << QByteArray(": hi\nid: 7\nretry: 3\ndata: a\n:\n\n") << Events{"|a"};
    QTest::newRow("fields are matched whole")
        << QByteArray("data2: x\nDATA: x\n data: x\ndata: a\n\n") << Events{"|a"};
    QTest::newRow("last blank line cut") << QByteArray("data: a\n\ndata: b\n") << Events{"|a", "|b"};
    QTest::newRow("last line end cut") << QByteArray("data: a\n\ndata: b") << Events{"|a", "|b"};
    QTest::newRow("utf-8") << QByteArray("data: \xF0\x9F\x98\x80\xC3\xA9\n\n")
                           << Events{"|\xF0\x9F\x98\x80\xC3\xA9"};
    QTest::newRow("nothing") << QByteArray() << Events{};
    QTest::newRow("blank lines only") << QByteArray("\n\r\n\r\n\n") << Events{};
}

void SseReaderTest::readsAtEverySplit()
{
    QFETCH(QByteArray, bytes);
    QFETCH(Events, expected);
    QCOMPARE(read(bytes, qMax<qsizetype>(bytes.size(), 1)), expected);
    QCOMPARE(read(bytes, 1), expected);
    for (qsizetype at = 0; at <= bytes.size(); ++at)
        QCOMPARE(readSplitAt(bytes, at), expected);
}

void SseReaderTest::recordedQuirksAllSayTheSame()
{
    const QString folder = fairlead::test::recordings() + QStringLiteral("/_derived/sse-quirks");
    const QStringList names = QDir(folder).entryList({QStringLiteral("*.sse")}, QDir::Files, QDir::Name);
    if (names.isEmpty())
        return; // the shared recordings are not on this machine; the rows above cover each framing
    const auto jsonEvents = [&](const QString &name, qsizetype step) {
        Events events = read(fairlead::test::fileBytes(folder + QLatin1Char('/') + name), step);
        const auto done = std::find_if(
            events.begin(), events.end(), [](const QByteArray &event) { return event.contains("[DONE]"); });
        events.erase(done, events.end()); // one recording has garbage behind it
        // One framing breaks an event over several data lines, between tokens of its JSON.
        for (QByteArray &event : events)
            event = fairlead::test::compactJson(event.mid(event.indexOf('|') + 1));
        events.removeAll(QByteArray());
        return events;
    };
    const Events baseline = jsonEvents(names.first(), 1 << 20);
    QVERIFY(baseline.size() > 3);
    for (const QString &name : names) {
        for (const qsizetype step : {1 << 20, 1, 7}) {
            Events events = jsonEvents(name, step);
            if (name.contains(QStringLiteral("surrogates"))) {
                // Begins with two more events that say one thing, once in UTF-8 and once in escapes.
                QVERIFY(events.size() == baseline.size() + 2 && events.at(0) == events.at(1));
                events = events.mid(2);
            }
            QVERIFY2(events == baseline, qPrintable(name));
        }
    }
}

void SseReaderTest::notesComments()
{
    SseReader reader;
    const auto ignore = [](const SseEvent &) {};
    QVERIFY(reader.feed("data: a\n\n", ignore));
    QVERIFY(!reader.sawComment());
    QVERIFY(reader.feed(": keep-alive\n\n", ignore));
    QVERIFY(reader.sawComment());
}

void SseReaderTest::diesOverTheCap()
{
    int events = 0;
    const auto count = [&](const SseEvent &) { ++events; };
    SseReader longLine(16);
    QVERIFY(longLine.feed("data: 123456789", count));
    QVERIFY(!longLine.feed("abcdef", count));
    QVERIFY(!longLine.feed("\n\ndata: a\n\n", count));
    longLine.finish(count);
    QCOMPARE(events, 0);

    SseReader manyLines(16);
    QVERIFY(manyLines.feed("data: 1234\n", count));
    QVERIFY(!manyLines.feed("data: 1234\ndata: 1234\n\n", count));

    SseReader small(16);
    for (int i = 0; i < 100; ++i)
        QVERIFY(small.feed("data: 1234\n\n", count));
    QCOMPARE(events, 100);
}

QTEST_GUILESS_MAIN(SseReaderTest)

#include "SseReaderTest.moc"

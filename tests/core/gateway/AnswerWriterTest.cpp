// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/AnswerWriter.h"

#include "wire/Codec.h"

#include <QTest>

using namespace fairlead;
using gateway::AnswerWriter;

using Streams = std::vector<QByteArray>;
Q_DECLARE_METATYPE(Streams)

class AnswerWriterTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void passesBytesOn_data() { streams(); }
    void passesBytesOn();
    void cutsLeaveWholeEventsAndAnError_data() { streams(); }
    void cutsLeaveWholeEventsAndAnError();
    void keepsAliveBetweenEventsOnly();
    void passesOnWhatHasNoEvents();

private:
    static void streams();
};

namespace {

/// An encoder of that dialect as the gateway makes it for an answer.
class Rig
{
public:
    explicit Rig(QByteArrayView dialect, bool removeUsageChunk = false)
        : m_call(wire::InboundCall::parse("/", "alt=sse", Headers(), "{}").value())
    {
        context.call = &m_call;
        writer = gateway::makePassThroughWriter(
            wire::findWire(dialect)->inbound->makeStreamEncoder(context), removeUsageChunk);
    }

    QByteArray feed(const QByteArray &bytes)
    {
        providers::Piece piece;
        piece.bytes = bytes;
        return writer->take(std::move(piece));
    }
    QByteArray end()
    {
        providers::Piece piece;
        piece.last = true;
        return writer->take(std::move(piece));
    }
    QByteArray cut()
    {
        providers::Piece piece;
        piece.last = true;
        piece.events.emplace_back(
            chat::Failed(chat::Failure(chat::FailureClass::Connection, 0, "the line went dead")));
        return writer->take(std::move(piece));
    }

    wire::AnswerContext context;
    std::unique_ptr<AnswerWriter> writer;

private:
    wire::InboundCall m_call;
};

QByteArray joined(const Streams &events)
{
    QByteArray all;
    for (const QByteArray &event : events)
        all += event;
    return all;
}

} // namespace

void AnswerWriterTest::streams()
{
    QTest::addColumn<QByteArray>("dialect");
    QTest::addColumn<bool>("removesUsage");
    QTest::addColumn<Streams>("events");
    const Streams chat{
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", ": a comment\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n"};
    QTest::newRow("OpenAI Chat") << QByteArray("openai-chat") << false << chat;
    QTest::newRow("OpenAI Chat, usage taken out") << QByteArray("openai-chat") << true << chat;
    QTest::newRow("CRLF") << QByteArray("openai-chat") << false
                          << Streams{"data: 1\r\n\r\n", "event: x\r\ndata: 2\r\n\r\n"};
    QTest::newRow("CR") << QByteArray("openai-chat") << false << Streams{"data: 1\r\r", "data: 2\r\r"};
    QTest::newRow("Anthropic") << QByteArray("anthropic") << false
                               << Streams{"event: ping\ndata: {}\n\n", "event: x\ndata: {\"a\":1}\n\n"};
    QTest::newRow("Cohere") << QByteArray("cohere") << false
                            << Streams{"event: message-start\ndata: {}\n\n", "event: x\ndata: {\"a\":1}\n\n"};
    QTest::newRow("Ollama") << QByteArray("ollama") << false
                            << Streams{"{\"done\":false}\n", "{\"done\":false,\"message\":{}}\n"};
}

void AnswerWriterTest::passesBytesOn()
{
    QFETCH(const QByteArray, dialect);
    QFETCH(const bool, removesUsage);
    QFETCH(const Streams, events);
    // What comes after the last whole event is somebody's bytes as well.
    const QByteArray all = joined(events) + "data: not ended";
    for (qsizetype at = 0; at <= all.size(); ++at) {
        Rig rig(dialect, removesUsage);
        QByteArray got = rig.feed(all.first(at));
        got += rig.feed(all.sliced(at));
        got += rig.end();
        QVERIFY2(got == all, (QByteArray::number(at) + ": " + got).constData());
    }
}

void AnswerWriterTest::cutsLeaveWholeEventsAndAnError()
{
    QFETCH(const QByteArray, dialect);
    QFETCH(const bool, removesUsage);
    QFETCH(const Streams, events);
    const QByteArray all = joined(events);
    const QByteArray error = Rig(dialect).cut();
    QVERIFY(error.contains("the line went dead"));
    QVERIFY2(
        !error.contains("COMPLETE") && !error.contains("done_reason"), "a broken stream ended as if whole");
    QByteArray whole;
    qsizetype next = 0; // of the events
    for (qsizetype at = 0; at <= all.size(); ++at) {
        while (next < qsizetype(events.size())
               && whole.size() + events[static_cast<std::size_t>(next)].size() <= at)
            whole += events[static_cast<std::size_t>(next++)];
        Rig rig(dialect, removesUsage);
        QByteArray got = rig.feed(all.first(at / 2));
        got += rig.feed(all.sliced(at / 2, at - at / 2));
        QVERIFY2(got == whole, (QByteArray::number(at) + ": " + got).constData());
        QCOMPARE(rig.cut(), error);
    }
}

void AnswerWriterTest::keepsAliveBetweenEventsOnly()
{
    Rig rig("openai-chat");
    QCOMPARE(rig.feed("data: 1\n\ndata: 2"), QByteArray("data: 1\n\n"));
    QVERIFY(!rig.writer->keepAlive().isEmpty()); // the half is not out yet
    QCOMPARE(rig.feed("\n\n"), QByteArray("data: 2\n\n"));
}

void AnswerWriterTest::passesOnWhatHasNoEvents()
{
    Rig array("gemini"); // a JSON array: pieces of any shape
    QCOMPARE(array.feed("[{\"candidates\":"), QByteArray("[{\"candidates\":"));

    Rig endless("openai-chat");
    const QByteArray half(9 * 1024 * 1024, 'x');
    QCOMPARE(endless.feed(half), QByteArray());
    QCOMPARE(endless.feed(half).size(), 2 * half.size());
    QVERIFY(endless.writer->keepAlive().isEmpty());
    QCOMPARE(endless.feed("y"), QByteArray("y"));
}

QTEST_GUILESS_MAIN(AnswerWriterTest)
#include "AnswerWriterTest.moc"

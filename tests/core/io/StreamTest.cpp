// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/StreamFactory.h"

#include "support/Await.h"

#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <optional>
#include <vector>

using namespace fairlead;
using namespace fairlead::io;
using fairlead::test::waitUntil;

namespace {

/// Owns one stream and notes what it is told. `onEvent` runs after each note and may destroy the probe's
/// stream.
class Probe final : public ByteStream::Listener
{
public:
    enum Event { Connected, Readable, HungUp, Drained, Closed };

    void adopt(std::unique_ptr<ByteStream> made)
    {
        stream = std::move(made);
        stream->setListener(this);
    }

    void streamConnected() override { note(Connected); }
    void streamReadable() override
    {
        if (destroyIn == Readable) {
            note(Readable);
            return;
        }
        std::array<char, 8192> buffer;
        while (reading) {
            const qsizetype count = stream->read(buffer.data(), static_cast<qsizetype>(buffer.size()));
            if (count == 0)
                break;
            received.append(buffer.data(), count);
        }
        note(Readable);
    }
    void streamHungUp() override { note(HungUp); }
    void streamDrained() override { note(Drained); }
    void streamClosed(CloseReason why, const QByteArray &text) override
    {
        reason = why;
        detail = text;
        note(Closed);
    }

    [[nodiscard]] int count(Event event) const
    {
        return static_cast<int>(std::count(events.begin(), events.end(), event));
    }

    std::unique_ptr<ByteStream> stream;
    QByteArray received;
    std::vector<Event> events;
    std::optional<CloseReason> reason;
    QByteArray detail;
    std::optional<Event> destroyIn;
    bool reading = true;

private:
    void note(Event event)
    {
        events.push_back(event);
        if (destroyIn == event)
            stream.reset();
    }
};

struct Pair {
    Probe client;
    Probe server;
};

} // namespace

/// What every stream does, whatever carries it.
class StreamTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void connectsAndEchoes_data() { backends(); }
    void connectsAndEchoes();
    void tellsRefused_data() { backends(); }
    void tellsRefused();
    void tellsNotResolved_data() { backends(); }
    void tellsNotResolved();
    void triesEveryAddress();
    void writesBeforeConnected_data() { backends(); }
    void writesBeforeConnected();
    void takesNothingFromTheKernelWhilePaused_data() { backends(); }
    void takesNothingFromTheKernelWhilePaused();
    void tellsDrainedAfterBigWrite_data() { backends(); }
    void tellsDrainedAfterBigWrite();
    void keepsTheOrderOfQueuedWrites_data() { backends(); }
    void keepsTheOrderOfQueuedWrites();
    void readsAllBeforeTheEnd_data() { backends(); }
    void readsAllBeforeTheEnd();
    void noticesHangUpWhilePaused();
    void noticesReset_data() { backends(); }
    void noticesReset();
    void resetIsSeenAsAnError();
    void closesAfterWrites_data() { backends(); }
    void closesAfterWrites();
    void answerSurvivesUnreadInput_data() { backends(); }
    void answerSurvivesUnreadInput();
    void abortIsSilent_data() { backends(); }
    void abortIsSilent();
    void mayBeDestroyedInEachCallback_data();
    void mayBeDestroyedInEachCallback();
    void mayOutliveItsFactory_data() { backends(); }
    void mayOutliveItsFactory();
    void servesManyStreams_data() { backends(); }
    void servesManyStreams();
    void oneBusySenderStarvesNobody_data() { backends(); }
    void oneBusySenderStarvesNobody();
    void pausesAccepting_data() { backends(); }
    void pausesAccepting();
    void listeningMayBeDestroyedInAccept_data() { backends(); }
    void listeningMayBeDestroyedInAccept();
    void refusesToListenOnNonsense();

private:
    static void backends();
    void makeFactory();
    void listen();
    void connectPair(Pair &pair);
    [[nodiscard]] std::unique_ptr<ByteStream> connectTo(quint16 port, ByteStream::Listener *listener);

    std::unique_ptr<StreamFactory> m_factory;
    std::unique_ptr<StreamFactory::Listening> m_listening;
    std::vector<std::unique_ptr<ByteStream>> m_accepted;
};

void StreamTest::backends()
{
    QTest::addColumn<StreamFactory::Backend>("backend");
    QTest::newRow("best") << StreamFactory::Backend::Best;
    QTest::newRow("qt") << StreamFactory::Backend::QtOnly;
}

void StreamTest::init()
{
    makeFactory();
    listen();
}

void StreamTest::cleanup()
{
    m_accepted.clear();
    m_listening.reset();
    m_factory.reset();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void StreamTest::makeFactory()
{
    const bool isGiven = QTest::currentDataTag() && QByteArrayView(QTest::currentDataTag()).startsWith("qt");
    m_factory = std::make_unique<StreamFactory>(
        isGiven ? StreamFactory::Backend::QtOnly : StreamFactory::Backend::Best);
}

void StreamTest::listen()
{
    QString error;
    m_listening = m_factory->listen(
        QStringLiteral("127.0.0.1"), 0, [this](auto stream) { m_accepted.push_back(std::move(stream)); },
        &error);
    QVERIFY2(m_listening, qPrintable(error));
    QVERIFY(m_listening->port() != 0);
}

std::unique_ptr<ByteStream> StreamTest::connectTo(quint16 port, ByteStream::Listener *listener)
{
    return m_factory->connectTo(
        {.host = QStringLiteral("127.0.0.1"), .port = port}, listener, QSslConfiguration());
}

void StreamTest::connectPair(Pair &pair)
{
    pair.client.stream = connectTo(m_listening->port(), &pair.client);
    QVERIFY(waitUntil([&] { return pair.client.count(Probe::Connected) == 1 && !m_accepted.empty(); }));
    pair.server.adopt(std::move(m_accepted.back()));
    m_accepted.pop_back();
}

void StreamTest::connectsAndEchoes()
{
    Pair pair;
    pair.client.stream = connectTo(m_listening->port(), &pair.client);
    QVERIFY(pair.client.events.empty()); // nothing from inside the call
    QVERIFY(!pair.client.stream->isOpen());
    QVERIFY(waitUntil([&] { return pair.client.count(Probe::Connected) == 1 && !m_accepted.empty(); }));
    pair.server.adopt(std::move(m_accepted.back()));
    QVERIFY(pair.client.stream->isOpen());
    QCOMPARE(pair.client.stream->peerPort(), m_listening->port());
    QCOMPARE(pair.client.stream->peerName(), "127.0.0.1:" + QByteArray::number(m_listening->port()));
    QVERIFY(pair.server.stream->peerName().startsWith("127.0.0.1:"));
    const ConnectTimes times = pair.client.stream->connectTimes();
    QVERIFY(times.started <= times.resolved && times.resolved <= times.connected);
    QVERIFY(times.connected != ConnectTimes().connected);

    pair.client.stream->write("head ", "body");
    QVERIFY(waitUntil([&] { return pair.server.received == "head body"; }));
    pair.server.stream->write("answer");
    QVERIFY(waitUntil([&] { return pair.client.received == "answer"; }));
    QCOMPARE(pair.client.stream->pendingBytes(), 0);
    QCOMPARE(pair.client.count(Probe::Drained), 0); // everything fitted at once
}

void StreamTest::tellsRefused()
{
    QTcpServer taken;
    QVERIFY(taken.listen(QHostAddress::LocalHost));
    const quint16 port = taken.serverPort();
    taken.close();
    Probe probe;
    probe.stream = connectTo(port, &probe);
    QVERIFY(probe.events.empty());
    QVERIFY(waitUntil([&] { return probe.reason.has_value(); }));
    QCOMPARE(*probe.reason, CloseReason::Refused);
    QVERIFY(!probe.detail.isEmpty());
}

void StreamTest::tellsNotResolved()
{
    Probe probe;
    probe.stream = m_factory->connectTo(
        {.host = QStringLiteral("no-such-host.invalid"), .port = 80}, &probe, QSslConfiguration());
    QVERIFY(waitUntil([&] { return probe.reason.has_value(); }));
    QCOMPARE(*probe.reason, CloseReason::NotResolved);
}

void StreamTest::triesEveryAddress()
{
    // "localhost" is 127.0.0.1 and ::1; only the second one listens.
    QString error;
    auto six = m_factory->listen(
        QStringLiteral("::1"), 0, [this](auto stream) { m_accepted.push_back(std::move(stream)); }, &error);
    if (!six)
        return; // a machine without IPv6 has nothing to try
    Probe probe;
    probe.stream = m_factory->connectTo(
        {.host = QStringLiteral("localhost"), .port = six->port()}, &probe, QSslConfiguration());
    QVERIFY(waitUntil([&] { return probe.count(Probe::Connected) == 1; }));
    QCOMPARE(probe.stream->peerName(), "[::1]:" + QByteArray::number(six->port()));
}

void StreamTest::writesBeforeConnected()
{
    Pair pair;
    pair.client.stream = connectTo(m_listening->port(), &pair.client);
    pair.client.stream->write("early ", "bird");
    QVERIFY(waitUntil([&] { return !m_accepted.empty(); }));
    pair.server.adopt(std::move(m_accepted.back()));
    QVERIFY(waitUntil([&] { return pair.server.received == "early bird"; }));
}

void StreamTest::takesNothingFromTheKernelWhilePaused()
{
    Pair pair;
    connectPair(pair);
    pair.server.stream->setReadPaused(true);
    const QByteArray piece(256 * 1024, 'x');
    for (int i = 0; i < 80; ++i)
        pair.client.stream->write(piece);
    // The kernel's buffers fill up and then nothing moves: what is pending here stays.
    qsizetype last = -1;
    QVERIFY(waitUntil([&] {
        QTest::qWait(20);
        return std::exchange(last, pair.client.stream->pendingBytes()) == pair.client.stream->pendingBytes();
    }));
    QVERIFY2(last > 4 * 1024 * 1024, QByteArray::number(last).constData());
    QCOMPARE(pair.server.count(Probe::Readable), 0);

    pair.server.stream->setReadPaused(false);
    QVERIFY(waitUntil([&] { return pair.server.received.size() == 80 * piece.size(); }));
    QCOMPARE(pair.client.stream->pendingBytes(), 0);
}

void StreamTest::tellsDrainedAfterBigWrite()
{
    Pair pair;
    connectPair(pair);
    QByteArray big(24 * 1024 * 1024, '\0');
    for (qsizetype i = 0; i < big.size(); ++i)
        big[i] = static_cast<char>(i * 31 + i / 251);
    pair.client.stream->write("head", big);
    QVERIFY(pair.client.stream->pendingBytes() > 0);
    QCOMPARE(pair.client.count(Probe::Drained), 0);
    QVERIFY(waitUntil([&] { return pair.client.count(Probe::Drained) > 0; }));
    QCOMPARE(pair.client.stream->pendingBytes(), 0);
    QVERIFY(waitUntil([&] { return pair.server.received.size() == big.size() + 4; }));
    QVERIFY(pair.server.received == "head" + big);
    QCOMPARE(pair.client.count(Probe::Drained), 1);
}

void StreamTest::keepsTheOrderOfQueuedWrites()
{
    Pair pair;
    connectPair(pair);
    pair.server.stream->setReadPaused(true);
    QByteArray expected;
    for (int i = 0; i < 3000; ++i) {
        const QByteArray first = QByteArray::number(i) + ' ';
        const QByteArray second(i % 7 == 0 ? 0 : (i * 37) % 9000, static_cast<char>('a' + i % 26));
        expected += first + second;
        pair.client.stream->write(first, second);
    }
    pair.server.stream->setReadPaused(false);
    QVERIFY(waitUntil([&] { return pair.server.received.size() >= expected.size(); }));
    QVERIFY(pair.server.received == expected);
}

void StreamTest::readsAllBeforeTheEnd()
{
    Pair pair;
    connectPair(pair);
    const QByteArray big(3 * 1024 * 1024, 'z');
    pair.client.stream->write(big);
    pair.client.stream->closeAfterWrites();
    QVERIFY(waitUntil([&] { return pair.server.reason.has_value(); }));
    QCOMPARE(*pair.server.reason, CloseReason::PeerClosed);
    QCOMPARE(pair.server.received.size(), big.size());
    QCOMPARE(pair.server.events.back(), Probe::Closed);
    QCOMPARE(pair.server.count(Probe::Closed), 1);
    QVERIFY(!pair.server.stream->isOpen());
}

void StreamTest::noticesHangUpWhilePaused()
{
    Pair pair;
    connectPair(pair);
    pair.server.stream->setReadPaused(true);
    pair.client.stream->write("last words");
    pair.client.stream->closeAfterWrites();
    QVERIFY(waitUntil([&] { return pair.server.count(Probe::HungUp) == 1; }));
    for (int i = 0; i < 20; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(pair.server.events, std::vector<Probe::Event>({Probe::HungUp}));
    pair.server.stream->setReadPaused(false);
    QVERIFY(waitUntil([&] { return pair.server.reason.has_value(); }));
    QCOMPARE(pair.server.received, "last words");
    QCOMPARE(*pair.server.reason, CloseReason::PeerClosed);
}

void StreamTest::noticesReset()
{
    QFETCH(StreamFactory::Backend, backend);
    Pair pair;
    connectPair(pair);
    pair.client.stream->reset();
    QVERIFY(waitUntil([&] { return pair.server.reason.has_value(); }));
    if (backend == StreamFactory::Backend::Best)
        QCOMPARE(*pair.server.reason, CloseReason::Reset);
    else // QTcpSocket reads ECONNRESET as an end
        QVERIFY(*pair.server.reason == CloseReason::Reset || *pair.server.reason == CloseReason::PeerClosed);
    QCOMPARE(pair.client.count(Probe::Closed), 0);
}

void StreamTest::resetIsSeenAsAnError()
{
    Pair pair;
    connectPair(pair);
    pair.server.stream->setReadPaused(true);
    pair.client.stream->reset();
    QVERIFY(waitUntil([&] { return pair.server.reason.has_value(); }));
    QCOMPARE(*pair.server.reason, CloseReason::Reset);
}

void StreamTest::closesAfterWrites()
{
    Pair pair;
    connectPair(pair);
    const QByteArray big(8 * 1024 * 1024, 'q');
    pair.server.stream->write(big);
    pair.server.stream->closeAfterWrites();
    QVERIFY(!pair.server.stream->isOpen());
    pair.server.stream->write("too late");
    QVERIFY(waitUntil([&] { return pair.client.reason.has_value(); }));
    QCOMPARE(pair.client.received.size(), big.size());
    QCOMPARE(*pair.client.reason, CloseReason::PeerClosed);
    pair.client.stream.reset();
    QVERIFY(waitUntil([&] { return pair.server.reason.has_value(); }));
    QCOMPARE(pair.server.events, std::vector<Probe::Event>({Probe::Closed}));
}

void StreamTest::answerSurvivesUnreadInput()
{
    Pair pair;
    connectPair(pair);
    pair.client.stream->write(QByteArray(4 * 1024 * 1024, 'u')); // nobody reads this
    pair.server.stream->write("413");
    pair.server.stream->closeAfterWrites();
    QVERIFY(waitUntil([&] { return pair.client.reason.has_value(); }));
    QCOMPARE(pair.client.received, "413");
    QCOMPARE(*pair.client.reason, CloseReason::PeerClosed);
}

void StreamTest::abortIsSilent()
{
    Pair pair;
    connectPair(pair);
    pair.client.stream->abort();
    pair.client.stream->abort();
    QVERIFY(!pair.client.stream->isOpen());
    pair.client.stream->write("nothing");
    QCOMPARE(pair.client.stream->pendingBytes(), 0);
    QVERIFY(waitUntil([&] { return pair.server.reason.has_value(); }));
    QCOMPARE(pair.client.count(Probe::Closed), 0);

    Probe connecting;
    connecting.stream = connectTo(m_listening->port(), &connecting);
    connecting.stream->abort();
    Probe resolving;
    resolving.stream = m_factory->connectTo(
        {.host = QStringLiteral("no-such-host.invalid"), .port = 80}, &resolving, QSslConfiguration());
    resolving.stream.reset();
    QTest::qWait(20);
    QVERIFY(connecting.events.empty());
    QVERIFY(resolving.events.empty());
}

void StreamTest::mayBeDestroyedInEachCallback_data()
{
    QTest::addColumn<int>("event");
    for (const char *backend : {"best", "qt"}) {
        QTest::addRow("%s connected", backend) << int(Probe::Connected);
        QTest::addRow("%s readable", backend) << int(Probe::Readable);
        QTest::addRow("%s drained", backend) << int(Probe::Drained);
        QTest::addRow("%s closed", backend) << int(Probe::Closed);
    }
}

void StreamTest::mayBeDestroyedInEachCallback()
{
    QFETCH(int, event);
    Pair pair;
    pair.client.destroyIn = static_cast<Probe::Event>(event);
    pair.client.stream = connectTo(m_listening->port(), &pair.client);
    QVERIFY(waitUntil([&] { return pair.client.count(Probe::Connected) == 1 && !m_accepted.empty(); }));
    pair.server.adopt(std::move(m_accepted.back()));
    m_accepted.pop_back();
    if (event == Probe::Readable)
        pair.server.stream->write("x");
    else if (event == Probe::Drained)
        pair.client.stream->write(QByteArray(16 * 1024 * 1024, 'x'));
    else if (event == Probe::Closed)
        pair.server.stream->closeAfterWrites();
    QVERIFY(waitUntil([&] { return !pair.client.stream; }));
    QVERIFY(waitUntil([&] { return pair.server.reason.has_value(); }));
    QCOMPARE(pair.client.events.back(), static_cast<Probe::Event>(event));
}

void StreamTest::mayOutliveItsFactory()
{
    Pair pair;
    connectPair(pair);
    m_listening.reset();
    m_factory.reset();
    pair.client.stream->write("still there");
    QVERIFY(waitUntil([&] { return pair.server.received == "still there"; }));
}

void StreamTest::servesManyStreams()
{
    constexpr int Count = 200;
    std::vector<std::unique_ptr<Probe>> clients;
    std::vector<std::unique_ptr<Probe>> servers;
    for (int i = 0; i < Count; ++i) {
        clients.push_back(std::make_unique<Probe>());
        clients.back()->stream = connectTo(m_listening->port(), clients.back().get());
        clients.back()->stream->write(QByteArray::number(i));
    }
    QVERIFY(waitUntil([&] { return m_accepted.size() == Count; }));
    for (auto &stream : m_accepted) {
        servers.push_back(std::make_unique<Probe>());
        servers.back()->adopt(std::move(stream));
    }
    m_accepted.clear();
    QVERIFY(waitUntil([&] {
        return std::all_of(
            servers.begin(), servers.end(), [](const auto &probe) { return !probe->received.isEmpty(); });
    }));
    // Half of them go at once; the others are not disturbed.
    for (int i = 0; i < Count; i += 2)
        clients[static_cast<std::size_t>(i)].reset();
    QVERIFY(waitUntil([&] {
        return std::count_if(
                   servers.begin(), servers.end(),
                   [](const auto &probe) { return probe->reason.has_value(); })
               == Count / 2;
    }));
    for (auto &probe : servers) {
        if (probe->stream->isOpen())
            probe->stream->write(probe->received);
    }
    for (int i = 1; i < Count; i += 2) {
        auto &client = *clients[static_cast<std::size_t>(i)];
        QVERIFY(waitUntil([&] { return client.received == QByteArray::number(i); }));
    }
}

void StreamTest::oneBusySenderStarvesNobody()
{
    Pair busy;
    connectPair(busy);
    Pair quiet;
    connectPair(quiet);
    busy.client.stream->write(QByteArray(64 * 1024 * 1024, 'b'));
    quiet.client.stream->write("me too");
    QVERIFY(waitUntil([&] { return quiet.server.received == "me too"; }));
    QVERIFY(busy.server.received.size() < 64 * 1024 * 1024);
}

void StreamTest::pausesAccepting()
{
    m_listening->setPaused(true);
    Probe first;
    Probe second;
    first.stream = connectTo(m_listening->port(), &first);
    second.stream = connectTo(m_listening->port(), &second);
    QVERIFY(waitUntil([&] { return first.count(Probe::Connected) + second.count(Probe::Connected) == 2; }));
    QTest::qWait(10);
    QVERIFY(m_accepted.empty());
    m_listening->setPaused(false);
    QVERIFY(waitUntil([&] { return m_accepted.size() == 2; }));
}

void StreamTest::listeningMayBeDestroyedInAccept()
{
    int accepted = 0;
    m_listening = m_factory->listen(
        QStringLiteral("127.0.0.1"), 0,
        [this, &accepted](auto) {
            ++accepted;
            m_listening.reset();
        },
        nullptr);
    Probe first;
    Probe second;
    const quint16 port = m_listening->port();
    first.stream = connectTo(port, &first);
    second.stream = connectTo(port, &second);
    QVERIFY(waitUntil([&] { return first.reason.has_value() && second.reason.has_value(); }));
    QCOMPARE(accepted, 1);
}

void StreamTest::refusesToListenOnNonsense()
{
    QString error;
    QVERIFY(!m_factory->listen(
        QStringLiteral("not-an-address"), 0, [](auto) {}, &error));
    QVERIFY(error.contains(QLatin1StringView("not-an-address")));
    const quint16 taken = m_listening->port();
    QVERIFY(!m_factory->listen(
        QStringLiteral("127.0.0.1"), taken, [](auto) {}, &error));
    QVERIFY(error.contains(QString::number(taken)));
}

QTEST_GUILESS_MAIN(StreamTest)
#include "StreamTest.moc"

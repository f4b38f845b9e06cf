// SPDX-License-Identifier: GPL-3.0-or-later
#include "TransportRig.h"

#include <QBuffer>
#include <QNetworkReply>
#include <QSignalSpy>
#include <QTest>

using namespace fairlead;
using namespace std::chrono_literals;
using test::FakeScript;
using test::FakeUpstream;
using test::TransportRig;

namespace {

/// Every signal of a reply in the order it came.
class Diary
{
public:
    explicit Diary(QNetworkReply *reply)
    {
        const auto note
            = [this](const char *what) { return [this, what] { m_lines += QByteArray(what) + ' '; }; };
        QObject::connect(reply, &QNetworkReply::metaDataChanged, note("head"));
        QObject::connect(reply, &QNetworkReply::readyRead, note("bytes"));
        QObject::connect(reply, &QNetworkReply::errorOccurred, note("error"));
        QObject::connect(reply, &QNetworkReply::finished, note("finished"));
    }
    [[nodiscard]] QByteArray text() const { return m_lines.trimmed(); }

private:
    QByteArray m_lines;
};

} // namespace

/// What anybody may expect who knows QNetworkReply only.
class ReplyTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void verbs_data();
    void verbs();
    void signalsAndAttributes();
    void errorStatusIsAnErrorWithABody();
    void nothingHappensInsideTheCall();
    void abortFinishesOnce();
    void deletedInsideItsOwnSignals_data();
    void deletedInsideItsOwnSignals();
    void readsInPieces();
    void readBufferIsBounded();
    void managerTakesItsRepliesAlong();
};

void ReplyTest::verbs_data()
{
    QTest::addColumn<QByteArray>("verb");
    QTest::addColumn<bool>("hasBody");
    for (const char *verb : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"})
        QTest::newRow(verb) << QByteArray(verb) << (verb[0] == 'P');
}

void ReplyTest::verbs()
{
    QFETCH(const QByteArray, verb);
    QFETCH(const bool, hasBody);
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript().bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    QBuffer device;
    device.setData("body");
    device.open(QIODevice::ReadOnly);
    QNetworkAccessManager &manager = *rig.manager;
    const QNetworkRequest request(server.url());
    QNetworkReply *reply = nullptr;
    if (verb == "GET")
        reply = manager.get(request);
    else if (verb == "HEAD")
        reply = manager.head(request);
    else if (verb == "POST")
        reply = manager.post(request, &device);
    else if (verb == "PUT")
        reply = manager.put(request, QByteArray("body"));
    else if (verb == "DELETE")
        reply = manager.deleteResource(request);
    else
        reply = manager.sendCustomRequest(request, verb, QByteArray("body"));
    QVERIFY(test::waitUntil([&] { return reply->isFinished(); }));
    QCOMPARE(reply->error(), QNetworkReply::NoError);
    QCOMPARE(server.requests().front().method, verb);
    QCOMPARE(server.requests().front().body, hasBody ? QByteArray("body") : QByteArray());
    QCOMPARE(server.requests().front().headers.contains("content-length"), hasBody);
    QCOMPARE(reply->url(), server.url());
    QCOMPARE(reply->manager(), rig.manager.get());
    QCOMPARE(reply->parent(), rig.manager.get());
}

void ReplyTest::signalsAndAttributes()
{
    TransportRig rig;
    FakeUpstream server;
    server.expect(
        FakeScript::answer("hello", 203, "X-A: one\r\nx-a: two\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"));
    QSignalSpy managerFinished(rig.manager.get(), &QNetworkAccessManager::finished);
    QNetworkReply *reply = rig.manager->post(QNetworkRequest(server.url()), QByteArray("q"));
    const Diary diary(reply);
    QVERIFY(reply->isRunning());
    QVERIFY(test::waitUntil([&] { return reply->isFinished(); }));
    QCOMPARE(diary.text(), QByteArray("head bytes finished"));
    QCOMPARE(managerFinished.count(), 1);
    QCOMPARE(reply->operation(), QNetworkAccessManager::PostOperation);
    QCOMPARE(reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), 203);
    QCOMPARE(
        reply->attribute(QNetworkRequest::HttpReasonPhraseAttribute).toString(), QStringLiteral("Scripted"));
    QCOMPARE(reply->rawHeader("X-A"), QByteArray("one, two"));
    QCOMPARE(reply->rawHeader("set-cookie"), QByteArray("a=1\nb=2"));
    QCOMPARE(reply->header(QNetworkRequest::ContentLengthHeader).toInt(), 5);
    QCOMPARE(reply->bytesAvailable(), qint64(5));
    QCOMPARE(reply->readAll(), QByteArray("hello"));
    QVERIFY(reply->atEnd());
}

void ReplyTest::errorStatusIsAnErrorWithABody()
{
    TransportRig rig;
    FakeUpstream server;
    server.expect(FakeScript::answer("{\"error\":1}", 429));
    QNetworkReply *reply = rig.manager->post(QNetworkRequest(server.url()), QByteArray("q"));
    const Diary diary(reply);
    QVERIFY(test::waitUntil([&] { return reply->isFinished(); }));
    QCOMPARE(diary.text(), QByteArray("head bytes error finished"));
    QCOMPARE(reply->error(), QNetworkReply::UnknownContentError);
    QCOMPARE(reply->readAll(), QByteArray("{\"error\":1}"));
}

void ReplyTest::nothingHappensInsideTheCall()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript::answer("x"));
    QUrl bad = server.url();
    bad.setUserName(QStringLiteral("user"));
    for (const QUrl &url : {server.url(), server.url(), bad}) {
        QNetworkReply *reply = rig.manager->get(QNetworkRequest(url));
        const Diary diary(reply);
        QCOMPARE(diary.text(), QByteArray());
        QVERIFY(test::waitUntil([&] { return diary.text().endsWith("finished"); }));
        QCOMPARE(diary.text(), url == bad ? QByteArray("error finished") : QByteArray("head bytes finished"));
    }
}

void ReplyTest::abortFinishesOnce()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript().bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").hang());
    QNetworkReply *reply = rig.manager->get(QNetworkRequest(server.url()));
    const Diary diary(reply);
    QVERIFY(test::waitUntil([&] { return reply->bytesAvailable() == 3; }));
    reply->abort();
    reply->abort();
    reply->close();
    QCOMPARE(diary.text(), QByteArray("head bytes error finished"));
    QCOMPARE(reply->error(), QNetworkReply::OperationCanceledError);
    QCOMPARE(reply->bytesAvailable(), qint64(0));
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
    QCOMPARE(diary.text(), QByteArray("head bytes error finished"));

    QNetworkReply *early = rig.manager->get(QNetworkRequest(server.url()));
    const Diary earlyDiary(early);
    early->abort();
    QCOMPARE(earlyDiary.text(), QByteArray("error finished"));
    QCOMPARE(rig.manager->activeConnections(), 0);
}

void ReplyTest::deletedInsideItsOwnSignals_data()
{
    QTest::addColumn<QByteArray>("when");
    for (const char *when : {"head", "bytes", "error", "finished"})
        QTest::newRow(when) << QByteArray(when);
}

void ReplyTest::deletedInsideItsOwnSignals()
{
    QFETCH(const QByteArray, when);
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript::answer("x", 500));
    QPointer<QNetworkReply> reply = rig.manager->send(QNetworkRequest(server.url()), "POST", "q");
    const auto remove = [reply] { delete reply.data(); };
    if (when == "head")
        connect(reply, &QNetworkReply::metaDataChanged, this, remove);
    else if (when == "bytes")
        connect(reply, &QNetworkReply::readyRead, this, remove);
    else if (when == "error")
        connect(reply, &QNetworkReply::errorOccurred, this, remove);
    else
        connect(reply, &QNetworkReply::finished, this, remove);
    QVERIFY(test::waitUntil([&] { return reply.isNull(); }));
    QCOMPARE(rig.manager->activeConnections(), 0);
    QCOMPARE(rig.manager->idleConnections(), 1); // the exchange itself was over
}

void ReplyTest::readsInPieces()
{
    TransportRig rig;
    FakeUpstream server;
    server.expect(FakeScript::chunked({"one\n", "two\nthr", "ee\n"}));
    QNetworkReply *reply = rig.manager->get(QNetworkRequest(server.url()));
    QVERIFY(test::waitUntil([&] { return reply->isFinished(); }));
    QCOMPARE(reply->peek(3), QByteArray("one"));
    QVERIFY(reply->canReadLine() || reply->isSequential());
    QCOMPARE(reply->read(4), QByteArray("one\n"));
    QCOMPARE(reply->readLine(), QByteArray("two\n"));
    QCOMPARE(reply->readAll(), QByteArray("three\n"));
    QCOMPARE(reply->readAll(), QByteArray());
}

void ReplyTest::readBufferIsBounded()
{
    TransportRig rig;
    FakeUpstream server;
    constexpr qint64 All = 8 * 1024 * 1024;
    server.always(FakeScript()
                      .bytes("HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(All) + "\r\n\r\n")
                      .flood(QByteArray(64 * 1024, 'f'), All));
    for (const qint64 size : {qint64(0), qint64(10'000)}) {
        QNetworkReply *reply = rig.manager->get(QNetworkRequest(server.url()));
        reply->setReadBufferSize(size);
        const qint64 most = size == 0 ? 256 * 1024 : size;
        QVERIFY(test::waitUntil([&] { return reply->bytesAvailable() == most; }));
        QVERIFY(!test::waitUntil([&] { return reply->bytesAvailable() > most; }, 10ms));
        qint64 read = 0;
        QVERIFY(test::waitUntil([&] {
            read += reply->readAll().size();
            return reply->isFinished() && reply->bytesAvailable() == 0;
        }));
        QCOMPARE(read, All);
    }
}

void ReplyTest::managerTakesItsRepliesAlong()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript().hang());
    QPointer<QNetworkReply> posted = rig.manager->post(QNetworkRequest(server.url()), QByteArray("q"));
    const std::unique_ptr<QNetworkReply> sent(rig.manager->send(QNetworkRequest(server.url()), "POST", "q"));
    const Diary postedDiary(posted);
    const Diary sentDiary(sent.get());
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 2; }));
    rig.transport.reset();
    rig.manager.reset();
    QVERIFY(posted.isNull());
    QCOMPARE(postedDiary.text(), QByteArray("error finished"));
    QCOMPARE(sentDiary.text(), QByteArray("error finished"));
    QCOMPARE(sent->error(), QNetworkReply::OperationCanceledError);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
}

QTEST_GUILESS_MAIN(ReplyTest)
#include "ReplyTest.moc"

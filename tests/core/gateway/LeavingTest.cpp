// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/House.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace fairlead;
using test::House;
using test::quoted;

namespace {

constexpr qint64 kMostMs = 100;

QByteArray chunked(const QByteArray &bytes)
{
    return QByteArray::number(bytes.size(), 16) + "\r\n" + bytes + "\r\n";
}

QByteArray word(const char *text)
{
    return chunked(
        quoted("data: {'id':'a','object':'chat.completion.chunk','created':1,'model':'m','choices':["
               "{'index':0,'delta':{'content':'")
        + text + quoted("'},'finish_reason':null}]}\n\n"));
}

const char *const kHead = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                          "transfer-encoding: chunked\r\n\r\n";

} // namespace

/// A client that hangs up stops its provider at once, wherever the answer stands: what is generated for
/// nobody is paid for all the same.
class LeavingTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theProviderIsLeftToo_data()
    {
        QTest::addColumn<QByteArray>("recovery");
        QTest::addColumn<QByteArray>("stage");
        for (const char *recovery : {"off", "auto", "hold"}) {
            for (const char *stage : {"silent", "head", "words", "second"})
                QTest::addRow("%s, %s", recovery, stage) << QByteArray(recovery) << QByteArray(stage);
        }
    }

    void theProviderIsLeftToo()
    {
        QFETCH(QByteArray, recovery);
        QFETCH(QByteArray, stage);
        const bool breaks = stage == "second" && recovery != "off";
        QTcpServer upstream;
        QVERIFY(upstream.listen(QHostAddress::LocalHost));
        const QByteArray port = QByteArray::number(upstream.serverPort());
        House house(
            quoted("{'server':{'auth':'none'},'providers':[{'id':'a','wire':'openai-chat','auth':'none',"
                   "'base_url':'http://127.0.0.1:")
                + port + quoted("','models':['m','n']}],'routes':[{'model':'r','recovery':'") + recovery
                + quoted("','targets':['a/m','a/n']}]}"),
            false);

        QTcpSocket client;
        client.connectToHost(QHostAddress::LocalHost, house.gateway->serverStatus().port);
        const QByteArray body
            = quoted("{'model':'r','stream':true,'messages':[{'role':'user','content':'Hi'}]}");
        client.write(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            "content-length: "
            + QByteArray::number(body.size()) + "\r\n\r\n" + body);

        QTcpSocket *provider = nullptr;
        for (int round = 0; round <= (breaks ? 1 : 0); ++round) {
            QVERIFY(test::waitUntil([&] { return upstream.hasPendingConnections(); }));
            provider = upstream.nextPendingConnection();
            QVERIFY(test::waitUntil([&] { return provider->bytesAvailable() > 0; }));
            if (stage != "silent")
                provider->write(kHead);
            if (stage == "words" || stage == "second")
                provider->write(word("One") + word(" two"));
            provider->flush();
            const bool last = round == (breaks ? 1 : 0);
            const bool shows = (stage == "words" || stage == "second") && recovery != "hold" && round == 0;
            if (shows)
                QVERIFY(test::waitUntil([&] { return client.bytesAvailable() > 0; }));
            if (!last)
                provider->disconnectFromHost(); // in the middle of its answer
        }
        // Let what was written arrive; nothing more is to come.
        QCoreApplication::processEvents();

        QElapsedTimer since;
        since.start();
        client.abort();
        QVERIFY(test::waitUntil([&] { return provider->state() == QAbstractSocket::UnconnectedState; }));
        QVERIFY2(since.elapsed() <= kMostMs, QByteArray::number(since.elapsed()).constData());
        QVERIFY(!upstream.hasPendingConnections());
    }
};

QTEST_GUILESS_MAIN(LeavingTest)
#include "LeavingTest.moc"

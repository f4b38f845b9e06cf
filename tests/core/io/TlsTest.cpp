// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/StreamFactory.h"

#include "support/Await.h"

#include <QFile>
#include <QProcess>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <optional>

using namespace fairlead;
using namespace fairlead::io;
using fairlead::test::waitUntil;

namespace {

class Client final : public ByteStream::Listener
{
public:
    void streamConnected() override { isConnected = true; }
    void streamReadable() override
    {
        std::array<char, 8192> buffer;
        for (;;) {
            const qsizetype count = stream->read(buffer.data(), static_cast<qsizetype>(buffer.size()));
            if (count == 0)
                return;
            received.append(buffer.data(), count);
        }
    }
    void streamDrained() override { isDrained = true; }
    void streamClosed(CloseReason why, const QByteArray &text) override
    {
        reason = why;
        detail = text;
    }
    std::unique_ptr<ByteStream> stream;
    bool isConnected = false;
    bool isDrained = false;
    QByteArray received;
    std::optional<CloseReason> reason;
    QByteArray detail;
};

} // namespace

/// TLS against a server with a certificate made for the occasion (localhost and 127.0.0.1).
class TlsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void carriesBytesBothWays();
    void readsAllBeforeTheEnd();
    void pausesTheServer();
    void refusesUnknownAuthority();
    void refusesAnotherName();
    void refusesPlainServer();
    void noticesServerThatHangsUpInTheHandshake();

private:
    [[nodiscard]] QSslConfiguration trusting() const;
    void connectTo(Client &client, quint16 port, const QSslConfiguration &tls);
    void connectPair(Client &client);

    QSslCertificate m_certificate;
    QSslKey m_key;
    std::unique_ptr<QSslServer> m_server;
    std::unique_ptr<QSslSocket> m_peer;
    std::unique_ptr<StreamFactory> m_factory;
};

void TlsTest::initTestCase()
{
    QVERIFY(QSslSocket::supportsSsl());
    QTemporaryDir directory;
    const QString key = directory.filePath(QStringLiteral("key.pem"));
    const QString certificate = directory.filePath(QStringLiteral("cert.pem"));
    const QStringList arguments{
        QStringLiteral("req"),
        QStringLiteral("-x509"),
        QStringLiteral("-newkey"),
        QStringLiteral("ec"),
        QStringLiteral("-pkeyopt"),
        QStringLiteral("ec_paramgen_curve:prime256v1"),
        QStringLiteral("-nodes"),
        QStringLiteral("-days"),
        QStringLiteral("2"),
        QStringLiteral("-subj"),
        QStringLiteral("/CN=localhost"),
        QStringLiteral("-addext"),
        QStringLiteral("subjectAltName=DNS:localhost,IP:127.0.0.1"),
        QStringLiteral("-keyout"),
        key,
        QStringLiteral("-out"),
        certificate};
    QProcess openssl;
    openssl.start(QStringLiteral("openssl"), arguments);
    QVERIFY(openssl.waitForFinished());
    QCOMPARE(openssl.exitCode(), 0);
    QFile keyFile(key);
    QVERIFY(keyFile.open(QIODevice::ReadOnly));
    m_key = QSslKey(&keyFile, QSsl::Ec);
    m_certificate = QSslCertificate::fromPath(certificate).value(0);
    QVERIFY(!m_key.isNull() && !m_certificate.isNull());
}

void TlsTest::init()
{
    m_factory = std::make_unique<StreamFactory>();
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificate(m_certificate);
    configuration.setPrivateKey(m_key);
    m_server = std::make_unique<QSslServer>();
    m_server->setSslConfiguration(configuration);
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
}

void TlsTest::cleanup()
{
    m_peer.reset();
    m_server.reset();
    m_factory.reset();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

QSslConfiguration TlsTest::trusting() const
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.addCaCertificate(m_certificate);
    return configuration;
}

void TlsTest::connectTo(Client &client, quint16 port, const QSslConfiguration &tls)
{
    client.stream = m_factory->connectTo(
        {.host = QStringLiteral("127.0.0.1"), .port = port, .tls = true}, &client, tls);
}

void TlsTest::connectPair(Client &client)
{
    connectTo(client, m_server->serverPort(), trusting());
    QVERIFY(waitUntil([&] { return client.isConnected && m_server->hasPendingConnections(); }));
    m_peer.reset(qobject_cast<QSslSocket *>(m_server->nextPendingConnection()));
    m_peer->setParent(nullptr);
}

void TlsTest::carriesBytesBothWays()
{
    Client client;
    connectTo(client, m_server->serverPort(), trusting());
    client.stream->write("early;"); // before there is anything to carry it
    QVERIFY(!client.isConnected);
    QVERIFY(waitUntil([&] { return client.isConnected && m_server->hasPendingConnections(); }));
    m_peer.reset(qobject_cast<QSslSocket *>(m_server->nextPendingConnection()));
    m_peer->setParent(nullptr);
    const ConnectTimes times = client.stream->connectTimes();
    QVERIFY(times.started <= times.connected && times.connected <= times.encrypted);

    QByteArray big(6 * 1024 * 1024, '\0');
    for (qsizetype i = 0; i < big.size(); ++i)
        big[i] = static_cast<char>(i * 17 + i / 509);
    client.stream->write("head;", big, "tail");
    QByteArray got;
    QVERIFY(waitUntil([&] {
        got += m_peer->readAll();
        return got.size() == big.size() + 15;
    }));
    QVERIFY(got == "early;head;" + big + "tail");
    QVERIFY(waitUntil([&] { return client.isDrained; }));
    QCOMPARE(client.stream->pendingBytes(), 0);
    m_peer->write(big);
    QVERIFY(waitUntil([&] { return client.received.size() == big.size(); }));
    QVERIFY(client.received == big);
}

void TlsTest::readsAllBeforeTheEnd()
{
    Client client;
    connectPair(client);
    m_peer->write(QByteArray(2'000'000, 'z'));
    m_peer->disconnectFromHost();
    QVERIFY(waitUntil([&] { return client.reason.has_value(); }));
    QCOMPARE(client.received.size(), 2'000'000);
    QCOMPARE(*client.reason, CloseReason::PeerClosed);
}

void TlsTest::pausesTheServer()
{
    Client client;
    connectPair(client);
    client.stream->setReadPaused(true);
    constexpr qsizetype Size = 32 * 1024 * 1024;
    m_peer->write(QByteArray(Size, 'p'));
    qint64 last = -1;
    const auto left = [&] { return m_peer->bytesToWrite() + m_peer->encryptedBytesToWrite(); };
    QVERIFY(waitUntil([&] {
        QTest::qWait(30);
        return std::exchange(last, left()) == left();
    }));
    QVERIFY2(last > Size / 2, QByteArray::number(last).constData());
    QVERIFY(client.received.isEmpty());
    client.stream->setReadPaused(false);
    QVERIFY(waitUntil([&] { return client.received.size() == Size; }));
}

void TlsTest::refusesUnknownAuthority()
{
    Client client;
    connectTo(client, m_server->serverPort(), QSslConfiguration::defaultConfiguration());
    QVERIFY(waitUntil([&] { return client.reason.has_value(); }));
    QCOMPARE(*client.reason, CloseReason::TlsFailed);
    QVERIFY2(client.detail.contains("certificate"), client.detail.constData());
    QVERIFY(!client.isConnected);
}

void TlsTest::refusesAnotherName()
{
    // 127.0.0.2 reaches the same machine, but the certificate does not say so.
    QSslServer other;
    other.setSslConfiguration(m_server->sslConfiguration());
    QVERIFY(other.listen(QHostAddress(QStringLiteral("127.0.0.2"))));
    Client client;
    client.stream = m_factory->connectTo(
        {.host = QStringLiteral("127.0.0.2"), .port = other.serverPort(), .tls = true}, &client, trusting());
    QVERIFY(waitUntil([&] { return client.reason.has_value(); }));
    QCOMPARE(*client.reason, CloseReason::TlsFailed);
    QVERIFY(!client.isConnected);
}

void TlsTest::refusesPlainServer()
{
    QTcpServer plain;
    QVERIFY(plain.listen(QHostAddress::LocalHost));
    QObject::connect(&plain, &QTcpServer::newConnection, &plain, [&] {
        plain.nextPendingConnection()->write("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    Client client;
    connectTo(client, plain.serverPort(), trusting());
    QVERIFY(waitUntil([&] { return client.reason.has_value(); }));
    QCOMPARE(*client.reason, CloseReason::TlsFailed);
}

void TlsTest::noticesServerThatHangsUpInTheHandshake()
{
    QTcpServer rude;
    QVERIFY(rude.listen(QHostAddress::LocalHost));
    QObject::connect(
        &rude, &QTcpServer::newConnection, &rude, [&] { rude.nextPendingConnection()->close(); });
    Client client;
    connectTo(client, rude.serverPort(), trusting());
    QVERIFY(waitUntil([&] { return client.reason.has_value(); }));
    QCOMPARE(*client.reason, CloseReason::TlsFailed);
}

QTEST_GUILESS_MAIN(TlsTest)
#include "TlsTest.moc"

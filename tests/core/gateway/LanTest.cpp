// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/House.h"

#include <QProcess>
#include <QSslCertificate>
#include <QSslSocket>
#include <QTcpSocket>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::House;
using test::quoted;
using test::Reply;

namespace {

using State = ServerStatus::State;

QByteArray question()
{
    return quoted("{'model':'demo/fast','messages':[{'role':'user','content':'What is a fairlead?'}]}");
}

/// Starts a server with this config; it may fail.
std::unique_ptr<LocalGateway>
started(const QString &folder, const QByteArray &config, const QString &host = {})
{
    QFile file(folder + QStringLiteral("/config.json"));
    if (!file.open(QIODevice::WriteOnly) || file.write(config) < 0)
        qFatal("the config cannot be written");
    file.close();
    GatewayOptions options;
    options.configPath = file.fileName();
    options.dataDir = folder + QStringLiteral("/data");
    options.host = host;
    options.port = 0;
    options.secrets = std::make_unique<secrets::MemoryStore>();
    auto gateway = LocalGateway::create(std::move(options));
    if (!gateway)
        qFatal("%s", gateway.error().message().constData());
    (*gateway)->startServer();
    test::waitUntil([&] {
        const State state = (*gateway)->serverStatus().state;
        return state == State::Running || state == State::Failed;
    });
    return std::move(*gateway);
}

} // namespace

/// A server that other machines could reach, and one that speaks TLS.
class LanTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_certificate = m_folder.filePath(QStringLiteral("cert.pem"));
    QString m_key = m_folder.filePath(QStringLiteral("key.pem"));

    [[nodiscard]] QByteArray tls() const
    {
        return "'tls':{'cert_file':'" + m_certificate.toUtf8() + "','key_file':'" + m_key.toUtf8() + "'}";
    }
    [[nodiscard]] static QByteArray server(const QByteArray &members)
    {
        return quoted(QByteArray("{'server':{" + members + "}}").constData());
    }

private Q_SLOTS:
    void initTestCase()
    {
        QProcess openssl;
        const QString arguments = QStringLiteral(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=fairlead"
            " -addext subjectAltName=DNS:box.example,DNS:*.wild.example,IP:127.0.0.1 -keyout %1 -out %2");
        openssl.start(QStringLiteral("openssl"), arguments.arg(m_key, m_certificate).split(QLatin1Char(' ')));
        QVERIFY(openssl.waitForFinished());
        QCOMPARE(openssl.exitCode(), 0);
    }

    void otherMachinesNeedAllThree_data()
    {
        QTest::addColumn<QByteArray>("members");
        QTest::addColumn<QByteArray>("missing"); // empty = it runs
        QTest::newRow("nothing") << QByteArray() << QByteArray("needs \"lan\": true and \"tls\"");
        QTest::newRow("lan") << QByteArray("'lan':true") << QByteArray("needs \"tls\" with a certificate");
        QTest::newRow("tls") << tls() << QByteArray("needs \"lan\": true;");
        QTest::newRow("no tokens") << "'lan':true,'auth':'none'," + tls()
                                   << QByteArray("needs \"auth\": \"token\"");
        QTest::newRow("all") << "'lan':true," + tls() << QByteArray();
    }
    void otherMachinesNeedAllThree()
    {
        QFETCH(QByteArray, members);
        QFETCH(QByteArray, missing);
        const QTemporaryDir folder;
        const auto gateway = started(folder.path(), server(members), QStringLiteral("0.0.0.0"));
        const ServerStatus status = gateway->serverStatus();
        QCOMPARE(status.state == State::Running, missing.isEmpty());
        QVERIFY2(status.error.toUtf8().contains(missing), qPrintable(status.error));
    }

    void badCertificatesAreNamed_data()
    {
        QTest::addColumn<QString>("certificate");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("not there") << m_folder.filePath(QStringLiteral("nowhere.pem")) << m_key
                                   << QByteArray("nowhere.pem of \"tls\" cannot be read");
        QTest::newRow("a key for a certificate") << m_key << m_key << QByteArray("holds no certificate");
        QTest::newRow("a certificate for a key")
            << m_certificate << m_certificate << QByteArray("holds no private key");
    }
    void badCertificatesAreNamed()
    {
        QFETCH(QString, certificate);
        QFETCH(QString, key);
        QFETCH(QByteArray, words);
        const QTemporaryDir folder;
        const auto gateway = started(
            folder.path(),
            server("'tls':{'cert_file':'" + certificate.toUtf8() + "','key_file':'" + key.toUtf8() + "'}"));
        QCOMPARE(gateway->serverStatus().state, State::Failed);
        QVERIFY2(
            gateway->serverStatus().error.toUtf8().contains(words),
            qPrintable(gateway->serverStatus().error));
    }

    void speaksTls()
    {
        House house(server("'lan':true," + tls()));
        QVERIFY(house.gateway->serverStatus().url().startsWith(QLatin1String("https://127.0.0.1:")));
        QSslConfiguration trusting = QSslConfiguration::defaultConfiguration();
        trusting.setCaCertificates(QSslCertificate::fromPath(m_certificate));
        const auto ask = [&](const QByteArray &host) {
            QNetworkRequest request = house.request(QStringLiteral("/v1/chat/completions"));
            request.setSslConfiguration(trusting);
            if (!host.isEmpty())
                request.setRawHeader("host", host);
            return House::finish(house.client.post(request, question()));
        };
        QCOMPARE(ask({}).status, 200);
        QCOMPARE(ask("box.example").status, 200); // the certificate's name
        QCOMPARE(ask("evil.example").status, 403);
        QCOMPARE(ask("any.wild.example").status, 403);
        house.token = "wrong";
        QCOMPARE(ask({}).status, 401);
    }

    void plainTextIsNotAnswered()
    {
        House house(server(tls()));
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), house.gateway->serverStatus().port);
        socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QVERIFY(test::waitUntil([&] { return socket.state() == QAbstractSocket::UnconnectedState; }));
        QVERIFY(!socket.readAll().contains("HTTP/1.1"));
    }
};

QTEST_GUILESS_MAIN(LanTest)
#include "LanTest.moc"

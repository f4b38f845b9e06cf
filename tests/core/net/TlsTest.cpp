// SPDX-License-Identifier: GPL-3.0-or-later
#include "TransportRig.h"

#include <QFile>
#include <QProcess>
#include <QSslCertificate>
#include <QSslKey>
#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;
using namespace std::chrono_literals;
using net::TransportErrorKind;
using test::exchange;
using test::FakeScript;
using test::FakeUpstream;
using test::Outcome;
using test::post;
using test::TransportRig;

/// Certificates are made by the openssl command line when the test begins.
class TlsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void trusted();
    void certificates_data();
    void certificates();
    void aRequestMayBringItsOwnConfiguration();
    void streamsAndIsNotCutUnseen();
    void noTlsAtAll();

private:
    void openssl(const QStringList &arguments);
    void makeCertificate(const QString &name, const QString &subjectAltName, int days, bool signedByOurs);
    [[nodiscard]] QSslConfiguration serverConfiguration(const QString &name) const;
    [[nodiscard]] QSslConfiguration clientConfiguration() const;
    [[nodiscard]] QString path(const QString &name) const { return m_directory.filePath(name); }

    QTemporaryDir m_directory;
};

void TlsTest::openssl(const QStringList &arguments)
{
    QProcess process;
    process.setWorkingDirectory(m_directory.path());
    process.start(QStringLiteral("openssl"), arguments);
    QVERIFY2(
        process.waitForFinished() && process.exitCode() == 0, process.readAllStandardError().constData());
}

void TlsTest::makeCertificate(const QString &name, const QString &subjectAltName, int days, bool signedByOurs)
{
    QFile extensions(path(name + QStringLiteral(".ext")));
    QVERIFY(extensions.open(QIODevice::WriteOnly));
    extensions.write("subjectAltName=" + subjectAltName.toLatin1() + "\n");
    extensions.close();
    const QString key = name + QStringLiteral(".key");
    const QString request = name + QStringLiteral(".csr");
    openssl(
        {QStringLiteral("req"), QStringLiteral("-new"), QStringLiteral("-newkey"), QStringLiteral("ec"),
         QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:prime256v1"), QStringLiteral("-nodes"),
         QStringLiteral("-keyout"), key, QStringLiteral("-out"), request, QStringLiteral("-subj"),
         QStringLiteral("/CN=fairlead test")});
    QStringList sign{QStringLiteral("x509"),     QStringLiteral("-req"),
                     QStringLiteral("-in"),      request,
                     QStringLiteral("-days"),    QString::number(days),
                     QStringLiteral("-out"),     name + QStringLiteral(".pem"),
                     QStringLiteral("-extfile"), name + QStringLiteral(".ext")};
    if (signedByOurs)
        sign << QStringLiteral("-CA") << QStringLiteral("ca.pem") << QStringLiteral("-CAkey")
             << QStringLiteral("ca.key") << QStringLiteral("-CAcreateserial");
    else
        sign << QStringLiteral("-signkey") << key;
    openssl(sign);
}

QSslConfiguration TlsTest::serverConfiguration(const QString &name) const
{
    QFile key(path(name + QStringLiteral(".key")));
    if (!key.open(QIODevice::ReadOnly))
        qFatal("TlsTest: no key");
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.setPrivateKey(QSslKey(&key, QSsl::Ec));
    configuration.setLocalCertificateChain(QSslCertificate::fromPath(path(name + QStringLiteral(".pem"))));
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone); // of clients
    return configuration;
}

QSslConfiguration TlsTest::clientConfiguration() const
{
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    configuration.addCaCertificates(QSslCertificate::fromPath(path(QStringLiteral("ca.pem"))));
    return configuration;
}

void TlsTest::initTestCase()
{
    QVERIFY(m_directory.isValid());
    openssl(
        {QStringLiteral("req"), QStringLiteral("-x509"), QStringLiteral("-newkey"), QStringLiteral("ec"),
         QStringLiteral("-pkeyopt"), QStringLiteral("ec_paramgen_curve:prime256v1"), QStringLiteral("-nodes"),
         QStringLiteral("-keyout"), QStringLiteral("ca.key"), QStringLiteral("-out"),
         QStringLiteral("ca.pem"), QStringLiteral("-days"), QStringLiteral("2"), QStringLiteral("-subj"),
         QStringLiteral("/CN=fairlead test authority")});
    const QString here = QStringLiteral("IP:127.0.0.1,DNS:localhost");
    makeCertificate(QStringLiteral("good"), here, 2, true);
    makeCertificate(QStringLiteral("expired"), here, -1, true);
    makeCertificate(QStringLiteral("other"), QStringLiteral("DNS:elsewhere.test"), 2, true);
    makeCertificate(QStringLiteral("selfsigned"), here, 2, false);
}

void TlsTest::trusted()
{
    TransportRig rig;
    rig.manager->setTlsConfiguration(clientConfiguration());
    FakeUpstream server(serverConfiguration(QStringLiteral("good")));
    server.always(FakeScript::answer("secret"));
    for (const bool reused : {false, true}) {
        const Outcome outcome
            = test::await(exchange(*rig.transport, post(server.url(), QByteArray(100'000, 'b'))));
        QVERIFY2(!outcome.error, outcome.message.constData());
        QCOMPARE(outcome.body, QByteArray("secret"));
        QCOMPARE(outcome.times.reusedConnection, reused);
        QCOMPARE(outcome.times.encrypted.has_value(), !reused);
    }
    QCOMPARE(server.connectionCount(), 1);
    QCOMPARE(server.requests().back().body.size(), qsizetype(100'000));
    server.closeIdle();
    QVERIFY(test::waitUntil([&] { return rig.manager->idleConnections() == 0; }));
}

void TlsTest::certificates_data()
{
    QTest::addColumn<QString>("certificate");
    QTest::addColumn<bool>("knowsAuthority");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("expired") << QStringLiteral("expired") << true << QByteArray("it has expired");
    QTest::newRow("of another host") << QStringLiteral("other") << true
                                     << QByteArray("it belongs to another name");
    QTest::newRow("self-signed") << QStringLiteral("selfsigned") << true << QByteArray("does not know");
    QTest::newRow("unknown authority") << QStringLiteral("good") << false << QByteArray("does not know");
}

void TlsTest::certificates()
{
    QFETCH(const QString, certificate);
    QFETCH(const bool, knowsAuthority);
    QFETCH(const QByteArray, says);
    TransportRig rig;
    if (knowsAuthority)
        rig.manager->setTlsConfiguration(clientConfiguration());
    FakeUpstream server(serverConfiguration(certificate));
    server.always(FakeScript::answer("never"));
    const Outcome outcome = test::await(exchange(*rig.transport, post(server.url())));
    QVERIFY(outcome.error == TransportErrorKind::TlsFailed);
    QVERIFY2(outcome.message.contains(says), outcome.message.constData());
    QVERIFY(outcome.message.contains("127.0.0.1:" + QByteArray::number(server.port())));
    QCOMPARE(server.requestCount(), 0);
    QCOMPARE(rig.manager->activeConnections(), 0);
}

void TlsTest::aRequestMayBringItsOwnConfiguration()
{
    TransportRig rig;
    FakeUpstream server(serverConfiguration(QStringLiteral("good")));
    server.always(FakeScript::answer("x"));
    QNetworkRequest request(server.url());
    request.setSslConfiguration(clientConfiguration());
    const std::unique_ptr<QNetworkReply> trusting(rig.manager->send(request, "POST", "q"));
    QVERIFY(test::waitUntil([&] { return trusting->isFinished(); }));
    QCOMPARE(trusting->error(), QNetworkReply::NoError);
    QCOMPARE(rig.manager->idleConnections(), 1);
    net::TransportRequest same = post(server.url());
    same.tls = std::make_shared<const QSslConfiguration>(clientConfiguration());
    const Outcome again = test::await(exchange(*rig.transport, std::move(same)));
    QVERIFY2(!again.error, again.message.constData());
    QVERIFY(again.times.reusedConnection);
    // One who does not trust that authority must not get the connection of one who does.
    QVERIFY(test::await(exchange(*rig.transport, post(server.url()))).error == TransportErrorKind::TlsFailed);
}

void TlsTest::streamsAndIsNotCutUnseen()
{
    TransportRig rig;
    rig.manager->setTlsConfiguration(clientConfiguration());
    FakeUpstream server(serverConfiguration(QStringLiteral("good")));
    constexpr qint64 All = 8 * 1024 * 1024;
    const QByteArray head = "HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(All) + "\r\n\r\n";
    server.expect(FakeScript().bytes(head).flood(QByteArray(64 * 1024, 'f'), All));
    server.expect(FakeScript().bytes(head).flood(QByteArray(64 * 1024, 'f'), All / 2).close());
    const Outcome whole = test::await(exchange(*rig.transport, post(server.url())));
    QVERIFY2(!whole.error, whole.message.constData());
    QCOMPARE(whole.body.size(), qsizetype(All));
    const Outcome half = test::await(exchange(*rig.transport, post(server.url())));
    QVERIFY(half.error == TransportErrorKind::Truncated);
}

void TlsTest::noTlsAtAll()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript::answer("x"));
    server.setAnswersEarly(true);
    QUrl url = server.url();
    url.setScheme(QStringLiteral("https"));
    net::TransportRequest request = post(url);
    auto running = exchange(*rig.transport, std::move(request));
    QVERIFY(test::waitUntil([&] { return server.connectionCount() == 1; }));
    server.closeIdle();
    (void)test::waitUntil([&] { return running.isReady(); }, 200ms);
    rig.clock.advance(11s); // a server that waits for more is found out by the time-out
    const Outcome outcome = test::await(std::move(running));
    QVERIFY(
        outcome.error == TransportErrorKind::TlsFailed
        || outcome.error == TransportErrorKind::ConnectTimeout);
}

QTEST_GUILESS_MAIN(TlsTest)
#include "TlsTest.moc"

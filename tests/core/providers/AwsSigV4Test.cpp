// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/AwsSigV4.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace fairlead;
using namespace fairlead::providers;

namespace {

constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

QByteArray fileBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

Result<AwsCredentials> parse(QByteArray text)
{
    return AwsCredentials::parse(Secret(std::move(text)));
}

WallTime timeOf(const QString &iso)
{
    return WallTime(std::chrono::milliseconds(QDateTime::fromString(iso, Qt::ISODate).toMSecsSinceEpoch()));
}

/// A request of AWS's suite: the head as it stands in the file, a blank line, the body.
AwsRequest requestOf(const QByteArray &text, QByteArray &body)
{
    AwsRequest request;
    const qsizetype end = text.indexOf("\n\n");
    body = end < 0 ? QByteArray() : text.mid(end + 2);
    QList<QByteArray> lines = text.left(end < 0 ? text.size() : end).split('\n');
    const QByteArray first = lines.takeFirst();
    request.method = first.left(first.indexOf(' '));
    const QByteArray target
        = first.mid(request.method.size() + 1, first.lastIndexOf(' ') - request.method.size() - 1);
    const qsizetype query = target.indexOf('?');
    request.path = query < 0 ? target : target.left(query);
    request.query = query < 0 ? QByteArray() : target.mid(query + 1);
    for (const QByteArray &line : std::as_const(lines)) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0)
            request.headers.add(line.left(colon), line.mid(colon + 1));
    }
    request.body = body;
    return request;
}

} // namespace

class AwsSigV4Test : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    // The documentation's own example, so that machines without the suite prove something too.
    void signsTheVanillaRequest()
    {
        AwsRequest request;
        request.method = "GET";
        request.path = "/";
        request.headers = {{"Host", "example.amazonaws.com"}};
        const AwsSigV4 signature(*parse(QByteArray("AKIDEXAMPLE:") + kSecret), "us-east-1", "service");
        const auto now = timeOf(QStringLiteral("2015-08-30T12:36:00Z"));
        QCOMPARE(
            signature.steps(request, now).signature,
            QByteArray("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
        const auto fields = signature.sign(request, now);
        QCOMPARE(fields.size(), std::size_t(2));
        QCOMPARE(fields[0].first, QByteArray("x-amz-date"));
        QVERIFY(fields[0].second.equals("20150830T123600Z"));
        QCOMPARE(fields[1].first, QByteArray("authorization"));
        QVERIFY(fields[1].second.equals(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"));
    }

    void encodesPathsTwice()
    {
        AwsRequest request;
        request.method = "POST";
        request.path = "/model/us.anthropic.claude-v1%3A0/converse";
        request.query = "b=2&a=%2F&a=";
        request.headers = {{"host", "h"}};
        const AwsSigV4 signature(*parse("A:b"), "r", "bedrock");
        const QByteArray canonical = signature.steps(request, {}).canonicalRequest;
        QVERIFY2(
            canonical.startsWith("POST\n/model/us.anthropic.claude-v1%253A0/converse\na=&a=%2F&b=2\n"),
            canonical.constData());
    }

    void signsAndSendsSessionTokens()
    {
        AwsRequest request;
        request.method = "GET";
        request.path = "/";
        request.headers = {{"host", "h"}};
        const AwsSigV4 signature(*parse("ASIA:secret:a/token="), "r", "s");
        const auto steps = signature.steps(request, {});
        QCOMPARE(steps.signedHeaders, QByteArray("host;x-amz-date;x-amz-security-token"));
        QVERIFY(!steps.added.contains("x-amz-security-token"));
        const auto fields = signature.sign(request, {});
        QCOMPARE(fields[1].first, QByteArray("x-amz-security-token"));
        QVERIFY(fields[1].second.equals("a/token="));
    }

    void readsKeys_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("expected"); ///< id, secret, token; empty = refused
        QTest::newRow("lasting") << QByteArray("AKIA1:s/e+c") << QByteArray("AKIA1 s/e+c ");
        QTest::newRow("temporary") << QByteArray("ASIA1:sec:tok==") << QByteArray("ASIA1 sec tok==");
        QTest::newRow("exported") << QByteArray(
            "{\"Version\":1,\"AccessKeyId\":\"ASIA1\",\"SecretAccessKey\":\"s\\/ec\","
            "\"SessionToken\":\"tok\"}")
                                  << QByteArray("ASIA1 s/ec tok");
        QTest::newRow("exported without a token")
            << QByteArray("{\"AccessKeyId\":\"AKIA1\",\"SecretAccessKey\":\"sec\"}")
            << QByteArray("AKIA1 sec ");
        QTest::newRow("one part") << QByteArray("AKIACANARY") << QByteArray();
        QTest::newRow("no id") << QByteArray(":CANARY") << QByteArray();
        QTest::newRow("no secret") << QByteArray("AKIACANARY:") << QByteArray();
        QTest::newRow("no token") << QByteArray("AKIA:CANARY:") << QByteArray();
        QTest::newRow("broken JSON") << QByteArray("{\"AccessKeyId\":\"CANARY\"") << QByteArray();
        QTest::newRow("other JSON") << QByteArray("{\"type\":\"CANARY\"}") << QByteArray();
        QTest::newRow("empty") << QByteArray() << QByteArray();
    }
    void readsKeys()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, expected);
        const auto credentials = parse(text);
        QCOMPARE(credentials.has_value(), !expected.isEmpty());
        if (!credentials) {
            QVERIFY(credentials.error().message().contains("ACCESS_KEY_ID:SECRET_ACCESS_KEY"));
            QVERIFY(!credentials.error().message().contains("CANARY"));
            return;
        }
        QCOMPARE(
            credentials->accessKeyId + ' ' + credentials->secretKey.reveal().toByteArray() + ' '
                + credentials->sessionToken.reveal().toByteArray(),
            expected);
    }

    // AWS's own suite, where a machine has it.
    void passesTheSuite_data()
    {
        QTest::addColumn<QString>("folder");
        QString shared = qEnvironmentVariable("FAIRLEAD_SHARED");
        if (shared.isEmpty())
            shared = QStringLiteral(FAIRLEAD_SOURCE_DIR "/../shared");
        const QDir suite(shared + QStringLiteral("/recordings/_conformance/sigv4"));
        QTest::newRow("none") << QString();
        for (const QString &name : suite.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name))
            QTest::newRow(qPrintable(name)) << suite.filePath(name);
    }
    void passesTheSuite()
    {
        QFETCH(QString, folder);
        if (folder.isEmpty())
            return;
        const auto file = [&folder](const char *name) {
            return fileBytes(folder + QLatin1Char('/') + QLatin1String(name)).trimmed();
        };
        const QJsonObject context = QJsonDocument::fromJson(file("context.json")).object();
        const QJsonObject keys = context[QStringLiteral("credentials")].toObject();
        AwsCredentials credentials;
        credentials.accessKeyId = keys[QStringLiteral("access_key_id")].toString().toUtf8();
        credentials.secretKey = Secret(keys[QStringLiteral("secret_access_key")].toString().toUtf8());
        credentials.sessionToken = Secret(keys[QStringLiteral("token")].toString().toUtf8());
        AwsSigV4::Options options;
        options.normalizePath = context[QStringLiteral("normalize")].toBool();
        options.sendBodyHash = context[QStringLiteral("sign_body")].toBool();
        const AwsSigV4 signature(
            credentials, context[QStringLiteral("region")].toString().toUtf8(),
            context[QStringLiteral("service")].toString().toUtf8(), options);
        QByteArray body;
        const AwsRequest request = requestOf(fileBytes(folder + QStringLiteral("/request.txt")), body);
        const auto now = timeOf(context[QStringLiteral("timestamp")].toString());
        const auto steps = signature.steps(request, now);
        QCOMPARE(steps.canonicalRequest, file("header-canonical-request.txt"));
        QCOMPARE(steps.stringToSign, file("header-string-to-sign.txt"));
        QCOMPARE(steps.signature, file("header-signature.txt"));
        const auto fields = signature.sign(request, now);
        const QByteArray authorization = fields.back().second.reveal().toByteArray();
        QVERIFY(file("header-signed-request.txt").contains("Authorization:" + authorization));
    }
};

QTEST_GUILESS_MAIN(AwsSigV4Test)
#include "AwsSigV4Test.moc"

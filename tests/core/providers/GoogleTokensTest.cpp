// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/GoogleTokens.h"

#include "support/Await.h"
#include "support/FakeTransport.h"
#include "support/ManualClock.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QUrlQuery>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

using namespace fairlead;
using namespace fairlead::providers;
using namespace std::chrono_literals;
using chat::FailureClass;
using test::FakeAnswer;

namespace {

/// A key pair of this run's own: none is kept anywhere.
EVP_PKEY *keyPair()
{
    static EVP_PKEY *pair = EVP_RSA_gen(2048);
    return pair;
}

QByteArray privatePem()
{
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, keyPair(), nullptr, nullptr, 0, nullptr, nullptr);
    char *text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    const QByteArray pem(text, static_cast<qsizetype>(size));
    BIO_free(bio);
    return pem;
}

bool verifies(const QByteArray &message, const QByteArray &signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, keyPair());
    const auto *signatureBytes = reinterpret_cast<const unsigned char *>(signature.constData());
    const auto *messageBytes = reinterpret_cast<const unsigned char *>(message.constData());
    const int good = EVP_DigestVerify(
        context, signatureBytes, static_cast<std::size_t>(signature.size()), messageBytes,
        static_cast<std::size_t>(message.size()));
    EVP_MD_CTX_free(context);
    return good == 1;
}

QByteArray withMembers(QJsonObject object, const QJsonObject &more)
{
    for (auto it = more.begin(); it != more.end(); ++it) {
        if (it.value().isNull())
            object.remove(it.key());
        else
            object.insert(it.key(), it.value());
    }
    return QJsonDocument(object).toJson();
}

QByteArray serviceAccount(const QJsonObject &more = {})
{
    return withMembers(
        {{QStringLiteral("type"), QStringLiteral("service_account")},
         {QStringLiteral("client_email"), QStringLiteral("robot@lab.iam.gserviceaccount.com")},
         {QStringLiteral("private_key_id"), QStringLiteral("key-1")},
         {QStringLiteral("private_key"), QString::fromLatin1(privatePem())},
         {QStringLiteral("token_uri"), QStringLiteral("https://token.test/token")}},
        more);
}

QByteArray userAccount(const QJsonObject &more = {})
{
    return withMembers(
        {{QStringLiteral("type"), QStringLiteral("authorized_user")},
         {QStringLiteral("client_id"), QStringLiteral("client")},
         {QStringLiteral("client_secret"), QStringLiteral("canary secret")},
         {QStringLiteral("refresh_token"), QStringLiteral("1//canary")}},
        more);
}

FakeAnswer granted(const QByteArray &token = "ya29.first", int seconds = 3600)
{
    return FakeAnswer::json(
        "{\"access_token\":\"" + token + "\",\"expires_in\":" + QByteArray::number(seconds)
        + ",\"token_type\":\"Bearer\"}");
}

QJsonObject part(const QByteArray &token, int index)
{
    const QByteArray text
        = QByteArray::fromBase64(token.split('.').value(index), QByteArray::Base64UrlEncoding);
    return QJsonDocument::fromJson(text).object();
}

} // namespace

class GoogleTokensTest : public QObject
{
    Q_OBJECT

    struct House {
        test::ManualClock clock;
        test::FakeTransport transport{clock};
        std::unique_ptr<GoogleTokens> tokens = std::make_unique<GoogleTokens>(transport, clock);

        GoogleTokens::Outcome ask(QByteArray key = serviceAccount(), CancelToken cancel = {})
        {
            return test::await(tokens->token(Secret(std::move(key)), std::move(cancel)));
        }
        using Heard = std::shared_ptr<std::optional<GoogleTokens::Outcome>>;
        static Task<> listen(Task<GoogleTokens::Outcome> task, Heard heard)
        {
            GoogleTokens::Outcome outcome = co_await task;
            heard->emplace(std::move(outcome));
        }
        Heard start(QByteArray key, CancelToken cancel = {})
        {
            auto heard = std::make_shared<std::optional<GoogleTokens::Outcome>>();
            detach(listen(tokens->token(Secret(std::move(key)), std::move(cancel)), heard));
            return heard;
        }
    };

private Q_SLOTS:
    void exchangesASignedAssertion()
    {
        House house;
        house.transport.expect(granted());
        const auto token = house.ask();
        QVERIFY2(token, token ? "" : token.error().message.constData());
        QVERIFY(token->equals("ya29.first"));

        const auto &request = house.transport.requests().at(0);
        QCOMPARE(request.method, QByteArray("POST"));
        QCOMPARE(request.url, QUrl(QStringLiteral("https://token.test/token")));
        QCOMPARE(request.headers.value("content-type"), QByteArray("application/x-www-form-urlencoded"));
        QVERIFY(request.timeouts.total.count() > 0 && request.timeouts.firstByte.count() > 0);
        const QUrlQuery form(QString::fromLatin1(request.body));
        QCOMPARE(
            form.queryItemValue(QStringLiteral("grant_type"), QUrl::FullyDecoded),
            QStringLiteral("urn:ietf:params:oauth:grant-type:jwt-bearer"));
        const QByteArray jwt = form.queryItemValue(QStringLiteral("assertion")).toLatin1();
        QCOMPARE(jwt.count('.'), 2);
        QVERIFY(!jwt.contains('=') && !jwt.contains('+') && !jwt.contains('/'));
        QCOMPARE(part(jwt, 0)[QStringLiteral("alg")].toString(), QStringLiteral("RS256"));
        QCOMPARE(part(jwt, 0)[QStringLiteral("kid")].toString(), QStringLiteral("key-1"));
        const QJsonObject claims = part(jwt, 1);
        QCOMPARE(
            claims[QStringLiteral("iss")].toString(), QStringLiteral("robot@lab.iam.gserviceaccount.com"));
        QCOMPARE(claims[QStringLiteral("aud")].toString(), QStringLiteral("https://token.test/token"));
        QVERIFY(claims[QStringLiteral("scope")].toString().contains(QStringLiteral("cloud-platform")));
        QCOMPARE(claims[QStringLiteral("iat")].toInteger(), toUnixMs(house.clock.wall()) / 1000);
        QCOMPARE(claims[QStringLiteral("exp")].toInteger() - claims[QStringLiteral("iat")].toInteger(), 3600);
        const qsizetype last = jwt.lastIndexOf('.');
        QVERIFY(verifies(
            jwt.left(last), QByteArray::fromBase64(jwt.mid(last + 1), QByteArray::Base64UrlEncoding)));
    }

    void keepsTheTokenUntilAMinuteBeforeItExpires()
    {
        House house;
        house.transport.expect(granted("ya29.first", 600));
        house.transport.expect(granted("ya29.second", 600));
        QVERIFY(house.ask()->equals("ya29.first"));
        house.clock.advance(539s);
        QVERIFY(house.ask()->equals("ya29.first"));
        QCOMPARE(house.transport.requests().size(), std::size_t(1));
        house.clock.advance(2s);
        QVERIFY(house.ask()->equals("ya29.second"));
    }

    void keepsAccountsApart()
    {
        House house;
        house.transport.expect(granted("ya29.first"));
        house.transport.expect(granted("ya29.other"));
        QVERIFY(house.ask()->equals("ya29.first"));
        const QByteArray other
            = serviceAccount({{QStringLiteral("client_email"), QStringLiteral("other@lab")}});
        QVERIFY(house.ask(other)->equals("ya29.other"));
        QVERIFY(house.ask()->equals("ya29.first"));
    }

    void oneExchangeServesManyRequests()
    {
        House house;
        house.transport.expect(granted().headAfter(1s));
        const auto first = house.start(serviceAccount());
        const auto second = house.start(serviceAccount());
        const auto third = house.start(serviceAccount());
        QCOMPARE(house.transport.requests().size(), std::size_t(1));
        QVERIFY(!first->has_value());
        house.clock.advance(1s);
        QVERIFY(
            test::waitUntil([&] { return first->has_value() && second->has_value() && third->has_value(); }));
        QVERIFY(first->value()->equals("ya29.first") && third->value()->equals("ya29.first"));
        QCOMPARE(house.transport.requests().size(), std::size_t(1));
    }

    void whoeverLeavesLeavesAlone()
    {
        House house;
        house.transport.expect(granted().headAfter(1s));
        const CancelSource leaving;
        const auto gone = house.start(serviceAccount(), leaving.token());
        const auto stays = house.start(serviceAccount());
        leaving.cancel(CancelReason::ClientGone);
        QVERIFY(test::waitUntil([&] { return gone->has_value(); }));
        QCOMPARE(gone->value().error().failureClass, FailureClass::Cancelled);
        house.clock.advance(1s);
        QVERIFY(test::waitUntil([&] { return stays->has_value(); }));
        QVERIFY(stays->value()->equals("ya29.first"));
    }

    void theExchangeEndsWithItsLastWaiter()
    {
        House house;
        house.transport.expect(FakeAnswer().noHead());
        house.transport.expect(granted());
        const CancelSource leaving;
        const auto gone = house.start(serviceAccount(), leaving.token());
        QCOMPARE(house.transport.open(), 1);
        leaving.cancel(CancelReason::ClientGone);
        QVERIFY(test::waitUntil([&] { return gone->has_value() && house.transport.open() == 0; }));
        // And the next one starts afresh.
        QVERIFY(house.ask()->equals("ya29.first"));
    }

    void oneWhoHasLeftAlreadyAsksNobodyForLong()
    {
        House house;
        house.transport.expect(FakeAnswer().noHead());
        const CancelSource left;
        left.cancel(CancelReason::ClientGone);
        QCOMPARE(house.ask(serviceAccount(), left.token()).error().failureClass, FailureClass::Cancelled);
        QVERIFY(test::waitUntil([&] { return house.transport.open() == 0; }));
    }

    void endsWhenItGoes()
    {
        House house;
        house.transport.expect(FakeAnswer().noHead());
        const auto waiting = house.start(serviceAccount());
        house.tokens.reset();
        QVERIFY(test::waitUntil([&] { return waiting->has_value() && house.transport.open() == 0; }));
        QCOMPARE(waiting->value().error().failureClass, FailureClass::Cancelled);
    }

    void losesPatience()
    {
        House house;
        house.transport.expect(FakeAnswer().noHead());
        const auto waiting = house.start(serviceAccount());
        house.clock.advance(31s);
        QVERIFY(test::waitUntil([&] { return waiting->has_value(); }));
        QCOMPARE(waiting->value().error().failureClass, FailureClass::TimedOut);
    }

    void tellsWhatGoogleSays_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("refused")
            << 400
            << QByteArray("{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}")
            << FailureClass::Credential << QByteArray("invalid_grant: Invalid JWT Signature.");
        QTest::newRow("unknown") << 401 << QByteArray("{\"error\":\"invalid_client\"}")
                                 << FailureClass::Credential << QByteArray("invalid_client");
        QTest::newRow("busy") << 503 << QByteArray("<html>") << FailureClass::Transient << QByteArray("503");
        QTest::newRow("limited") << 429 << QByteArray("{}") << FailureClass::Transient << QByteArray("429");
        QTest::newRow("no token") << 200 << QByteArray("{}") << FailureClass::Credential << QByteArray("200");
    }
    void tellsWhatGoogleSays()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(FailureClass, failureClass);
        QFETCH(QByteArray, says);
        House house;
        house.transport.expect(FakeAnswer::json(body, status));
        const auto token = house.ask();
        QVERIFY(!token);
        QCOMPARE(token.error().failureClass, failureClass);
        QVERIFY2(token.error().message.contains(says), token.error().message.constData());
        QVERIFY(token.error().message.contains("robot@lab"));
        QVERIFY(!token.error().message.contains("PRIVATE"));
        // A failure is not kept.
        house.transport.expect(granted());
        QVERIFY(house.ask().has_value());
    }

    void refreshesAUsersToken()
    {
        House house;
        house.transport.expect(granted());
        QVERIFY(house.ask(userAccount())->equals("ya29.first"));
        const auto &request = house.transport.requests().at(0);
        QCOMPARE(request.url, QUrl(QStringLiteral("https://oauth2.googleapis.com/token")));
        QCOMPARE(
            request.body,
            QByteArray("grant_type=refresh_token&client_id=client&client_secret=canary%20secret&"
                       "refresh_token=1%2F%2Fcanary"));
    }

    void refusesBadKeys_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("says");
        const auto without = [](const char *name) {
            return serviceAccount({{QLatin1String(name), QJsonValue::Null}});
        };
        QTest::newRow("no JSON") << QByteArray("sk-canary") << QByteArray("JSON file");
        QTest::newRow("other type") << serviceAccount({{QStringLiteral("type"), QStringLiteral("canary")}})
                                    << QByteArray("authorized_user");
        QTest::newRow("no name") << without("client_email") << QByteArray("client_email");
        QTest::newRow("no private key") << without("private_key") << QByteArray("private_key");
        QTest::newRow("bad private key")
            << serviceAccount({{QStringLiteral("private_key"), QStringLiteral("-----BEGIN canary")}})
            << QByteArray("no RSA key");
        QTest::newRow("plain address")
            << serviceAccount({{QStringLiteral("token_uri"), QStringLiteral("http://canary.test/")}})
            << QByteArray("token_uri");
        QTest::newRow("no refresh token")
            << userAccount({{QStringLiteral("refresh_token"), QJsonValue::Null}})
            << QByteArray("refresh_token");
    }
    void refusesBadKeys()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, says);
        House house;
        const auto token = house.ask(key);
        QVERIFY(!token);
        QCOMPARE(token.error().failureClass, FailureClass::Credential);
        QVERIFY2(token.error().message.contains(says), token.error().message.constData());
        QVERIFY2(!token.error().message.contains("canary"), token.error().message.constData());
        QVERIFY(house.transport.requests().empty());
    }
};

QTEST_GUILESS_MAIN(GoogleTokensTest)
#include "GoogleTokensTest.moc"

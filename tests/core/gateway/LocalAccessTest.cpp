// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LocalAccess.h"

#include "gateway/DialectTable.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;

namespace {

constexpr char kToken[] = "fl-0123456789012345678901234567890123456789";

AccessRules rules()
{
    AccessRules made;
    made.corsOrigins = {QStringLiteral("https://page.example")};
    made.appByTokenHash.insert(LocalAccess::hashToken(kToken), "editor");
    made.modelsByApp.insert("editor", {"demo/*", "smart"});
    return made;
}

} // namespace

class LocalAccessTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void hostAndOriginDecideFirst_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QByteArray>("origin");
        QTest::addColumn<QByteArray>("site");
        QTest::addColumn<int>("status");
        const auto row
            = [](const char *name, const char *host, const char *origin, const char *site, int status) {
                  QTest::newRow(name) << QByteArray(host) << QByteArray(origin) << QByteArray(site) << status;
              };
        row("loopback", "127.0.0.1:5323", "", "", 200);
        row("localhost", "LocalHost:5323", "", "", 200);
        row("ipv6", "[::1]:5323", "", "", 200);
        row("without port", "localhost", "", "", 200);
        row("rebinding", "evil.example:5323", "", "", 403);
        row("rebinding that looks like us", "127.0.0.1.evil.example:5323", "", "", 403);
        row("localhost as a subdomain", "localhost.evil.example", "", "", 403);
        row("another address", "192.0.2.7:5323", "", "", 403);
        row("broken bracket", "[::1", "", "", 403);
        row("a web page", "127.0.0.1:5323", "https://evil.example", "", 403);
        row("a page of this server", "127.0.0.1:5323", "http://127.0.0.1:5323", "", 403);
        row("an opaque origin", "127.0.0.1:5323", "null", "", 403);
        row("the allowed page", "127.0.0.1:5323", "https://page.example", "", 200);
        row("cross-site without origin", "127.0.0.1:5323", "", "cross-site", 403);
        row("same site, another port", "127.0.0.1:5323", "", "same-site", 403);
        row("no such word", "127.0.0.1:5323", "", "weird", 403);
        row("typed into the address bar", "127.0.0.1:5323", "", "none", 200);
    }
    void hostAndOriginDecideFirst()
    {
        QFETCH(QByteArray, host);
        QFETCH(QByteArray, origin);
        QFETCH(QByteArray, site);
        QFETCH(int, status);
        Headers headers{{"host", host}, {"authorization", QByteArray("Bearer ") + kToken}};
        if (!origin.isEmpty())
            headers.add("origin", origin);
        if (!site.isEmpty())
            headers.add("sec-fetch-site", site);
        const Admission admission = LocalAccess(rules()).check(headers, {});
        QCOMPARE(admission.status, status);
        QCOMPARE(admission.allowOrigin, status == 200 ? origin : QByteArray());
    }

    void theTokenComesInAnyDialectsWay_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<int>("status");
        const QByteArray token(kToken);
        QTest::newRow("bearer") << QByteArray("Authorization") << "Bearer " + token << QByteArray() << 200;
        QTest::newRow("bearer, lower case")
            << QByteArray("authorization") << "bearer  " + token << QByteArray() << 200;
        QTest::newRow("anthropic") << QByteArray("x-api-key") << token << QByteArray() << 200;
        QTest::newRow("azure") << QByteArray("api-key") << token << QByteArray() << 200;
        QTest::newRow("gemini") << QByteArray("x-goog-api-key") << token << QByteArray() << 200;
        QTest::newRow("query") << QByteArray("x-none") << QByteArray() << "alt=sse&key=" + token << 200;
        QTest::newRow("none") << QByteArray("x-none") << QByteArray() << QByteArray() << 401;
        QTest::newRow("basic") << QByteArray("authorization") << QByteArray("Basic Zm9v") << QByteArray()
                               << 401;
        QTest::newRow("wrong") << QByteArray("authorization") << QByteArray("Bearer fl-nope") << QByteArray()
                               << 401;
        QTest::newRow("a prefix of it")
            << QByteArray("authorization") << "Bearer " + token.chopped(1) << QByteArray() << 401;
        QTest::newRow("empty") << QByteArray("authorization") << QByteArray("Bearer ") << QByteArray() << 401;
    }
    void theTokenComesInAnyDialectsWay()
    {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, query);
        QFETCH(int, status);
        const Headers headers{{"host", "localhost"}, {header, value}};
        const Admission admission = LocalAccess(rules()).check(headers, query);
        QCOMPARE(admission.status, status);
        QCOMPARE(admission.app, status == 200 ? QByteArray("editor") : QByteArray());
        QVERIFY(!admission.message.contains(kToken));
    }

    void anyOfSeveralKeysAdmits_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<int>("status");
        const QByteArray ours(kToken);
        const QByteArray theirs("sk-of-somebody-else");
        QTest::newRow("first") << ours << theirs << QByteArray() << 200;
        QTest::newRow("second") << theirs << ours << QByteArray() << 200;
        QTest::newRow("in the query") << theirs << theirs << "key=" + theirs + "&key=" + ours << 200;
        QTest::newRow("none of them") << theirs << theirs << "key=" + theirs << 401;
    }
    void anyOfSeveralKeysAdmits()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QByteArray, query);
        QFETCH(int, status);
        const LocalAccess access(rules());
        const Headers apart{
            {"host", "localhost"}, {"authorization", "Bearer " + first}, {"x-api-key", second}};
        QCOMPARE(access.check(apart, query).status, status);
        const Headers twice{{"host", "localhost"}, {"x-goog-api-key", first}, {"x-goog-api-key", second}};
        QCOMPARE(access.check(twice, query).status, status);
    }

    void withoutAuthenticationTheTokenStillNames()
    {
        AccessRules open = rules();
        open.auth = config::ServerConfig::Auth::None;
        const LocalAccess access(std::move(open));
        QCOMPARE(access.check(Headers{{"host", "localhost"}}, {}).app, QByteArray("local"));
        QCOMPARE(
            access.check(Headers{{"host", "localhost"}, {"x-api-key", kToken}}, {}).app,
            QByteArray("editor"));
        // The door still does not open for web pages.
        QCOMPARE(
            access.check(Headers{{"host", "localhost"}, {"origin", "https://evil.example"}}, {}).status, 403);
    }

    void modelPatternsBound()
    {
        const LocalAccess access(rules());
        QVERIFY(access.mayUse("editor", "demo/fast"));
        QVERIFY(access.mayUse("editor", "smart"));
        QVERIFY(!access.mayUse("editor", "smarter"));
        QVERIFY(!access.mayUse("editor", "openai/gpt-5.6-sol"));
        QVERIFY(access.mayUse("somebody else", "anything"));
    }

    void tokensAreFreshAndRecognisable()
    {
        QVERIFY(LocalAccess::newToken() != LocalAccess::newToken());
        QVERIFY(LocalAccess::newToken().startsWith("fl-"));
        QCOMPARE(LocalAccess::newToken().size(), qsizetype(43));
    }

    void endpointsAreFound_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<int>("kind"); // -1 = none, -2 = wrong method
        const auto kind = [](EndpointKind k) { return static_cast<int>(k); };
        QTest::newRow("chat") << QByteArray("POST") << QByteArray("/v1/chat/completions")
                              << kind(EndpointKind::Chat);
        QTest::newRow("chat, short") << QByteArray("POST") << QByteArray("/chat/completions")
                                     << kind(EndpointKind::Chat);
        QTest::newRow("slash") << QByteArray("GET") << QByteArray("/v1/models/")
                               << kind(EndpointKind::Models);
        QTest::newRow("one model") << QByteArray("GET") << QByteArray("/v1/models/lab/org/deep")
                                   << kind(EndpointKind::Model);
        QTest::newRow("head") << QByteArray("HEAD") << QByteArray("/health") << kind(EndpointKind::Health);
        QTest::newRow("root") << QByteArray("GET") << QByteArray("/") << kind(EndpointKind::Root);
        QTest::newRow("gemini") << QByteArray("POST") << QByteArray("/v1/models/lab/x:8b:generateContent")
                                << kind(EndpointKind::Chat);
        QTest::newRow("gemini's method on another path")
            << QByteArray("POST") << QByteArray("/v1/files/x:generateContent") << -1;
        QTest::newRow("gemini without a model")
            << QByteArray("POST") << QByteArray("/v1beta/models/:generateContent") << -2;
        QTest::newRow("gemini read") << QByteArray("GET") << QByteArray("/v1beta/models/x:generateContent")
                                     << kind(EndpointKind::Model); // of which there is none
        QTest::newRow("Google's models")
            << QByteArray("GET") << QByteArray("/v1beta/models") << kind(EndpointKind::Models);
        QTest::newRow("Google's model")
            << QByteArray("GET") << QByteArray("/v1beta/models/lab/deep") << kind(EndpointKind::Model);
        QTest::newRow("hello") << QByteArray("HEAD") << QByteArray("/api/hello") << kind(EndpointKind::Hello);
        QTest::newRow("embeddings") << QByteArray("POST") << QByteArray("/v1/embeddings")
                                    << kind(EndpointKind::Embeddings);
        QTest::newRow("wrong method") << QByteArray("GET") << QByteArray("/v1/chat/completions") << -2;
        QTest::newRow("unknown") << QByteArray("POST") << QByteArray("/v1/nothing") << -1;
        QTest::newRow("doubled") << QByteArray("POST") << QByteArray("/v1/v1/chat/completions") << -1;
    }
    void endpointsAreFound()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        QFETCH(int, kind);
        const Match match = findEndpoint(method, path);
        QCOMPARE(match.endpoint != nullptr, kind >= 0);
        if (match.endpoint)
            QCOMPARE(static_cast<int>(match.endpoint->kind), kind);
        QCOMPARE(match.pathKnown, kind != -1);
    }

    void pathsSuggestADialect_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("wire");
        QTest::newRow("OpenAI") << QByteArray("/v1/nothing") << QByteArray("openai-chat");
        QTest::newRow("root") << QByteArray("/") << QByteArray("openai-chat");
        QTest::newRow("Responses") << QByteArray("/v1/responses/x/cancel") << QByteArray("openai-responses");
        QTest::newRow("Anthropic") << QByteArray("/v1/messages/batches") << QByteArray("anthropic");
        QTest::newRow("Google") << QByteArray("/v1beta/files") << QByteArray("gemini");
        QTest::newRow("Google's v1") << QByteArray("/v1/models/lab/x:predict") << QByteArray("gemini");
        QTest::newRow("a model with a tag")
            << QByteArray("/v1/models/lab/x:8b/y") << QByteArray("openai-chat");
        QTest::newRow("Ollama") << QByteArray("/api/push") << QByteArray("ollama");
        QTest::newRow("Cohere") << QByteArray("/v2/classify") << QByteArray("cohere");
    }
    void pathsSuggestADialect()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, wire);
        QCOMPARE(dialectOf(path).toByteArray(), wire);
    }
};

QTEST_GUILESS_MAIN(LocalAccessTest)
#include "LocalAccessTest.moc"

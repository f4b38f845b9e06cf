// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/House.h"

#include <QCoreApplication>
#include <QDirIterator>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::House;
using test::quoted;
using test::Reply;

namespace {

constexpr char kKey[] = "sk-canary-Zq7f0Lw3XnR8tVb2Kd6M";

/// Sends bytes as they are and reads until the server hangs up.
QByteArray raw(House &house, const QByteArray &bytes)
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), house.gateway->serverStatus().port);
    socket.write(bytes);
    if (!test::waitUntil([&] { return socket.state() == QAbstractSocket::UnconnectedState; }))
        qFatal("the connection stays open");
    return socket.readAll();
}

QByteArray question()
{
    return quoted("{'model':'demo/fast','messages':[{'role':'user','content':'What is a fairlead?'}]}");
}

/// A good request but for its target and its first fields.
QByteArray post(House &house, const QByteArray &target, const QByteArray &fields)
{
    const QByteArray body = question();
    return "POST " + target + " HTTP/1.1\r\n" + fields + "Authorization: Bearer " + house.token
           + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
           + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

int statusOf(const QByteArray &answer)
{
    return answer.mid(9, 3).toInt();
}

/// A provider that answers one request with these bytes, in which @ stands for the key it was shown.
class Blabbermouth : public QTcpServer
{
public:
    explicit Blabbermouth(QByteArray answer)
        : m_answer(std::move(answer))
    {
        if (!listen(QHostAddress::LocalHost))
            qFatal("no port");
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = nextPendingConnection())
                connect(socket, &QTcpSocket::readyRead, this, [this, socket] { speak(socket); });
        });
    }
    int shown = 0; ///< requests that had the key

private:
    void speak(QTcpSocket *socket)
    {
        const QByteArray read = socket->peek(socket->bytesAvailable());
        if (!read.contains("What is a fairlead?"))
            return;
        socket->readAll();
        shown += read.contains(kKey) ? 1 : 0;
        socket->write(QByteArray(m_answer).replace('@', kKey));
        socket->disconnectFromHost();
    }
    QByteArray m_answer;
};

QByteArray http(const char *status, const char *type, const QByteArray &body)
{
    // The key is longer than its mark, so no length is told: the body ends with the connection.
    return QByteArray("HTTP/1.1 ") + status + "\r\nContent-Type: " + type
           + "\r\nX-Echo: @\r\nX-Request-Id: @\r\nConnection: close\r\n\r\n" + body;
}

} // namespace

/// What strangers try at the door, through the whole server.
class DoorTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<House> m_house;

private Q_SLOTS:
    void initTestCase()
    {
        m_house = std::make_unique<House>(
            quoted("{'server':{'cors_origins':['https://page.example'],'max_body_bytes':1024}}"));
    }

    void onlyOurNamesAreServed_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<int>("status");
        const auto row = [](const char *name, const char *fields, int status, const char *target = "") {
            QTest::newRow(name) << QByteArray(fields) << QByteArray(target) << status;
        };
        row("ours", "Host: 127.0.0.1:5323\r\n", 200);
        row("ours by name", "Host: localhost\r\n", 200);
        row("rebound", "Host: evil.example:5323\r\n", 403);
        row("rebound, our name in it", "Host: 127.0.0.1.evil.example\r\n", 403);
        row("our name below it", "Host: localhost.evil.example\r\n", 403);
        row("a user before it", "Host: 127.0.0.1@evil.example\r\n", 403);
        row("our name as a user", "Host: evil.example@127.0.0.1\r\n", 403);
        row("another loopback address", "Host: 127.0.0.2\r\n", 403);
        row("any address", "Host: 0.0.0.0:5323\r\n", 403);
        row("as a number", "Host: 2130706433\r\n", 403);
        row("in hexadecimal", "Host: 0x7f000001\r\n", 403);
        row("shortened", "Host: 127.1\r\n", 403);
        row("mapped", "Host: [::ffff:127.0.0.1]:5323\r\n", 403);
        row("with a dot behind", "Host: localhost.\r\n", 403);
        row("empty", "Host: \r\n", 403);
        row("none", "", 400);
        row("two", "Host: localhost\r\nHost: evil.example\r\n", 400);
        row("in the target", "Host: localhost\r\n", 403, "http://evil.example/v1/chat/completions");
        row("ours in the target, which counts", "Host: evil.example\r\n", 200,
            "http://localhost/v1/chat/completions");
        row("forwarded", "Host: evil.example\r\nX-Forwarded-Host: localhost\r\n", 403);
    }
    void onlyOurNamesAreServed()
    {
        QFETCH(QByteArray, fields);
        QFETCH(QByteArray, target);
        QFETCH(int, status);
        House &house = *m_house;
        const std::size_t before = house.log().size();
        const QByteArray path = target.isEmpty() ? QByteArray("/v1/chat/completions") : target;
        const QByteArray answer = raw(house, post(house, path, fields));
        QVERIFY2(statusOf(answer) == status, answer.constData());
        if (status != 400)
            QCOMPARE(house.log().size() - before, std::size_t(status == 200 ? 1 : 0));
    }

    void webPagesAreNotServed_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<int>("status");
        const auto row = [](const char *name, const char *fields, int status) {
            QTest::newRow(name) << QByteArray(fields) << status;
        };
        row("no page", "", 200);
        row("the allowed page", "Origin: https://page.example\r\n", 200);
        row("another page", "Origin: https://evil.example\r\n", 403);
        row("the allowed page's name in another", "Origin: https://page.example.evil.example\r\n", 403);
        row("the allowed page without TLS", "Origin: http://page.example\r\n", 403);
        row("the allowed page's other port", "Origin: https://page.example:8443\r\n", 403);
        row("a page of this machine", "Origin: http://localhost:3000\r\n", 403);
        row("a file", "Origin: null\r\n", 403);
        row("an extension", "Origin: chrome-extension://abcdef\r\n", 403);
        row("two origins", "Origin: https://page.example\r\nOrigin: https://evil.example\r\n", 403);
        row("two origins, the other way round",
            "Origin: https://evil.example\r\nOrigin: https://page.example\r\n", 403);
        row("a form", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n", 403);
        row("a form of this machine", "Sec-Fetch-Site: same-site\r\n", 403);
        row("the address bar", "Sec-Fetch-Site: none\r\n", 200);
    }
    void webPagesAreNotServed()
    {
        QFETCH(QByteArray, fields);
        QFETCH(int, status);
        House &house = *m_house;
        const std::size_t before = house.log().size();
        const QByteArray answer
            = raw(house, post(house, "/v1/chat/completions", "Host: localhost\r\n" + fields));
        QVERIFY2(statusOf(answer) == status, answer.constData());
        const bool told = answer.toLower().contains("access-control-allow");
        QCOMPARE(told, status == 200 && fields.startsWith("Origin"));
        QCOMPARE(house.log().size() - before, std::size_t(status == 200 ? 1 : 0));
        // Nor may it ask whether it may.
        const QByteArray preflight = raw(
            house, "OPTIONS /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n" + fields
                       + "Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n");
        QCOMPARE(preflight.toLower().contains("access-control-allow"), told);
    }

    void nothingIsSmuggled_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("body");
        const QByteArray hidden = "0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        const auto row = [](const char *name, const QByteArray &fields, const QByteArray &body) {
            QTest::newRow(name) << fields << body;
        };
        const QByteArray length = "Content-Length: " + QByteArray::number(hidden.size()) + "\r\n";
        row("length and coding", length + "Transfer-Encoding: chunked\r\n", hidden);
        row("coding and length", "Transfer-Encoding: chunked\r\n" + length, hidden);
        row("two lengths", "Content-Length: 0\r\n" + length, hidden);
        row("two codings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", hidden);
        row("a coding in disguise", "Transfer-Encoding: xchunked\r\n", hidden);
        row("a coding behind a tab", "Transfer-Encoding:\tchunked, identity\r\n" + length, hidden);
        row("a coding with a vertical tab",
            "Transfer-Encoding: \x0b"
            "chunked\r\n"
                + length,
            hidden);
        row("a name with a space", "Transfer-Encoding : chunked\r\n" + length, hidden);
        row("a folded coding", "Transfer-Encoding:\r\n chunked\r\n" + length, hidden);
        row("a bare line feed", "X: y\nTransfer-Encoding: chunked\r\n" + length, hidden);
        row("a chunk that is longer than it says", "Transfer-Encoding: chunked\r\n", "1\r\nXX\r\n" + hidden);
    }
    void nothingIsSmuggled()
    {
        QFETCH(QByteArray, fields);
        QFETCH(QByteArray, body);
        House &house = *m_house;
        const QByteArray answer = raw(
            house, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                       + house.token + "\r\n" + fields + "\r\n" + body);
        QVERIFY2(statusOf(answer) == 400 || statusOf(answer) == 501, answer.constData());
        // One answer, and the connection is closed: what follows is nobody's request.
        QCOMPARE(answer.count("HTTP/1.1 "), 1);
        QVERIFY(!answer.contains("\"ok\""));
    }

    void whatIsTooLargeIsRefusedAtOnce_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("status");
        const QByteArray head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n";
        QByteArray many;
        for (int i = 0; i < 10'000; ++i)
            many += "X-" + QByteArray::number(i) + ": y\r\n";
        QTest::newRow("a body") << head + "Content-Length: 1025\r\n\r\n" << 413;
        QTest::newRow("a body without end")
            << head + "Transfer-Encoding: chunked\r\n\r\n7ffffff\r\n" + QByteArray(2000, 'x') << 413;
        QTest::newRow("many chunks")
            << head + "Transfer-Encoding: chunked\r\n\r\n"
                   + QByteArray("100\r\n" + QByteArray(256, 'x') + "\r\n").repeated(8)
            << 413;
        QTest::newRow("a field") << head + "X: " + QByteArray(100'000, 'y') + "\r\n\r\n" << 431;
        QTest::newRow("many fields") << head + many + "\r\n" << 431;
        QTest::newRow("a target") << "GET /" + QByteArray(100'000, 'a')
                                         + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                  << 431;
    }
    void whatIsTooLargeIsRefusedAtOnce()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(int, status);
        House &house = *m_house;
        const QByteArray answer = raw(house, bytes);
        QVERIFY2(statusOf(answer) == status, answer.left(200).constData());
    }

    void thoseWhoDribbleKeepNobodyWaiting()
    {
        House &house = *m_house;
        std::vector<std::unique_ptr<QTcpSocket>> slow;
        for (int i = 0; i < 200; ++i) {
            auto socket = std::make_unique<QTcpSocket>();
            socket->connectToHost(QStringLiteral("127.0.0.1"), house.gateway->serverStatus().port);
            socket->write("POST /v1/chat/completions HTTP/1.1\r\nHost: local");
            slow.push_back(std::move(socket));
        }
        QVERIFY(test::waitUntil([&] {
            return std::all_of(
                slow.begin(), slow.end(), [](const auto &socket) { return socket->bytesToWrite() == 0; });
        }));
        QCOMPARE(house.post(question()).status, 200);
        for (const auto &socket : slow) {
            socket->write("host\r\nX: ");
            QVERIFY(socket->state() == QAbstractSocket::ConnectedState);
        }
        QCOMPARE(house.post(question()).status, 200);
    }

#ifdef Q_OS_LINUX
    void programsWithoutATokenAreNamedAndMayBeLetIn()
    {
        House house;
        house.token.clear();
        QSignalSpy seen(house.gateway.get(), &Gateway::strangerSeen);
        QCOMPARE(house.post(question()).status, 401);
        QVERIFY(test::waitUntil([&] { return !seen.isEmpty(); }));
        const auto stranger = seen.first().first().value<StrangerInfo>();
        QCOMPARE(stranger.pid, QCoreApplication::applicationPid());
        QCOMPARE(stranger.path, QCoreApplication::applicationFilePath());
        QVERIFY(stranger.refused);
        QVERIFY(stranger.userAgent.contains("Mozilla")); // what Qt's client calls itself

        house.gateway->allowOnce(stranger);
        QCOMPARE(house.post(question()).status, 200);
        QCOMPARE(house.log().front().app, stranger.name);
        QCOMPARE(seen.size(), 1);
    }

    void programsOfTheConfigNeedNoToken()
    {
        House house;
        config::AppConfig settings;
        settings.name = "tests";
        settings.program = QCoreApplication::applicationFilePath();
        settings.models = {"demo/fast"};
        bool saved = false;
        house.gateway->saveApp(
            settings, house.gateway.get(), [&](const Result<> &done) { saved = done.has_value(); });
        QVERIFY(test::waitUntil([&] { return saved; }));
        house.token = "wrong";
        QCOMPARE(house.post(question()).status, 200);
        QCOMPARE(house.log().front().app, QByteArray("tests"));
        QCOMPARE(house.post(question().replace("demo/fast", "demo/slow")).status, 403);
        settings.program += QStringLiteral("-other");
        saved = false;
        house.gateway->saveApp(
            settings, house.gateway.get(), [&](const Result<> &done) { saved = done.has_value(); });
        QVERIFY(test::waitUntil([&] { return saved; }));
        QCOMPARE(house.post(question()).status, 401);
    }

    void whereNobodyNeedsATokenProgramsAreStillNamed()
    {
        House house("{\"server\":{\"auth\":\"none\"}}");
        house.token.clear();
        QSignalSpy seen(house.gateway.get(), &Gateway::strangerSeen);
        QCOMPARE(house.post(question()).status, 200);
        QVERIFY(test::waitUntil([&] { return !seen.isEmpty(); }));
        const auto stranger = seen.first().first().value<StrangerInfo>();
        QCOMPARE(stranger.pid, QCoreApplication::applicationPid());
        QVERIFY(!stranger.refused);
    }
#endif

    void noFaultTellsAKey()
    {
        const QByteArray said = quoted("{'error':{'message':'Incorrect API key provided: @. Bearer @',"
                                       "'type':'@','code':'@','param':'@'}}");
        const QByteArray words
            = quoted("data: {'id':'a','object':'chat.completion.chunk','created':1,'model':'m1','choices':["
                     "{'index':0,'delta':{'content':'x'},'finish_reason':null}]}\n\n");
        const std::vector<std::pair<const char *, QByteArray>> faults{
            {"wrong key", http("401 Unauthorized", "application/json", said)},
            {"no right", http("403 Forbidden", "application/json", said)},
            {"no money", http("402 Payment Required", "application/json", said)},
            {"bad request", http("400 Bad Request", "application/json", said)},
            {"too fast", http("429 Too Many Requests", "application/json", said)},
            {"its own trouble", http("500 Internal Server Error", "application/json", said)},
            {"plain words", http("503 Service Unavailable", "text/plain", "no: @")},
            {"a page", http("502 Bad Gateway", "text/html", "<html>@</html>")},
            {"a failure as success", http("200 OK", "application/json", said)},
            {"elsewhere",
             "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/?key=@\r\nContent-Length: 0\r\n\r\n"},
            {"no HTTP", "@ @ @\r\n\r\n"},
            {"a broken head", "HTTP/1.1 200 OK\r\nX @\r\n\r\n"},
            {"cut", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"},
            {"nothing", ""},
            {"a failure within a stream", http("200 OK", "text/event-stream", "data: " + said + "\n\n")},
            {"a failure after the first words",
             http("200 OK", "text/event-stream", words + "data: " + said + "\n\n")}};
        qputenv("DOOR_TEST_KEY", kKey);
        std::vector<std::unique_ptr<Blabbermouth>> providers;
        QByteArray config;
        for (const auto &[name, answer] : faults) {
            providers.push_back(std::make_unique<Blabbermouth>(answer));
            config += (config.isEmpty() ? "{'id':'lab" : ",{'id':'lab") + QByteArray::number(providers.size())
                      + "','wire':'openai-chat','base_url':'http://127.0.0.1:"
                      + QByteArray::number(providers.back()->serverPort())
                      + "/v1','keys':[{'env':'DOOR_TEST_KEY'}],'models':['m1']}";
        }
        House house(quoted(QByteArray("{'providers':[" + config + "]}").constData()));
        std::vector<std::pair<QByteArray, QNetworkReply *>> asked;
        for (std::size_t i = 0; i < faults.size(); ++i) {
            for (const char *path : {"/v1/chat/completions", "/v1/messages"}) {
                for (const char *stream : {"false", "true"}) {
                    QByteArray body
                        = question().replace("demo/fast", "lab" + QByteArray::number(i + 1) + "/m1");
                    body.chop(1);
                    body += quoted(",'max_tokens':9,'stream':") + stream + '}';
                    asked.emplace_back(
                        faults[i].first, house.client.post(house.request(QString::fromLatin1(path)), body));
                }
            }
        }
        for (const auto &[name, reply] : asked) {
            const Reply answer = House::finish(reply);
            QVERIFY2(!answer.body.contains(kKey), name.constData());
            for (auto field = answer.headers.cbegin(); field != answer.headers.cend(); ++field)
                QVERIFY2(!field->contains(kKey), name.constData());
        }
        for (std::size_t i = 0; i < faults.size(); ++i)
            QVERIFY2(providers[i]->shown > 0, faults[i].first);
        QCOMPARE(house.log().size(), asked.size()); // and all of it is on disk
        QDirIterator files(house.dir.path(), QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!file.readAll().contains(kKey), qPrintable(file.fileName()));
        }
    }
};

QTEST_GUILESS_MAIN(DoorTest)
#include "DoorTest.moc"

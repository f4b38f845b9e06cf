// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LocalGateway.h"

#include "secrets/MemoryStore.h"
#include "support/Await.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;

namespace {

/// JSON with single quotes: moc 6.4 loses classes behind raw strings with quotes in them.
QByteArray js(QByteArray text)
{
    return text.replace('\'', '"');
}

struct Reply {
    int status = 0;
    QByteArray body;
    QByteArray provider;

    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
    [[nodiscard]] QByteArray id() const { return json()[QStringLiteral("id")].toString().toUtf8(); }
    [[nodiscard]] QByteArray errorWord(const char *name) const
    {
        return json()[QStringLiteral("error")][QLatin1String(name)].toString().toUtf8();
    }
    /// The text of the answer, streamed or whole.
    [[nodiscard]] QByteArray text() const
    {
        QJsonObject response = json();
        for (const QByteArray &line : body.split('\n')) {
            if (line.startsWith("data: ") && line.contains("response.completed"))
                response
                    = QJsonDocument::fromJson(line.mid(6)).object()[QStringLiteral("response")].toObject();
        }
        QByteArray text;
        for (const QJsonValue &item : response[QStringLiteral("output")].toArray()) {
            for (const QJsonValue &part : item[QStringLiteral("content")].toArray())
                text += part[QStringLiteral("text")].toString().toUtf8();
        }
        return text;
    }
};

/// A provider that speaks both of OpenAI's dialects and keeps what it was asked.
class Upstream
{
public:
    Upstream()
    {
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] { read(*socket); });
                QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("the upstream does not listen");
    }

    [[nodiscard]] QByteArray url() const
    {
        return "http://127.0.0.1:" + QByteArray::number(m_server.serverPort());
    }
    /// The newest body asked with, and the path.
    [[nodiscard]] const QByteArray &body() const { return m_body; }
    [[nodiscard]] const QByteArray &path() const { return m_path; }
    [[nodiscard]] QJsonArray input() const
    {
        return QJsonDocument::fromJson(m_body).object()[QStringLiteral("input")].toArray();
    }
    [[nodiscard]] QJsonArray messages() const
    {
        return QJsonDocument::fromJson(m_body).object()[QStringLiteral("messages")].toArray();
    }

private:
    void read(QTcpSocket &socket)
    {
        QByteArray &pending = m_pending[&socket];
        pending += socket.readAll();
        const qsizetype head = pending.indexOf("\r\n\r\n");
        const qsizetype field = pending.toLower().indexOf("content-length:");
        if (head < 0 || field < 0)
            return;
        const qsizetype length
            = pending.mid(field + 15, pending.indexOf('\r', field) - field - 15).trimmed().toLongLong();
        if (pending.size() < head + 4 + length)
            return;
        m_path = pending.split(' ').value(1);
        m_body = pending.mid(head + 4, length);
        m_pending.remove(&socket);
        const QByteArray answer = m_path.endsWith("/responses") ? response() : completion();
        const bool isStream = answer.startsWith("event:");
        socket.write(
            QByteArray("HTTP/1.1 200 OK\r\ncontent-type: ")
            + (isStream ? "text/event-stream" : "application/json")
            + "\r\ncontent-length: " + QByteArray::number(answer.size()) + "\r\n\r\n" + answer);
    }

    QByteArray response()
    {
        const QByteArray number = QByteArray::number(++m_answers);
        const QByteArray object
            = js("{'id':'resp_native") + number
              + js("','object':'response','created_at':1,'model':'m','status':"
                   "'completed','error':null,'store':true,'output':[{'id':'rs_native")
              + number + js("','type':'reasoning','summary':[],'encrypted_content':'gAAA'},{'id':'msg_native")
              + number
              + js("','type':'message','status':'completed','role':'assistant','content':[{'type':'output_"
                   "text',"
                   "'annotations':[],'text':'native ")
              + number + js("'}]}],'usage':{'input_tokens':3,'output_tokens':2,'total_tokens':5}}");
        if (!QJsonDocument::fromJson(m_body).object()[QStringLiteral("stream")].toBool())
            return object;
        return js("event: response.completed\ndata: "
                  "{'type':'response.completed','sequence_number':0,'response':")
               + object + "}\n\n";
    }

    QByteArray completion()
    {
        return js("{'id':'chatcmpl-1','object':'chat.completion','created':1,'model':'m','choices':[{'index':"
                  "0,"
                  "'message':{'role':'assistant','content':'chat ")
               + QByteArray::number(++m_answers)
               + js("'},'finish_reason':'stop'}],'usage':{'prompt_tokens':3,'completion_tokens':2,'total_"
                    "tokens':5}}");
    }

    QTcpServer m_server;
    QHash<QTcpSocket *, QByteArray> m_pending;
    QByteArray m_body;
    QByteArray m_path;
    int m_answers = 0;
};

} // namespace

class ResponsesTest : public QObject
{
    Q_OBJECT

    /// The whole server, before two providers: "native" speaks Responses, "chat" Chat.
    struct House {
        Upstream upstream;
        QTemporaryDir dir;
        std::unique_ptr<LocalGateway> gateway;
        QNetworkAccessManager client;
        QHash<QByteArray, QByteArray> tokens; ///< by app

        House()
        {
            QFile file(dir.filePath(QStringLiteral("config.json")));
            if (!file.open(QIODevice::WriteOnly))
                qFatal("no config");
            const auto provider = [&](const QByteArray &id, const QByteArray &wire) {
                return js("{'id':'") + id + js("','wire':'") + wire + js("','base_url':'") + upstream.url()
                       + js("','auth':'none','models':['m']}");
            };
            file.write(
                js("{'providers':[") + provider("native", "openai-responses") + ','
                + provider("other", "openai-responses") + ',' + provider("chat", "openai-chat") + "]}");
            file.close();
            GatewayOptions options;
            options.configPath = file.fileName();
            options.dataDir = dir.filePath(QStringLiteral("data"));
            options.port = 0;
            options.secrets = std::make_unique<secrets::MemoryStore>();
            auto created = LocalGateway::create(std::move(options));
            if (!created)
                qFatal("%s", created.error().message().constData());
            gateway = std::move(*created);
            gateway->startServer();
            if (!test::waitUntil(
                    [this] { return gateway->serverStatus().state == ServerStatus::State::Running; }))
                qFatal("the server does not start: %s", qPrintable(gateway->serverStatus().error));
            for (const char *app : {"one", "two"}) {
                gateway->addApp(app, gateway.get(), [this, app](Result<NewApp> made) {
                    tokens.insert(app, made ? made->token.reveal().toByteArray() : QByteArray());
                });
            }
            if (!test::waitUntil([this] { return tokens.size() == 2; }))
                qFatal("no tokens");
        }

        Reply send(
            const QByteArray &method, const QByteArray &path, const QByteArray &body = QByteArray(),
            const QByteArray &app = "one")
        {
            QNetworkRequest request(QUrl(gateway->serverStatus().url() + QString::fromUtf8(path)));
            request.setRawHeader("authorization", "Bearer " + tokens.value(app));
            request.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("application/json"));
            QNetworkReply *reply = client.sendCustomRequest(request, method, body);
            if (!test::waitUntil([reply] { return reply->isFinished(); }))
                qFatal("no answer");
            Reply answer;
            answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
            answer.body = reply->readAll();
            answer.provider = reply->rawHeader("x-fairlead-provider");
            reply->deleteLater();
            return answer;
        }
        Reply
        ask(const QByteArray &model, const QByteArray &input, const QByteArray &more = QByteArray(),
            const QByteArray &app = "one")
        {
            return send(
                "POST", "/v1/responses",
                js("{'model':'") + model + js("','input':") + js(input) + js(more) + '}', app);
        }
        Reply get(const QByteArray &id, const QByteArray &app = "one")
        {
            return send("GET", "/v1/responses/" + id, {}, app);
        }
    };

    static QByteArray after(const QByteArray &id) { return ",'previous_response_id':'" + id + '\''; }
    static QByteArray roles(const QJsonArray &messages)
    {
        QByteArray roles;
        for (const QJsonValue &message : messages) {
            const QString role = message[QStringLiteral("role")].toString();
            const QString type = message[QStringLiteral("type")].toString();
            roles += (role.isEmpty() ? type : role).toUtf8() + ' ';
        }
        return roles;
    }

private Q_SLOTS:
    void translatesAndKeeps_data()
    {
        QTest::addColumn<bool>("stream");
        QTest::newRow("whole") << false;
        QTest::newRow("streamed") << true;
    }
    void translatesAndKeeps()
    {
        QFETCH(bool, stream);
        House house;
        const Reply answer = house.ask("chat/m", "'Hi'", stream ? ",'stream':true" : "");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.text(), QByteArray("chat 1"));
        QCOMPARE(house.upstream.path(), QByteArray("/chat/completions"));
        QByteArray id = answer.id();
        if (stream) {
            const qsizetype at = answer.body.indexOf("\"id\":\"resp_") + 6;
            id = answer.body.mid(at, answer.body.indexOf('"', at) - at);
        }
        QVERIFY(id.startsWith("resp_"));

        const Reply stored = house.get(id);
        QCOMPARE(stored.status, 200);
        QCOMPARE(stored.id(), id);
        QCOMPARE(stored.text(), QByteArray("chat 1"));
        const Reply items = house.send("GET", "/v1/responses/" + id + "/input_items");
        QCOMPARE(items.json()[QStringLiteral("data")].toArray().size(), 1);
        const QJsonValue item = items.json()[QStringLiteral("data")].toArray().first();
        QCOMPARE(item[QStringLiteral("role")].toString(), QStringLiteral("user"));
        QVERIFY(item[QStringLiteral("id")].toString().startsWith(QStringLiteral("msg_")));

        const Reply next = house.ask("chat/m", "[{'role':'user','content':'And?'}]", after(id));
        QCOMPARE(next.text(), QByteArray("chat 2"));
        QCOMPARE(roles(house.upstream.messages()), QByteArray("user assistant user "));
        QCOMPARE(next.json()[QStringLiteral("previous_response_id")].toString().toUtf8(), id);
        const Reply third = house.ask("chat/m", "'More'", after(next.id()) + ",'instructions':'Be kind.'");
        QCOMPARE(third.status, 200);
        QCOMPARE(roles(house.upstream.messages()), QByteArray("system user assistant user assistant user "));

        const Reply gone = house.send("DELETE", "/v1/responses/" + next.id());
        QCOMPARE(gone.json()[QStringLiteral("deleted")].toBool(), true);
        QCOMPARE(house.get(next.id()).status, 404);
        // What built on it still knows it.
        QCOMPARE(house.ask("chat/m", "'x'", after(third.id())).status, 200);
        QCOMPARE(house.upstream.messages().size(), 7);
    }

    void keepsNothingUnasked()
    {
        House house;
        const Reply answer = house.ask("chat/m", "'Hi'", ",'store':false");
        QCOMPARE(answer.json()[QStringLiteral("store")].toBool(true), false);
        QCOMPARE(house.get(answer.id()).status, 404);
        // A provider that says it stored does not decide.
        QCOMPARE(house.get(house.ask("native/m", "'Hi'", ",'store':false").id()).status, 404);
    }

    void refusesWhatItNeverSaid()
    {
        House house;
        const Reply unknown = house.ask("chat/m", "'Hi'", after("resp_none"));
        QCOMPARE(unknown.status, 400);
        QCOMPARE(unknown.errorWord("code"), QByteArray("previous_response_not_found"));
        QCOMPARE(unknown.errorWord("param"), QByteArray("previous_response_id"));
        QCOMPARE(
            unknown.errorWord("message"), QByteArray("Previous response with id 'resp_none' not found."));
        const Reply item = house.ask("chat/m", "[{'type':'item_reference','id':'msg_none'}]");
        QCOMPARE(item.status, 404);
        QCOMPARE(item.errorWord("message"), QByteArray("Item with id 'msg_none' not found."));
        const Reply missing = house.get("resp_none");
        QCOMPARE(missing.status, 404);
        QCOMPARE(missing.errorWord("message"), QByteArray("Response with id 'resp_none' not found."));
        QCOMPARE(house.send("DELETE", "/v1/responses/resp_none").status, 404);
        QCOMPARE(house.upstream.body(), QByteArray());
    }

    void keepsAppsApart()
    {
        House house;
        for (const QByteArray &model : {QByteArray("chat/m"), QByteArray("native/m")}) {
            const QByteArray id = house.ask(model, "'My secret is 42.'").id();
            const QByteArray before = house.upstream.body();
            QCOMPARE(house.get(id, "two").status, 404);
            QCOMPARE(house.send("GET", "/v1/responses/" + id + "/input_items", {}, "two").status, 404);
            QCOMPARE(house.send("DELETE", "/v1/responses/" + id, {}, "two").status, 404);
            const Reply stolen = house.ask(model, "'What is it?'", after(id), "two");
            QCOMPARE(stolen.status, 400);
            QCOMPARE(stolen.errorWord("code"), QByteArray("previous_response_not_found"));
            QCOMPARE(house.upstream.body(), before);
            QCOMPARE(house.get(id).status, 200);
        }
    }

    void leavesTheMakersOwnToIt()
    {
        House house;
        const QByteArray id = house.ask("native/m", "'Hi'").id();
        QCOMPARE(id, QByteArray("resp_native1"));
        QCOMPARE(house.get(id).id(), id);
        const QByteArray body
            = js("{'model':'native/m', 'input':'And?', 'previous_response_id':'resp_native1'}");
        QCOMPARE(house.send("POST", "/v1/responses", body).status, 200);
        QCOMPARE(house.upstream.body(), QByteArray(body).replace("native/m", "m"));
        // One we do not know may be the provider's from yesterday.
        QCOMPARE(house.ask("native/m", "'Hi'", after("resp_yesterday")).status, 200);
        QVERIFY(house.upstream.body().contains("resp_yesterday"));
    }

    void saysItInFullToOthers()
    {
        House house;
        const QByteArray first = house.ask("native/m", "'Hi'", ",'stream':true").body;
        QVERIFY(first.contains("resp_native1"));
        // Another provider of the dialect: without the reasoning that only its maker can read.
        QCOMPARE(house.ask("other/m", "'And?'", after("resp_native1")).status, 200);
        QCOMPARE(roles(house.upstream.input()), QByteArray("user assistant user "));
        QVERIFY(!house.upstream.body().contains("previous_response_id"));
        QVERIFY(!house.upstream.body().contains("gAAA"));
        // Another dialect.
        QCOMPARE(house.ask("chat/m", "'And?'", after("resp_native2")).status, 200);
        QCOMPARE(roles(house.upstream.messages()), QByteArray("user assistant user assistant user "));
    }

    void cannotSayWhatItNeverHeard()
    {
        House house;
        const QByteArray id = house.ask("native/m", "'Hi'", after("resp_yesterday")).id();
        QCOMPARE(house.ask("chat/m", "'And?'", after(id)).status, 400);
        QCOMPARE(house.ask("native/m", "'And?'", after(id)).status, 200);
    }

    void findsItemsByTheirIds()
    {
        House house;
        const Reply first = house.ask("chat/m", "'Hi'");
        const QByteArray item = first.json()[QStringLiteral("output")]
                                    .toArray()
                                    .first()[QStringLiteral("id")]
                                    .toString()
                                    .toUtf8();
        QVERIFY(item.startsWith("msg_"));
        const QByteArray input = "[{'role':'user','content':'Hi'},{'type':'item_reference','id':'" + item
                                 + "'},{'role':'user','content':'And?'}]";
        const Reply second = house.ask("chat/m", input);
        QCOMPARE(second.status, 200);
        QCOMPARE(roles(house.upstream.messages()), QByteArray("user assistant user "));
        QVERIFY(house.upstream.body().contains("chat 1"));
        QCOMPARE(house.ask("chat/m", input, {}, "two").status, 404);
        // It is stored said in full.
        const Reply items
            = house.send("GET", "/v1/responses/" + second.id() + "/input_items?order=asc&limit=2");
        QCOMPARE(roles(items.json()[QStringLiteral("data")].toArray()), QByteArray("user assistant "));
        QCOMPARE(items.json()[QStringLiteral("has_more")].toBool(), true);
    }

    void booksRefusals()
    {
        House house;
        house.ask("chat/m", "'Hi'", after("resp_none"));
        house.ask("chat/m", "'Hi'");
        std::optional<std::vector<metering::LedgerRecord>> rows;
        bool flushed = false;
        house.gateway->ledger().flush(house.gateway.get(), [&] { flushed = true; });
        QVERIFY(test::waitUntil([&] { return flushed; }));
        house.gateway->ledger().log(
            storage::LogQuery(), house.gateway.get(), [&](Result<std::vector<metering::LedgerRecord>> found) {
                rows = found.value_or(std::vector<metering::LedgerRecord>());
            });
        QVERIFY(test::waitUntil([&] { return rows.has_value(); }));
        QCOMPARE(rows->size(), std::size_t(2));
        for (const metering::LedgerRecord &row : *rows)
            QCOMPARE(row.dialect, QByteArray("openai-responses"));
    }
};

QTEST_GUILESS_MAIN(ResponsesTest)
#include "ResponsesTest.moc"

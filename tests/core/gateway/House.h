// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/LocalGateway.h"

#include "secrets/MemoryStore.h"
#include "support/Await.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTemporaryDir>

namespace fairlead::test {

using namespace fairlead::gateway;
using storage::LogQuery;

/// JSON with single quotes: moc 6.4 loses classes behind raw strings with quotes in them.
inline QByteArray quoted(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

/// What came back, read with Qt's own client: another implementation than the server's.
struct Reply {
    int status = 0;
    QByteArray body;
    QHash<QByteArray, QByteArray> headers;

    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(body).object(); }
    [[nodiscard]] QJsonObject error() const { return json().value(QLatin1String("error")).toObject(); }
    /// The text of a streamed chat answer.
    [[nodiscard]] QByteArray streamedText() const
    {
        QByteArray text;
        for (const QByteArray &line : body.split('\n')) {
            if (!line.startsWith("data: {"))
                continue;
            const auto chunk = QJsonDocument::fromJson(line.mid(6)).object();
            for (const auto &choice : chunk.value(QLatin1String("choices")).toArray())
                text += choice.toObject()
                            .value(QLatin1String("delta"))
                            .toObject()
                            .value(QLatin1String("content"))
                            .toString()
                            .toUtf8();
        }
        return text;
    }
};

/// A whole gateway with its server, its data in a folder of its own.
struct House {
    QTemporaryDir dir;
    std::unique_ptr<LocalGateway> gateway;
    QNetworkAccessManager client;
    QByteArray token;

    explicit House(const QByteArray &config = QByteArray(), bool demo = true)
    {
        if (!config.isEmpty()) {
            QFile file(configPath());
            if (file.open(QIODevice::WriteOnly))
                file.write(config);
        }
        GatewayOptions options;
        options.configPath = configPath();
        options.dataDir = dir.filePath(QStringLiteral("data"));
        options.port = 0;
        options.demo = demo;
        options.demoSpeedUp = 8;
        options.drain = std::chrono::seconds(5);
        options.secrets = std::make_unique<secrets::MemoryStore>();
        auto created = LocalGateway::create(std::move(options));
        if (!created)
            qFatal("%s", created.error().message().constData());
        gateway = std::move(*created);
        gateway->startServer();
        const bool up = test::waitUntil(
            [this] { return gateway->serverStatus().state == ServerStatus::State::Running; });
        if (!up)
            qFatal("the server does not start: %s", qPrintable(gateway->serverStatus().error));
        gateway->addApp("test", gateway.get(), [this](Result<NewApp> app) {
            token = app ? app->token.reveal().toByteArray() : QByteArray();
        });
        if (!test::waitUntil([this] { return !token.isEmpty(); }))
            qFatal("no token");
    }

    [[nodiscard]] QString configPath() const { return dir.filePath(QStringLiteral("config.json")); }

    QNetworkRequest request(const QString &path) const
    {
        QNetworkRequest made(QUrl(gateway->serverStatus().url() + path));
        made.setRawHeader("authorization", "Bearer " + token);
        made.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("application/json"));
        return made;
    }
    static Reply finish(QNetworkReply *reply)
    {
        if (!test::waitUntil([reply] { return reply->isFinished(); }))
            qFatal("no answer");
        Reply answer;
        answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        answer.body = reply->readAll();
        for (const auto &[name, value] : reply->rawHeaderPairs())
            answer.headers.insert(name.toLower(), value);
        reply->deleteLater();
        return answer;
    }
    Reply post(const QByteArray &body, const QString &path = QStringLiteral("/v1/chat/completions"))
    {
        return finish(client.post(request(path), body));
    }
    Reply get(const QString &path) { return finish(client.get(request(path))); }

    std::vector<metering::LedgerRecord> log()
    {
        bool flushed = false;
        gateway->ledger().flush(gateway.get(), [&] { flushed = true; });
        std::optional<std::vector<metering::LedgerRecord>> rows;
        test::waitUntil([&] { return flushed; });
        gateway->ledger().log(
            LogQuery(), gateway.get(), [&](Result<std::vector<metering::LedgerRecord>> found) {
                rows = found.value_or(std::vector<metering::LedgerRecord>());
            });
        test::waitUntil([&] { return rows.has_value(); });
        return rows.value_or(std::vector<metering::LedgerRecord>());
    }
};

} // namespace fairlead::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"

#include <QObject>
#include <QSslConfiguration>
#include <QTcpServer>
#include <QUrl>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

class QTcpSocket;

namespace fairlead::test {

/// What a server does with one request, step by step, in raw bytes:
/// `FakeScript().bytes("HTTP/1.1 200 OK\r\n").pause(10ms).bytes("...").close()`.
/// After its last step the connection stays open and serves the next request.
class FakeScript
{
public:
    FakeScript() = default;
    /// A whole answer with a Content-Length.
    [[nodiscard]] static FakeScript
    answer(const QByteArray &body, int status = 200, const QByteArray &fields = {});
    /// The same, chunked, each piece a chunk and a write of its own.
    [[nodiscard]] static FakeScript
    chunked(const std::vector<QByteArray> &pieces, const QByteArray &fields = {});

    FakeScript &bytes(const QByteArray &data);
    FakeScript &bytewise(const QByteArray &data); ///< a write and a turn of the loop for every byte
    FakeScript &flood(const QByteArray &piece, qint64 total); ///< as fast as it is taken
    FakeScript &pause(std::chrono::milliseconds time); ///< real time: for benches; tests use waitFor()
    FakeScript &waitFor(std::function<bool()> condition); ///< until the test says so
    FakeScript &close(); ///< after what was written before
    FakeScript &reset(); ///< RST
    FakeScript &hang(); ///< never answers nor closes

private:
    friend class FakeUpstream;
    friend class FakeUpstreamConnection;
    struct Step {
        enum class Kind { Bytes, Flood, Pause, Wait, Close, Reset, Hang };
        Kind kind = Kind::Bytes;
        QByteArray data;
        qint64 total = 0;
        std::chrono::milliseconds time{0};
        std::function<bool()> condition;
    };
    FakeScript &add(Step step);
    std::vector<Step> m_steps;
};

/// A scripted HTTP/1.1 server on a real loopback socket, in the thread of its test. Records every request
/// with its body and what became of each connection. Scripts are used in the order of expect(), then the
/// fallback for all further ones.
class FakeUpstream : public QObject
{
    Q_OBJECT
public:
    struct Request {
        QByteArray method;
        QByteArray target;
        Headers headers;
        QByteArray body;
        int connection = 0; ///< 1 for the first connection ever accepted
    };

    /// Speaks TLS if given a configuration with certificate and key.
    explicit FakeUpstream(std::optional<QSslConfiguration> tls = std::nullopt);
    ~FakeUpstream() override;

    [[nodiscard]] quint16 port() const { return m_server->serverPort(); }
    [[nodiscard]] QUrl url(const QString &path = QStringLiteral("/")) const;

    void expect(FakeScript script);
    void always(FakeScript script);
    /// Takes a request as soon as its head is there, with what there is of its body.
    void setAnswersEarly(bool early) { m_answersEarly = early; }
    /// Accepts, reads nothing: a request's bytes pile up.
    void setDeaf(bool deaf) { m_deaf = deaf; }
    /// Closes connections on which no request is being answered, as servers do with idle ones.
    void closeIdle();

    [[nodiscard]] const std::vector<Request> &requests() const { return m_requests; }
    [[nodiscard]] int requestCount() const { return static_cast<int>(m_requests.size()); }
    [[nodiscard]] int connectionCount() const { return m_accepted; } ///< ever
    [[nodiscard]] int openConnections() const { return m_open; }
    /// Bytes of answers taken by the kernel.
    [[nodiscard]] qint64 bytesSent() const { return m_sent; }

private:
    friend class FakeUpstreamConnection;
    void accepted(QTcpSocket *socket);
    [[nodiscard]] FakeScript nextScript();

    class Server;
    std::unique_ptr<QTcpServer> m_server;
    std::optional<QSslConfiguration> m_tls;
    std::vector<FakeScript> m_scripts;
    std::optional<FakeScript> m_fallback;
    std::vector<Request> m_requests;
    int m_accepted = 0;
    int m_open = 0;
    bool m_deaf = false;
    bool m_answersEarly = false;
    qint64 m_sent = 0;
};

} // namespace fairlead::test

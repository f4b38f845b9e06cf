// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/FakeUpstream.h"

#include <QSslSocket>
#include <QTcpSocket>
#include <QTimer>

#include <sys/socket.h>

#include <algorithm>

namespace fairlead::test {

FakeScript FakeScript::answer(const QByteArray &body, int status, const QByteArray &fields)
{
    FakeScript script;
    script.bytes(
        "HTTP/1.1 " + QByteArray::number(status) + " Scripted\r\nContent-Length: "
        + QByteArray::number(body.size()) + "\r\n" + fields + "\r\n" + body);
    return script;
}

FakeScript FakeScript::chunked(const std::vector<QByteArray> &pieces, const QByteArray &fields)
{
    FakeScript script;
    script.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + fields + "\r\n");
    for (const QByteArray &piece : pieces)
        script.bytes(QByteArray::number(piece.size(), 16) + "\r\n" + piece + "\r\n")
            .pause(std::chrono::milliseconds(0));
    return script.bytes("0\r\n\r\n");
}

FakeScript &FakeScript::add(Step step)
{
    m_steps.push_back(std::move(step));
    return *this;
}

FakeScript &FakeScript::bytes(const QByteArray &data)
{
    Step step;
    step.data = data;
    return add(std::move(step));
}

FakeScript &FakeScript::bytewise(const QByteArray &data)
{
    for (qsizetype at = 0; at < data.size(); ++at)
        bytes(data.sliced(at, 1)).pause(std::chrono::milliseconds(0));
    return *this;
}

FakeScript &FakeScript::flood(const QByteArray &piece, qint64 total)
{
    Step step;
    step.kind = Step::Kind::Flood;
    step.data = piece;
    step.total = total;
    return add(std::move(step));
}

FakeScript &FakeScript::pause(std::chrono::milliseconds time)
{
    Step step;
    step.kind = Step::Kind::Pause;
    step.time = time;
    return add(std::move(step));
}

FakeScript &FakeScript::waitFor(std::function<bool()> condition)
{
    Step step;
    step.kind = Step::Kind::Wait;
    step.condition = std::move(condition);
    return add(std::move(step));
}

FakeScript &FakeScript::close()
{
    Step step;
    step.kind = Step::Kind::Close;
    return add(std::move(step));
}

FakeScript &FakeScript::reset()
{
    Step step;
    step.kind = Step::Kind::Reset;
    return add(std::move(step));
}

FakeScript &FakeScript::hang()
{
    Step step;
    step.kind = Step::Kind::Hang;
    return add(std::move(step));
}

/// One accepted connection: reads requests, plays a script for each.
class FakeUpstreamConnection : public QObject
{
public:
    FakeUpstreamConnection(FakeUpstream &server, QTcpSocket *socket, int number)
        : QObject(&server)
        , m_server(server)
        , m_socket(socket)
        , m_number(number)
    {
        ++m_server.m_open;
        socket->setParent(this);
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        if (m_server.m_deaf)
            socket->setReadBufferSize(1);
        m_timer.setSingleShot(true);
        connect(&m_timer, &QTimer::timeout, this, [this] { play(); });
        connect(socket, &QIODevice::readyRead, this, [this] { read(); });
        connect(socket, &QIODevice::bytesWritten, this, [this](qint64 count) {
            m_server.m_sent += count;
            if (m_flooding)
                play();
        });
        connect(socket, &QAbstractSocket::disconnected, this, [this] { over(); });
        connect(socket, &QAbstractSocket::errorOccurred, this, [this] {
            if (m_socket->state() != QAbstractSocket::ConnectedState)
                over();
        });
        read();
    }

    [[nodiscard]] bool isIdle() const { return m_at == m_script.m_steps.size() && m_input.isEmpty(); }
    void close() { m_socket->disconnectFromHost(); }

private:
    using Step = FakeScript::Step;

    void over()
    {
        if (std::exchange(m_over, true))
            return;
        m_timer.stop();
        --m_server.m_open;
        deleteLater();
    }

    void read()
    {
        if (m_server.m_deaf)
            return;
        m_input += m_socket->readAll();
        takeRequest();
    }

    void takeRequest()
    {
        if (m_over || m_at < m_script.m_steps.size())
            return; // the answer before is still being given
        const qsizetype end = m_input.indexOf("\r\n\r\n");
        if (end < 0)
            return;
        FakeUpstream::Request request = parseHead(m_input.first(end));
        qsizetype length = request.headers.value("Content-Length").toLongLong();
        if (m_server.m_answersEarly)
            length = std::min(length, m_input.size() - end - 4);
        if (m_input.size() < end + 4 + length)
            return;
        request.body = m_input.sliced(end + 4, length);
        m_input.remove(0, end + 4 + length);
        m_server.m_requests.push_back(std::move(request));
        m_script = m_server.nextScript();
        m_at = 0;
        play();
    }

    [[nodiscard]] FakeUpstream::Request parseHead(const QByteArray &head) const
    {
        FakeUpstream::Request request;
        request.connection = m_number;
        const QList<QByteArray> lines = head.split('\n');
        const QList<QByteArray> first = lines.first().trimmed().split(' ');
        request.method = first.value(0);
        request.target = first.value(1);
        for (qsizetype i = 1; i < lines.size(); ++i) {
            const qsizetype colon = lines[i].indexOf(':');
            request.headers.add(lines[i].first(colon), lines[i].sliced(colon + 1).trimmed());
        }
        return request;
    }

    void play()
    {
        while (!m_over && m_at < m_script.m_steps.size()) {
            if (!playStep(m_script.m_steps[m_at]))
                return;
            ++m_at;
        }
        takeRequest();
    }

    /// True when the next step may follow at once.
    bool playStep(Step &step)
    {
        switch (step.kind) {
        case Step::Kind::Bytes:
            m_socket->write(step.data);
            m_socket->flush();
            return true;
        case Step::Kind::Flood:
            m_flooding = true;
            while (step.total > 0 && m_socket->bytesToWrite() < 256 * 1024)
                step.total
                    -= m_socket->write(step.data.first(std::min<qint64>(step.data.size(), step.total)));
            m_flooding = step.total > 0;
            return !m_flooding;
        case Step::Kind::Pause:
            ++m_at;
            m_timer.start(step.time);
            return false;
        case Step::Kind::Wait:
            if (step.condition())
                return true;
            m_timer.start(1);
            return false;
        case Step::Kind::Close:
            m_socket->disconnectFromHost();
            return true;
        case Step::Kind::Reset: {
            const linger drop{.l_onoff = 1, .l_linger = 0};
            setsockopt(
                static_cast<int>(m_socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
            m_socket->abort();
            over();
            return true;
        }
        case Step::Kind::Hang:
            return false;
        }
        Q_UNREACHABLE();
    }

    FakeUpstream &m_server;
    QTcpSocket *m_socket;
    int m_number;
    QByteArray m_input;
    FakeScript m_script;
    std::size_t m_at = 0;
    bool m_flooding = false;
    bool m_over = false;
    QTimer m_timer;
};

class FakeUpstream::Server : public QTcpServer
{
public:
    explicit Server(FakeUpstream &owner)
        : m_owner(owner)
    {
        setListenBacklogSize(1024);
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        if (!m_owner.m_tls) {
            auto *socket = new QTcpSocket;
            socket->setSocketDescriptor(descriptor);
            m_owner.accepted(socket);
            return;
        }
        auto *socket = new QSslSocket;
        socket->setSocketDescriptor(descriptor);
        socket->setSslConfiguration(*m_owner.m_tls);
        m_owner.accepted(socket);
        socket->startServerEncryption();
    }

private:
    FakeUpstream &m_owner;
};

FakeUpstream::FakeUpstream(std::optional<QSslConfiguration> tls)
    : m_server(std::make_unique<Server>(*this))
    , m_tls(std::move(tls))
{
    if (!m_server->listen(QHostAddress::LocalHost))
        qFatal("FakeUpstream: cannot listen on the loopback address");
}

FakeUpstream::~FakeUpstream()
{
    m_server.reset();
    qDeleteAll(children()); // while we are still whole: they count themselves out
}

QUrl FakeUpstream::url(const QString &path) const
{
    QUrl url;
    url.setScheme(m_tls ? QStringLiteral("https") : QStringLiteral("http"));
    url.setHost(QStringLiteral("127.0.0.1"));
    url.setPort(port());
    const QStringList parts = path.split(QLatin1Char('?'));
    url.setPath(parts.first());
    if (parts.size() > 1)
        url.setQuery(parts.last());
    return url;
}

void FakeUpstream::expect(FakeScript script)
{
    m_scripts.push_back(std::move(script));
}

void FakeUpstream::always(FakeScript script)
{
    m_fallback = std::move(script);
}

void FakeUpstream::closeIdle()
{
    const QObjectList all = children();
    for (QObject *child : all) {
        if (auto *connection = dynamic_cast<FakeUpstreamConnection *>(child);
            connection && connection->isIdle())
            connection->close();
    }
}

void FakeUpstream::accepted(QTcpSocket *socket)
{
    new FakeUpstreamConnection(*this, socket, ++m_accepted);
}

FakeScript FakeUpstream::nextScript()
{
    if (m_scripts.empty())
        return m_fallback.value_or(FakeScript::answer("nobody scripted this request", 500));
    FakeScript script = std::move(m_scripts.front());
    m_scripts.erase(m_scripts.begin());
    return script;
}

} // namespace fairlead::test

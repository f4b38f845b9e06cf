// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/QtListening.h"

#include "io/QtStream.h"

#include <QPointer>
#include <QTcpSocket>

#include <utility>

namespace fairlead::io {

QtListening::QtListening(std::unique_ptr<QTcpServer> server, StreamFactory::Accept accept)
    : m_server(std::move(server))
    , m_accept(std::make_shared<StreamFactory::Accept>(std::move(accept)))
{
    QObject::connect(m_server.get(), &QTcpServer::newConnection, m_server.get(), [this] { acceptPending(); });
    // After a handshake, which takes its time.
    QObject::connect(
        m_server.get(), &QTcpServer::pendingConnectionAvailable, m_server.get(), [this] { acceptPending(); });
}

QtListening::~QtListening()
{
    m_server->disconnect();
    m_server->close();
    m_server.release()->deleteLater(); // we may be inside its signal
}

void QtListening::setPaused(bool paused)
{
    if (std::exchange(m_paused, paused) == paused)
        return;
    if (paused) {
        m_server->pauseAccepting();
    } else {
        m_server->resumeAccepting();
        QMetaObject::invokeMethod(
            m_server.get(), [this] { acceptPending(); }, Qt::QueuedConnection);
    }
}

void QtListening::acceptPending()
{
    const QPointer<QTcpServer> server(m_server.get());
    const auto accept = m_accept; // the callback may destroy us
    const auto alive = [&] { return server && server->isListening(); };
    while (alive() && !m_paused && server->hasPendingConnections()) {
        auto *socket = server->nextPendingConnection();
        socket->setParent(nullptr);
        (*accept)(std::make_unique<QtStream>(std::unique_ptr<QTcpSocket>(socket)));
    }
}

} // namespace fairlead::io

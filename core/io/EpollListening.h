// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "io/EpollReactor.h"
#include "io/StreamFactory.h"

#include <QTcpServer>

#include <memory>

class QTimer;

namespace fairlead::io {

/// A QTcpServer's listening socket, watched by the epoll set instead of Qt's dispatcher.
class EpollListening final : public StreamFactory::Listening, private EpollReactor::Source
{
public:
    EpollListening(
        std::shared_ptr<EpollReactor> reactor, std::unique_ptr<QTcpServer> server,
        StreamFactory::Accept accept);
    ~EpollListening() override;

    [[nodiscard]] quint16 port() const override { return m_server->serverPort(); }
    [[nodiscard]] QString address() const override { return m_server->serverAddress().toString(); }
    void setPaused(bool paused) override;

private:
    void ready(quint32 events) override;
    void updateWatch();
    void waitForDescriptors();

    std::shared_ptr<EpollReactor> m_reactor;
    EpollReactor::Key m_key;
    std::unique_ptr<QTcpServer> m_server;
    std::shared_ptr<const StreamFactory::Accept> m_accept;
    std::unique_ptr<QTimer> m_retry;
    bool m_paused = false;
};

} // namespace fairlead::io

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "io/StreamFactory.h"

#include <QTcpServer>

#include <memory>

namespace fairlead::io {

/// A listening socket watched by Qt's dispatcher.
class QtListening final : public StreamFactory::Listening
{
public:
    QtListening(std::unique_ptr<QTcpServer> server, StreamFactory::Accept accept);
    ~QtListening() override;

    [[nodiscard]] quint16 port() const override { return m_server->serverPort(); }
    [[nodiscard]] QString address() const override { return m_server->serverAddress().toString(); }
    void setPaused(bool paused) override;

private:
    void acceptPending();

    std::unique_ptr<QTcpServer> m_server;
    std::shared_ptr<const StreamFactory::Accept> m_accept;
    bool m_paused = false;
};

} // namespace fairlead::io

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/ChatHandler.h"
#include "gateway/CountHandler.h"
#include "gateway/EmbeddingHandler.h"
#include "gateway/ForwardHandler.h"
#include "gateway/LocalAccess.h"
#include "gateway/OllamaHandlers.h"
#include "gateway/ResponsesHandler.h"
#include "http/Server.h"

#include <functional>
#include <memory>

namespace fairlead::gateway {

struct Endpoint;

/// Every request comes through here: the endpoint is looked up, the door checks who it is, the handler
/// answers.
class FrontDoor final : public http::Handler
{
public:
    /// Told which app came in, for "last seen".
    using Seen = std::function<void(const QByteArray &app)>;

    /// Told of a caller without a token of ours; calls back with the app that it may come in as, empty =
    /// none. With null nobody waits for the answer.
    using Stranger
        = std::function<void(const http::Request &request, std::function<void(const QByteArray &app)> known)>;

    FrontDoor(Services &services, Seen seen);
    ~FrontDoor() override;

    void setRules(AccessRules rules);
    void setStranger(Stranger stranger) { m_stranger = std::move(stranger); }
    [[nodiscard]] const LocalAccess &access() const { return *m_access; }
    void handle(http::ExchangePtr exchange) override;

    /// What the server says when it refuses a request itself, in the dialect of the path. A known app's
    /// request is booked.
    [[nodiscard]] http::Response refused(int status, const QByteArray &message, const http::Request &request);

private:
    [[nodiscard]] http::Response
    renderError(int status, const QByteArray &message, const http::Request &request) const;
    void admit(http::ExchangePtr exchange);
    void turnAway(http::Exchange &exchange, const Admission &admission) const;
    void serve(http::ExchangePtr exchange, const Endpoint &endpoint, const QByteArray &app);
    [[nodiscard]] OllamaHandlers ollama() const;
    void models(http::Exchange &exchange, const Endpoint &endpoint, const QByteArray &app) const;
    void preflight(http::Exchange &exchange, const Admission &admission) const;

    Services &m_services;
    Seen m_seen;
    Stranger m_stranger;
    std::shared_ptr<const LocalAccess> m_access;
    ChatHandler m_chat;
    ResponsesHandler m_responses;
    EmbeddingHandler m_embeddings;
    CountHandler m_counts;
    ForwardHandler m_forwards;
    qint64 m_startedUnixSeconds;
};

} // namespace fairlead::gateway

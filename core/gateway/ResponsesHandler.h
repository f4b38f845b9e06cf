// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/ChatHandler.h"
#include "gateway/ResponseStore.h"

#include <optional>

namespace fairlead::gateway {

/// The Responses API is a chat endpoint with a memory: this remembers what was answered, says in full what a
/// request only refers to, and gives stored responses out. Everything else is the ChatHandler's.
class ResponsesHandler
{
public:
    ResponsesHandler(Services &services, ChatHandler &chat);

    /// POST /v1/responses.
    [[nodiscard]] Task<> serve(http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app);
    /// GET and DELETE /v1/responses/{id}, GET /v1/responses/{id}/input_items.
    void stored(http::Exchange &exchange, const wire::Wire &dialect, const QByteArray &app);

private:
    /// A request on its way, and what its answer will be stored with.
    struct Asked {
        QByteArray app;
        QByteArray body;
        std::optional<Continuation> continuation;
        std::shared_ptr<ResponseStore::Turn> before;
        QByteArray items; ///< of a request that refers: its own input, said in full
        bool isWhole = true; ///< everything it refers to is known
    };
    [[nodiscard]] tl::expected<void, chat::Failure> resolve(Asked &asked, const http::Request &request);
    void keep(const Asked &asked, const QByteArray &provider, json::View response);
    void refuse(
        http::Exchange &exchange, const wire::Wire &dialect, const QByteArray &app,
        const chat::Failure &failure) const;
    [[nodiscard]] bool speaksNatively(const QByteArray &provider) const;

    Services &m_services;
    ChatHandler &m_chat;
    ResponseStore m_store;
};

} // namespace fairlead::gateway

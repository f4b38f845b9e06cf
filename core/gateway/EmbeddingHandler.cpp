// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/EmbeddingHandler.h"

#include "gateway/CallSources.h"
#include "gateway/EmbeddingCalls.h"
#include "gateway/Replies.h"

namespace fairlead::gateway {

EmbeddingHandler::EmbeddingHandler(Services &services, const std::shared_ptr<const LocalAccess> &access)
    : m_services(services)
    , m_access(access)
{ }

Task<> EmbeddingHandler::serve(http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app)
{
    const http::Request &request = exchange->request();
    const auto call = wire::InboundCall::parse(request.path, request.query, request.headers, request.body);
    auto asked
        = call ? dialect.embedding->decodeRequest(*call) : Result<chat::EmbeddingRequest>(fail(call.error()));
    Conversation::Start start
        = startOf(*exchange, dialect.name, app, metering::LedgerRecord::Kind::Embeddings);
    if (asked)
        start.modelAsked = asked->model;

    if (call)
        start.call = &*call;
    Conversation conversation(m_services, std::move(start));
    if (!asked) {
        refuse(*exchange, dialect, conversation, callerFault(asked.error()));
        co_return;
    }
    if (!m_access->mayUse(app, asked->model)) {
        refuse(*exchange, dialect, conversation, modelNotAllowed(app, asked->model));
        co_return;
    }

    EmbeddingCalls calls(dialect, *call, std::move(*asked));
    const auto opened = co_await conversation.open(calls);
    if (!opened) {
        refuse(*exchange, dialect, conversation, opened.error());
        co_return;
    }
    providers::Piece piece = co_await conversation.next();
    QByteArray body = std::move(piece.bytes);
    if (!conversation.serving().prepared.passThrough) {
        wire::AnswerContext context;
        context.call = &*call;
        context.model = conversation.serving().target.model;
        context.fallbackId = conversation.id();
        context.created = toUnixMs(m_services.clock.wall()) / 1000;
        body = dialect.embedding->encodeAnswer(*calls.answer(), calls.request(), context);
    }
    http::Response response = wholeResponse(conversation, std::move(body));
    conversation.end(exchange->isGone() ? kClientClosedRequest : response.status);
    exchange->reply(std::move(response));
}

} // namespace fairlead::gateway

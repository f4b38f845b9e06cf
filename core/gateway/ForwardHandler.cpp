// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ForwardHandler.h"

#include "gateway/CallSources.h"
#include "gateway/ForwardedCalls.h"
#include "gateway/Replies.h"

namespace fairlead::gateway {

namespace {

using chat::Failure;
using chat::FailureClass;

/// For a request without a model (OpenAI's moderations have a default): the only provider whose data names
/// the service.
tl::expected<routing::RoutePlan, Failure>
planWithoutModel(const routing::RoutingTable &routing, const QByteArray &service)
{
    routing::RoutePlan plan;
    for (const auto &provider : routing.providers()) {
        if (!provider->serves || !provider->pathOf(service))
            continue;
        routing::Target target;
        target.provider = provider;
        target.reason = QByteArrayLiteral("the only provider with this endpoint");
        plan.targets.push_back(std::move(target));
    }
    if (plan.targets.size() == 1)
        return plan;
    Failure failure(
        FailureClass::CallerFault, 400,
        QByteArrayLiteral("model is missing. Name a route, or a provider and its model: \"openai/...\"."));
    failure.param = QByteArrayLiteral("model");
    return tl::make_unexpected(std::move(failure));
}

Headers headersOf(const Conversation &conversation)
{
    Headers headers = answerHeaders(conversation);
    const QByteArray type = conversation.serving().answer->headers().value("content-type");
    headers.add("content-type", type.isEmpty() ? QByteArrayLiteral("application/octet-stream") : type);
    return headers;
}

} // namespace

ForwardHandler::ForwardHandler(Services &services, const std::shared_ptr<const LocalAccess> &access)
    : m_services(services)
    , m_access(access)
{ }

metering::LedgerRecord::Kind ForwardHandler::kindOf(QByteArrayView service)
{
    using Kind = metering::LedgerRecord::Kind;
    if (service.startsWith("images/"))
        return Kind::Images;
    if (service.startsWith("audio/"))
        return Kind::Audio;
    return service == QByteArrayView("moderations") ? Kind::Moderation : Kind::Rerank;
}

Task<> ForwardHandler::serve(http::ExchangePtr exchange, const Endpoint &endpoint, QByteArray app)
{
    const wire::Wire &dialect = *wire::findWire(endpoint.wire);
    const auto place = ModelPlace::find(exchange->request());
    Conversation::Start start = startOf(*exchange, dialect.name, app, kindOf(endpoint.service));
    if (place)
        start.modelAsked = place->model;

    Conversation conversation(m_services, std::move(start));
    if (!place) {
        refuse(*exchange, dialect, conversation, callerFault(place.error()));
        co_return;
    }
    if (!m_access->mayUse(app, place->model)) {
        refuse(*exchange, dialect, conversation, modelNotAllowed(app, place->model));
        co_return;
    }
    ForwardedCalls calls(exchange->request(), endpoint.service, *place);
    auto plan = place->model.isEmpty() ? planWithoutModel(*m_services.routing, endpoint.service)
                                       : conversation.plan(calls);
    if (!plan) {
        refuse(*exchange, dialect, conversation, plan.error());
        co_return;
    }

    std::optional<routing::RoutePlan> followed = std::move(*plan);
    const auto opened = co_await conversation.open(calls, std::move(followed));
    if (!opened) {
        refuse(*exchange, dialect, conversation, opened.error());
        co_return;
    }
    providers::Piece first = co_await conversation.next();
    if (!first.last) {
        co_await relay(exchange, conversation, std::move(first));
        co_return;
    }
    http::Response response = wholeResponse(conversation, std::move(first.bytes));
    for (const auto &[name, value] : headersOf(conversation))
        response.headers.set(name, value);
    conversation.end(exchange->isGone() ? kClientClosedRequest : response.status);
    exchange->reply(std::move(response));
}

/// As the bytes come, no faster than the client takes them. A broken answer is cut: what it is made of has no
/// way to say so.
Task<> ForwardHandler::relay(http::ExchangePtr exchange, Conversation &conversation, providers::Piece first)
{
    exchange->begin(200, headersOf(conversation));
    providers::Piece piece = std::move(first);
    while (!piece.last) {
        bool more = exchange->tryWrite(std::move(piece.bytes));
        if (!more)
            more = co_await exchange->drained();
        if (!more) {
            conversation.end(kClientClosedRequest);
            co_return;
        }
        providers::Piece next = co_await conversation.next();
        piece = std::move(next);
    }
    conversation.end(200);
    if (conversation.failure())
        exchange->cut();
    else
        exchange->end(std::move(piece.bytes));
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/CountHandler.h"

#include "gateway/CallSources.h"
#include "gateway/CountCalls.h"
#include "gateway/Replies.h"
#include "metering/TokenEstimate.h"

namespace fairlead::gateway {

namespace {

/// Only the target that a chat would try first: others count differently.
routing::RoutePlan firstOnly(routing::RoutePlan plan)
{
    plan.targets.resize(1);
    plan.shadows.clear();
    return plan;
}

bool canCount(const routing::RoutePlan &plan)
{
    return wire::findWire(plan.targets.front().provider->wire)->counting != nullptr;
}

http::Response estimated(Conversation &conversation, QByteArray body)
{
    wire::Losses losses;
    losses.approximated("input_tokens", "estimated here, from the text");
    conversation.noteLosses(losses);
    http::Response response;
    response.headers.add("x-fairlead-request-id", conversation.id());
    response.headers.add("x-fairlead-losses", losses.header());
    response.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

} // namespace

CountHandler::CountHandler(Services &services, const std::shared_ptr<const LocalAccess> &access)
    : m_services(services)
    , m_access(access)
{ }

Task<> CountHandler::serve(http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app)
{
    const http::Request &request = exchange->request();
    const auto call = wire::InboundCall::parse(request.path, request.query, request.headers, request.body);
    auto asked
        = call ? dialect.counting->decodeRequest(*call) : Result<chat::ChatRequest>(fail(call.error()));
    Conversation::Start start
        = startOf(*exchange, dialect.name, app, metering::LedgerRecord::Kind::TokenCount);
    if (asked)
        start.modelAsked = asked->model;
    const QByteArray model = start.modelAsked;

    Conversation conversation(m_services, std::move(start));
    if (!asked) {
        refuse(*exchange, dialect, conversation, callerFault(asked.error()));
        co_return;
    }
    if (!m_access->mayUse(app, model)) {
        refuse(*exchange, dialect, conversation, modelNotAllowed(app, model));
        co_return;
    }
    CountCalls calls(dialect, *call, std::move(*asked));
    auto plan = conversation.plan(calls);
    if (!plan) {
        refuse(*exchange, dialect, conversation, plan.error());
        co_return;
    }
    *plan = firstOnly(std::move(*plan));
    if (canCount(*plan)) {
        std::optional<routing::RoutePlan> followed = std::move(*plan);
        const auto opened = co_await conversation.open(calls, std::move(followed));
        if (!opened && opened.error().failureClass == chat::FailureClass::Cancelled) {
            refuse(*exchange, dialect, conversation, opened.error());
            co_return;
        }
        if (opened)
            (void)co_await conversation.next();
    }
    const std::int64_t count = calls.count().value_or(metering::estimateInputTokens(calls.request()));
    const QByteArray body = dialect.counting->encodeAnswer(count);
    http::Response response
        = calls.count() ? wholeResponse(conversation, body) : estimated(conversation, body);
    conversation.end(exchange->isGone() ? kClientClosedRequest : response.status);
    exchange->reply(std::move(response));
}

} // namespace fairlead::gateway

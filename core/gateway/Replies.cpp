// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Replies.h"

namespace fairlead::gateway {

namespace {

const wire::InboundCodec &inboundOf(const wire::Wire &dialect)
{
    return dialect.inbound ? *dialect.inbound : *wire::findWire("openai-chat")->inbound;
}

} // namespace

http::Response
errorResponse(const wire::Wire &dialect, const chat::Failure &failure, const QByteArray &requestId)
{
    wire::EncodedError error = inboundOf(dialect).encodeError(failure);
    http::Response response;
    response.status = error.status;
    response.headers = std::move(error.headers);
    response.headers.set("content-type", std::move(error.contentType));
    if (!requestId.isEmpty())
        response.headers.set("x-fairlead-request-id", requestId);
    response.body = std::move(error.body);
    return response;
}

Headers answerHeaders(const Conversation &conversation)
{
    const routing::Serving &serving = conversation.serving();
    Headers headers;
    headers.add(QByteArrayLiteral("x-fairlead-request-id"), conversation.id());
    headers.add(QByteArrayLiteral("x-fairlead-provider"), serving.target.provider->id);
    headers.add(QByteArrayLiteral("x-fairlead-model"), serving.target.model);
    headers.add(QByteArrayLiteral("x-fairlead-attempts"), QByteArray::number(serving.attempts));
    if (!serving.prepared.losses.isEmpty())
        headers.add(QByteArrayLiteral("x-fairlead-losses"), serving.prepared.losses.header());
    if (QByteArray rescue = conversation.rescue(); !rescue.isEmpty())
        headers.add(QByteArrayLiteral("x-fairlead-rescue"), std::move(rescue));
    if (!conversation.warnings().isEmpty())
        headers.add(QByteArrayLiteral("x-fairlead-warnings"), conversation.warnings());
    return headers;
}

http::Response wholeResponse(const Conversation &conversation, QByteArray body)
{
    http::Response response;
    response.headers = answerHeaders(conversation);
    response.headers.add(QByteArrayLiteral("content-type"), QByteArrayLiteral("application/json"));
    if (const auto cost = conversation.cost().total)
        response.headers.add(QByteArrayLiteral("x-fairlead-cost-usd"), cost->toDecimal());
    response.body = std::move(body);
    return response;
}

void refuse(
    http::Exchange &exchange, const wire::Wire &dialect, Conversation &conversation,
    const chat::Failure &failure)
{
    http::Response response = errorResponse(dialect, failure, conversation.id());
    conversation.fail(failure, response.status);
    exchange.reply(std::move(response));
}

Conversation::Start
startOf(const http::Exchange &exchange, QByteArray dialect, QByteArray app, metering::LedgerRecord::Kind kind)
{
    Conversation::Start start;
    start.origin = QByteArrayLiteral("proxy");
    start.app = std::move(app);
    start.dialect = std::move(dialect);
    start.kind = kind;
    start.received = exchange.request().received;
    start.caller = exchange.cancelToken();
    return start;
}

chat::Failure modelNotAllowed(const QByteArray &app, const QByteArray &model)
{
    chat::Failure failure(
        chat::FailureClass::Permission, 403,
        "The app \"" + app + "\" may not use the model \"" + model
            + "\". Its \"models\" in the config say what it may.");
    failure.code = "model_not_allowed";
    failure.param = "model";
    return failure;
}

} // namespace fairlead::gateway

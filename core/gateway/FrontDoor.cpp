// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/FrontDoor.h"

#include "gateway/DialectTable.h"
#include "gateway/InfoHandlers.h"

namespace fairlead::gateway {

namespace {

using chat::Failure;
using chat::FailureClass;

Failure refusal(int status, QByteArray message)
{
    FailureClass failureClass = FailureClass::CallerFault;
    if (status == 401)
        failureClass = FailureClass::Credential;
    else if (status == 403)
        failureClass = FailureClass::Permission;
    return Failure(failureClass, status, std::move(message));
}

/// Requests to a model, which make a row in the ledger.
bool isConversation(EndpointKind kind)
{
    return kind == EndpointKind::Chat || kind == EndpointKind::Responses;
}

Failure noSuchEndpoint(const http::Request &request, const Match &match)
{
    if (match.pathKnown) {
        Failure failure(
            FailureClass::CallerFault, 405,
            request.path + " takes " + match.allow + ", not " + request.method + ".");
        failure.code = "method_not_allowed";
        return failure;
    }
    Failure failure(
        FailureClass::CallerFault, 404,
        "There is no endpoint " + request.method + ' ' + request.path
            + ". This server has /v1/chat/completions and /v1/models; a tool's base URL usually ends in "
              "/v1.");
    failure.code = "unknown_endpoint";
    return failure;
}

} // namespace

FrontDoor::FrontDoor(Services &services, Seen seen)
    : m_services(services)
    , m_seen(std::move(seen))
    , m_access(std::make_shared<LocalAccess>(AccessRules()))
    , m_chat(services, m_access)
    , m_responses(services, m_chat)
    , m_startedUnixSeconds(toUnixMs(services.clock.wall()) / 1000)
{ }

FrontDoor::~FrontDoor() = default;

void FrontDoor::setRules(AccessRules rules)
{
    m_access = std::make_shared<LocalAccess>(std::move(rules));
}

http::Response FrontDoor::renderError(int status, const QByteArray &message, QByteArrayView path) const
{
    const wire::Wire *dialect = wire::findWire(findEndpoint("POST", path).wire);
    const wire::EncodedError error = dialect->inbound->encodeError(refusal(status, message));
    http::Response response;
    response.status = status;
    response.headers = error.headers;
    response.headers.set("content-type", error.contentType);
    response.body = error.body;
    return response;
}

http::Response FrontDoor::refused(int status, const QByteArray &message, const http::Request &request)
{
    QByteArray said = message;
    if (status == 413)
        said += " Send less, or raise \"max_body_bytes\" in the \"server\" section of the config.";
    http::Response response = renderError(status, said, request.path);

    // Whoever shows a token gets a row, as for any request; strangers cannot fill the ledger.
    const Match match = findEndpoint(request.method, request.path);
    if (!match.endpoint || !isConversation(match.endpoint->kind))
        return response;
    const Admission admission = m_access->check(request.headers, request.query);
    if (!admission.isIn())
        return response;
    Conversation::Start start;
    start.origin = "proxy";
    start.app = admission.app;
    start.dialect = match.endpoint->wire;
    start.received = m_services.clock.steady();
    Conversation conversation(m_services, std::move(start));
    conversation.fail(refusal(status, said), status);
    response.headers.set("x-fairlead-request-id", conversation.id());
    return response;
}

void FrontDoor::handle(http::ExchangePtr exchange)
{
    const Admission origin = m_access->checkOrigin(exchange->request().headers);
    if (!origin.isIn()) {
        exchange->reply(renderError(origin.status, origin.message, exchange->request().path));
        return;
    }
    if (!origin.allowOrigin.isEmpty()) {
        exchange->addCommonHeader("access-control-allow-origin", origin.allowOrigin);
        exchange->addCommonHeader("vary", "Origin");
        if (exchange->request().method == "OPTIONS") {
            preflight(*exchange, origin);
            return;
        }
    }
    admit(std::move(exchange));
}

/// https://fetch.spec.whatwg.org/#cors-preflight-fetch: a browser asks before it sends a request with a key.
void FrontDoor::preflight(http::Exchange &exchange, const Admission &) const
{
    http::Response response;
    response.status = 204;
    response.headers.add("access-control-allow-methods", "GET, POST, DELETE");
    response.headers.add(
        "access-control-allow-headers", exchange.request().headers.value("access-control-request-headers"));
    response.headers.add("access-control-max-age", "600");
    exchange.reply(std::move(response));
}

void FrontDoor::admit(http::ExchangePtr exchange)
{
    const http::Request &request = exchange->request();
    const Match match = findEndpoint(request.method, request.path);
    const wire::Wire *dialect = wire::findWire(match.wire);
    if (!match.endpoint) {
        const Failure failure = noSuchEndpoint(request, match);
        http::Response response = renderError(failure.status, failure.message, request.path);
        if (match.pathKnown)
            response.headers.set("allow", match.allow);
        exchange->reply(std::move(response));
        return;
    }

    QByteArray app;
    if (match.endpoint->needsToken) {
        const Admission admission = m_access->identify(request.headers, request.query);
        if (!admission.isIn()) {
            http::Response response = renderError(admission.status, admission.message, request.path);
            if (admission.status == 401)
                response.headers.set("www-authenticate", "Bearer");
            exchange->reply(std::move(response));
            return;
        }
        app = admission.app;
        m_seen(app);
    }

    switch (match.endpoint->kind) {
    case EndpointKind::Chat:
        if (request.path.startsWith("/api/")) {
            if (auto loaded = ollama().loaded(request)) {
                exchange->reply(std::move(*loaded));
                return;
            }
        }
        detach(m_chat.serve(std::move(exchange), *dialect, app));
        return;
    case EndpointKind::Responses:
        detach(m_responses.serve(std::move(exchange), *dialect, app));
        return;
    case EndpointKind::StoredResponse:
        m_responses.stored(*exchange, *dialect, app);
        return;
    case EndpointKind::Models:
        exchange->reply(modelsResponse(*m_services.routing, m_startedUnixSeconds));
        return;
    case EndpointKind::Model: {
        const QByteArrayView path(request.path);
        const QByteArrayView id = path.sliced(path.indexOf("models/") + 7);
        exchange->reply(modelResponse(*m_services.routing, id, m_startedUnixSeconds));
        return;
    }
    case EndpointKind::Ollama:
        exchange->reply(ollama().answer(request));
        return;
    case EndpointKind::Health:
        exchange->reply(healthResponse());
        return;
    case EndpointKind::Root:
        exchange->reply(rootResponse());
        return;
    }
}

OllamaHandlers FrontDoor::ollama() const
{
    return OllamaHandlers(*m_services.routing, *m_services.prices, toUnixMs(m_services.clock.wall()) / 1000);
}

} // namespace fairlead::gateway

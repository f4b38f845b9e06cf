// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/FrontDoor.h"

#include "gateway/DialectTable.h"
#include "gateway/InfoHandlers.h"
#include "gateway/ModelLists.h"
#include "gateway/Replies.h"

namespace fairlead::gateway {

namespace {

using chat::Failure;
using chat::FailureClass;

const wire::Wire &dialectOf(const http::Request &request)
{
    QByteArrayView path(request.path);
    while (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    const Endpoint *endpoint = findEndpoint("GET", path).endpoint;
    const bool models = endpoint
                        && (endpoint->kind == EndpointKind::Models
                            || (endpoint->kind == EndpointKind::Model && request.method != "POST"));
    const QByteArray name = models ? wireOf(modelListStyle(request)) : gateway::dialectOf(path).toByteArray();
    const wire::Wire *known = wire::findWire(name);
    return known && known->inbound ? *known : *wire::findWire("openai-chat");
}

/// What the ledger calls a request to such an endpoint; nullopt = it makes no row.
std::optional<metering::LedgerRecord::Kind> kindOf(const Endpoint &endpoint)
{
    using Kind = metering::LedgerRecord::Kind;
    switch (endpoint.kind) {
    case EndpointKind::Chat:
    case EndpointKind::Responses:
        return Kind::Chat;
    case EndpointKind::Embeddings:
        return Kind::Embeddings;
    case EndpointKind::CountTokens:
        return Kind::TokenCount;
    case EndpointKind::Forward:
        return ForwardHandler::kindOf(endpoint.service);
    case EndpointKind::StoredResponse:
    case EndpointKind::Models:
    case EndpointKind::Model:
    case EndpointKind::Ollama:
    case EndpointKind::Health:
    case EndpointKind::Hello:
    case EndpointKind::Root:
        return std::nullopt;
    }
    Q_UNREACHABLE();
}

/// We speak no WebSocket. Codex asks for one first and goes on with POST at once when it hears 426 (and only
/// then).
bool wantsWebSocket(const http::Request &request)
{
    return request.headers.value("upgrade").toLower().contains("websocket");
}

Failure refusal(int status, QByteArray message)
{
    FailureClass failureClass = FailureClass::CallerFault;
    if (status == 401)
        failureClass = FailureClass::Credential;
    else if (status == 403)
        failureClass = FailureClass::Permission;
    return Failure(failureClass, status, std::move(message));
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
            + ". GET /v1/models lists the models; the base URL of a tool that speaks OpenAI's dialect ends "
              "in "
              "/v1, of others usually in nothing.");
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
    , m_embeddings(services, m_access)
    , m_counts(services, m_access)
    , m_forwards(services, m_access)
    , m_startedUnixSeconds(toUnixMs(services.clock.wall()) / 1000)
{ }

FrontDoor::~FrontDoor() = default;

void FrontDoor::setRules(AccessRules rules)
{
    m_access = std::make_shared<LocalAccess>(std::move(rules));
}

http::Response
FrontDoor::renderError(int status, const QByteArray &message, const http::Request &request) const
{
    http::Response response = errorResponse(dialectOf(request), refusal(status, message));
    response.status = status;
    return response;
}

http::Response FrontDoor::refused(int status, const QByteArray &message, const http::Request &request)
{
    QByteArray said = message;
    if (status == 413)
        said += " Send less, or raise \"max_body_bytes\" in the \"server\" section of the config.";
    http::Response response = renderError(status, said, request);

    // Whoever shows a token gets a row, as for any request; strangers cannot fill the ledger.
    const Match match = findEndpoint(request.method, request.path);
    const auto kind = match.endpoint ? kindOf(*match.endpoint) : std::nullopt;
    if (!kind)
        return response;
    const Admission admission = m_access->check(request.headers, request.query);
    if (!admission.isIn())
        return response;
    Conversation::Start start;
    start.origin = "proxy";
    start.app = admission.app;
    start.dialect = match.endpoint->wire;
    start.kind = *kind;
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
        exchange->reply(renderError(origin.status, origin.message, exchange->request()));
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
    if (wantsWebSocket(exchange->request())) {
        http::Response response = renderError(
            426, "This server speaks no WebSocket. Send the same request with POST.", exchange->request());
        response.headers.set("upgrade", "HTTP/1.1"); // RFC 9110 section 15.5.22 wants it named
        exchange->reply(std::move(response));
        return;
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
    if (!match.endpoint) {
        const Failure failure = noSuchEndpoint(request, match);
        http::Response response = renderError(failure.status, failure.message, request);
        if (match.pathKnown)
            response.headers.set("allow", match.allow);
        exchange->reply(std::move(response));
        return;
    }

    if (!match.endpoint->needsToken) {
        serve(std::move(exchange), *match.endpoint, QByteArray());
        return;
    }
    Admission admission = m_access->identify(request.headers, request.query);
    const bool stranger = !admission.isIn();
    if (auto expired = m_access->whyExpired(admission.app, toUnixMs(m_services.clock.wall())))
        admission = std::move(*expired);
    if (stranger && m_stranger) {
        m_stranger(request, [this, exchange, admission, endpoint = match.endpoint](const QByteArray &app) {
            const auto expired = m_access->whyExpired(app, toUnixMs(m_services.clock.wall()));
            if (app.isEmpty() || expired)
                turnAway(*exchange, expired.value_or(admission));
            else
                serve(exchange, *endpoint, app);
        });
        return;
    }
    if (!admission.isIn()) {
        turnAway(*exchange, admission);
        return;
    }
    if (!admission.byToken && m_stranger)
        m_stranger(request, nullptr);
    serve(std::move(exchange), *match.endpoint, admission.app);
}

void FrontDoor::turnAway(http::Exchange &exchange, const Admission &admission) const
{
    http::Response response = renderError(admission.status, admission.message, exchange.request());
    if (admission.status == 401)
        response.headers.set("www-authenticate", "Bearer");
    exchange.reply(std::move(response));
}

void FrontDoor::serve(http::ExchangePtr exchange, const Endpoint &endpoint, const QByteArray &app)
{
    const http::Request &request = exchange->request();
    if (!app.isEmpty())
        m_seen(app);
    const wire::Wire *dialect = wire::findWire(endpoint.wire);
    switch (endpoint.kind) {
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
    case EndpointKind::Embeddings:
        detach(m_embeddings.serve(std::move(exchange), *dialect, app));
        return;
    case EndpointKind::CountTokens:
        detach(m_counts.serve(std::move(exchange), *dialect, app));
        return;
    case EndpointKind::Forward:
        detach(m_forwards.serve(std::move(exchange), endpoint, app));
        return;
    case EndpointKind::Models:
    case EndpointKind::Model:
        models(*exchange, endpoint, app);
        return;
    case EndpointKind::Ollama:
        exchange->reply(ollama().answer(request));
        return;
    case EndpointKind::Health:
        exchange->reply(healthResponse());
        return;
    case EndpointKind::Hello:
        exchange->reply(helloResponse());
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

void FrontDoor::models(http::Exchange &exchange, const Endpoint &endpoint, const QByteArray &app) const
{
    const http::Request &request = exchange.request();
    const ModelListStyle style = modelListStyle(request);
    const ModelLists lists(
        *m_services.routing, *m_services.prices, m_startedUnixSeconds,
        [&](QByteArrayView model) { return m_access->mayUse(app, model); });
    if (endpoint.kind == EndpointKind::Models) {
        exchange.reply(lists.list(style, request.query));
        return;
    }
    const QByteArrayView path(request.path);
    auto one = lists.one(style, path.sliced(path.indexOf("models/") + 7));
    exchange.reply(one ? std::move(*one) : errorResponse(dialectOf(request), one.error()));
}

} // namespace fairlead::gateway

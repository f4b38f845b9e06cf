// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/DemoProvider.h"

#include "base/Sleep.h"
#include "providers/DemoScript.h"
#include "json/Writer.h"

namespace fairlead::providers {

namespace {

http::Response errorResponse(int status, QByteArrayView type, QByteArrayView code, QByteArrayView message)
{
    json::Writer writer;
    writer.beginObject().key("error").beginObject();
    writer.member("message", message).member("type", type).memberNull("param").member("code", code);
    writer.endObject().endObject();
    http::Response response;
    response.status = status;
    response.headers.add("content-type", "application/json");
    response.body = writer.take();
    return response;
}

http::Response modelList()
{
    json::Writer writer;
    writer.beginObject().member("object", "list").key("data").beginArray();
    for (const DemoModel &model : demoModels()) {
        writer.beginObject();
        writer.member("id", model.name)
            .member("object", "model")
            .memberInteger("created", 0)
            .member("owned_by", "demo");
        writer.endObject();
    }
    writer.endArray().endObject();
    http::Response response;
    response.headers.add("content-type", "application/json");
    response.body = writer.take();
    return response;
}

bool isPrefilled(json::View messages)
{
    const qsizetype count = messages.count();
    return count > 0 && messages.at(count - 1)["role"].equals("assistant");
}

/// Before any of the answer.
bool refuses(const DemoFault &fault, bool prefilled)
{
    return fault.status != 0 || fault.resets || fault.silence > milliseconds(0)
           || (fault.refusesPrefill && prefilled);
}

} // namespace

DemoProvider::DemoProvider(io::StreamFactory &streams, Clock &clock, int speedUp)
    : m_clock(clock)
    , m_speedUp(speedUp)
    , m_server(std::make_unique<http::Server>(streams, clock, *this))
{ }

DemoProvider::~DemoProvider() = default;

ProviderSpec DemoProvider::makeSpec(quint16 port)
{
    ProviderSpec spec;
    spec.id = "demo";
    spec.name = QStringLiteral("Demo (on this machine)");
    spec.wire = "openai-chat";
    spec.baseUrl = QUrl(QStringLiteral("http://127.0.0.1:%1/v1").arg(port));
    spec.auth = *Authentication::byName("none");
    spec.kind = "demo";
    spec.local = true;
    spec.priceProvider = "demo";
    for (const DemoModel &model : demoModels())
        spec.models.push_back(model.name);
    return spec;
}

Result<std::shared_ptr<const ProviderSpec>> DemoProvider::start()
{
    const auto port = m_server->listen({QStringLiteral("127.0.0.1")}, 0);
    if (!port)
        return fail(port.error().in("the demo provider"));
    return std::make_shared<const ProviderSpec>(makeSpec(*port));
}

void DemoProvider::handle(http::ExchangePtr exchange)
{
    const http::Request &request = exchange->request();
    if (request.method == "GET" && request.path == "/v1/models")
        exchange->reply(modelList());
    else if (request.method == "POST" && request.path == "/v1/chat/completions")
        detach(answer(std::move(exchange)));
    else
        exchange->reply(
            errorResponse(404, "invalid_request_error", "not_found", "The demo has no such endpoint."));
}

Task<> DemoProvider::answer(http::ExchangePtr exchange)
{
    const auto document = json::Document::parse(exchange->request().body);
    if (!document) {
        exchange->reply(
            errorResponse(400, "invalid_request_error", "invalid_json", document.error().message()));
        co_return;
    }
    const json::View request = document->root();
    const QByteArray name = request["model"].stringOr({});
    const DemoFault *named = findDemoFault(name);
    const DemoModel *known = findDemoModel(name);
    if (!known && !named) {
        exchange->reply(
            errorResponse(404, "invalid_request_error", "model_not_found", "The demo has no such model."));
        co_return;
    }
    const DemoModel model = known ? *known : faultModel(*named);
    const bool prefilled = isPrefilled(request["messages"]);
    const DemoFault *fault = faultNow(named, prefilled);
    const bool fails = model.failure == DemoModel::Failure::Always
                       || (model.failure == DemoModel::Failure::EverySecond && m_flakyCount++ % 2 == 0);
    if (m_watcher) {
        Seen seen;
        seen.model = name;
        seen.when = m_clock.steady();
        seen.prefilled = prefilled;
        seen.refused = fails || (fault && refuses(*fault, prefilled));
        m_watcher(seen);
    }
    if (fails) {
        exchange->reply(errorResponse(
            503, "server_error", "overloaded", "The demo model \"" + model.name + "\" fails on purpose."));
        co_return;
    }
    if (fault && fault->refusesPrefill && prefilled) {
        exchange->reply(errorResponse(
            400, "invalid_request_error", "invalid_prefill",
            "This model does not support assistant message prefill. The conversation must end with a user "
            "message."));
        co_return;
    }
    if (fault && refuses(*fault, prefilled)) {
        co_await refuse(exchange, *fault);
        co_return;
    }

    const DemoScript script(model, request);
    const bool waited = co_await sleepFor(m_clock, model.firstToken / m_speedUp, exchange->cancelToken());
    if (!waited)
        co_return;
    DemoPlay wholePlay;
    if (script.wantsStream())
        wholePlay = playStream(script, model.perToken, fault);
    else
        wholePlay = playWhole(script, fault);
    co_await play(exchange, std::move(wholePlay), script.wantsStream());
}

const DemoFault *DemoProvider::faultNow(const DemoFault *fault, bool prefilled)
{
    if (!fault)
        return nullptr;
    const SteadyTime now = m_clock.steady();
    Asked &asked = m_asked[fault->model];
    if (asked.times++ == 0)
        asked.first = now;
    const bool strikes
        = fault->when == DemoFault::When::Always
          || (fault->when == DemoFault::When::EverySecond && asked.times % 2 == 1)
          || (fault->when == DemoFault::When::ByTurns && (now - asked.first) / kDemoTurn % 2 == 0);
    return strikes || (fault->refusesPrefill && prefilled) ? fault : nullptr;
}

Task<> DemoProvider::refuse(http::ExchangePtr exchange, const DemoFault &fault)
{
    if (fault.silence > milliseconds(0))
        co_await sleepFor(m_clock, fault.silence, exchange->cancelToken());
    if (fault.status == 0) {
        exchange->reset();
        co_return;
    }
    http::Response response = errorResponse(fault.status, fault.type, fault.code, fault.message);
    if (fault.retryAfter)
        response.headers.add(
            "retry-after", QByteArray::number(static_cast<qint64>(fault.retryAfter->count())));
    exchange->reply(std::move(response));
}

Task<> DemoProvider::play(http::ExchangePtr exchange, DemoPlay play, bool streamed)
{
    const CancelToken cancel = exchange->cancelToken();
    const bool isWhole = play.steps.size() == 1 && play.ending == DemoPlay::Ending::Proper && !streamed;
    if (isWhole) {
        const bool waited = co_await sleepFor(m_clock, play.steps.front().pause / m_speedUp, cancel);
        if (!waited)
            co_return;
        http::Response response;
        response.headers.add("content-type", "application/json");
        response.body = std::move(play.steps.front().bytes);
        exchange->reply(std::move(response));
        co_return;
    }

    Headers headers;
    headers.add("content-type", streamed ? "text/event-stream" : "application/json");
    exchange->begin(200, std::move(headers));
    for (const DemoPlay::Step &step : play.steps) {
        if (step.pause > milliseconds(0)) {
            const bool goOn = co_await sleepFor(m_clock, step.pause / m_speedUp, cancel);
            if (!goOn)
                co_return;
        }
        const bool alive = co_await exchange->write(step.bytes);
        if (!alive)
            co_return;
    }
    if (play.stays > milliseconds(0))
        co_await sleepFor(m_clock, play.stays, cancel);
    if (play.ending == DemoPlay::Ending::Cut)
        exchange->cut();
    else
        exchange->end();
}

} // namespace fairlead::providers

// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/DemoProvider.h"

#include "base/Sleep.h"
#include "providers/DemoScript.h"
#include "json/View.h"
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
    const DemoModel *model = findDemoModel((*document)["model"].stringOr({}));
    if (!model) {
        exchange->reply(
            errorResponse(404, "invalid_request_error", "model_not_found", "The demo has no such model."));
        co_return;
    }
    const bool fails = model->failure == DemoModel::Failure::Always
                       || (model->failure == DemoModel::Failure::EverySecond && m_flakyCount++ % 2 == 0);
    if (fails) {
        exchange->reply(errorResponse(
            503, "server_error", "overloaded", "The demo model \"" + model->name + "\" fails on purpose."));
        co_return;
    }

    const DemoScript script(*model, document->root());
    const CancelToken cancel = exchange->cancelToken();
    const bool waited = co_await sleepFor(m_clock, model->firstToken / m_speedUp, cancel);
    if (!waited)
        co_return;
    if (!script.wantsStream()) {
        http::Response response;
        response.headers.add("content-type", "application/json");
        response.body = script.wholeAnswer();
        exchange->reply(std::move(response));
        co_return;
    }

    Headers headers;
    headers.add("content-type", "text/event-stream");
    exchange->begin(200, std::move(headers));
    for (const QByteArray &chunk : script.chunks()) {
        const bool alive = co_await exchange->write(chunk);
        if (!alive)
            co_return;
        const bool goOn = co_await sleepFor(m_clock, model->perToken / m_speedUp, cancel);
        if (!goOn)
            co_return;
    }
    exchange->end();
}

} // namespace fairlead::providers

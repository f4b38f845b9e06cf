// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/OllamaHandlers.h"

#include "json/Writer.h"

#include <QCryptographicHash>
#include <QDateTime>

#include <algorithm>

namespace fairlead::gateway {

namespace {

using json::View;
using json::Writer;

// The first version with every endpoint we serve in its place; codex --oss wants at least 0.13.4.
constexpr QByteArrayView kVersion = "0.14.0";
// A request that only loads a model is a line; whatever is larger has something to say.
constexpr qsizetype kMostLoadBytes = 1024;

http::Response jsonResponse(QByteArray body, int status = 200)
{
    http::Response response;
    response.status = status;
    response.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

http::Response refusal(int status, const QByteArray &message)
{
    return jsonResponse(Writer().beginObject().member("error", message).endObject().take(), status);
}

/// Ollama's words, which tools look for.
http::Response notFound(const QByteArray &model)
{
    return refusal(404, "model '" + model + "' not found");
}

QByteArray rfc3339(qint64 unixSeconds)
{
    return QDateTime::fromSecsSinceEpoch(unixSeconds, Qt::UTC).toString(Qt::ISODate).toLatin1();
}

/// Older tools say "name".
QByteArray modelIn(View request)
{
    return request["model"].stringOr(request["name"].stringOr({}));
}

/// What there is to say of a model whose file is elsewhere.
void writeDetails(Writer &writer, QByteArrayView family)
{
    writer.key("details").beginObject().member("parent_model", {}).member("format", {});
    writer.member("family", family).key("families").beginArray().string(family).endArray();
    writer.member("parameter_size", {}).member("quantization_level", {}).endObject();
}

void writeTag(Writer &writer, const QByteArray &name, QByteArrayView family, const QByteArray &modified)
{
    writer.beginObject().member("name", name).member("model", name).member("modified_at", modified);
    // Tools tell models apart by the digest; no file of ours has one.
    const QByteArray digest = QCryptographicHash::hash(name, QCryptographicHash::Sha256).toHex();
    writer.memberInteger("size", 0).member("digest", digest);
    writeDetails(writer, family);
    writer.endObject();
}

/// What all targets of a name can do.
struct Abilities {
    bool tools = true;
    bool vision = true;
    bool thinking = true;
    std::int64_t contextTokens = 0; ///< 0 = not known
};

Abilities abilitiesOf(const routing::RoutePlan &plan, const metering::PriceBook &prices)
{
    Abilities common;
    for (const routing::Target &target : plan.targets) {
        const auto *facts = prices.facts(target.provider->priceProvider, target.model);
        // Of a model nobody has described tools would hide what they do not see listed: most can call tools.
        common.tools = common.tools && (!facts || facts->tools);
        common.vision = common.vision && facts && facts->vision;
        common.thinking = common.thinking && facts && facts->reasoning;
        if (facts && facts->contextTokens > 0)
            common.contextTokens = common.contextTokens > 0
                                       ? std::min(common.contextTokens, facts->contextTokens)
                                       : facts->contextTokens;
    }
    return common;
}

} // namespace

http::Response OllamaHandlers::answer(const http::Request &request) const
{
    const QByteArray &path = request.path;
    if (path.startsWith("/api/version"))
        return jsonResponse(Writer().beginObject().member("version", kVersion).endObject().take());
    if (path.startsWith("/api/ps")) // nothing runs in this process
        return jsonResponse(QByteArrayLiteral("{\"models\":[]}"));
    if (path.startsWith("/api/tags"))
        return tags();
    const auto document = json::Document::parse(request.body);
    if (!document)
        return refusal(400, "The request body is not valid JSON: " + document.error().message());
    if (modelIn(document->root()).isEmpty())
        return refusal(400, QByteArrayLiteral("model is required"));
    return path.startsWith("/api/show") ? show(document->root()) : pull(document->root());
}

std::optional<http::Response> OllamaHandlers::loaded(const http::Request &request) const
{
    const bool chat = request.path == "/api/chat";
    if ((!chat && request.path != "/api/generate") || request.body.size() > kMostLoadBytes)
        return std::nullopt;
    const auto document = json::Document::parse(request.body);
    if (!document || !document->root()["model"].isString())
        return std::nullopt;
    const View root = document->root();
    const auto [messages, prompt, images, keepAlive]
        = root.pick("messages", "prompt", "images", "keep_alive");
    const bool silent = chat ? !messages || (messages.isArray() && messages.count() == 0)
                             : (!prompt || prompt.equals("")) && images.count() == 0;
    if (!silent)
        return std::nullopt;
    const QByteArray model = modelIn(root);
    if (!m_routing.resolve(model))
        return notFound(model);
    Writer writer;
    writer.beginObject().member("model", model).member("created_at", rfc3339(m_now));
    if (chat)
        writer.key("message").beginObject().member("role", "assistant").member("content", {}).endObject();
    else
        writer.member("response", {});
    const bool unload = keepAlive.integer() == std::optional<std::int64_t>(0);
    writer.memberBoolean("done", true).member("done_reason", unload ? "unload" : "load");
    return jsonResponse(writer.endObject().take());
}

http::Response OllamaHandlers::tags() const
{
    const QByteArray modified = rfc3339(m_now);
    Writer writer(4096);
    writer.beginObject().key("models").beginArray();
    for (const config::RouteConfig &route : m_routing.routes()) {
        if (!route.isPattern())
            writeTag(writer, route.model, "fairlead", modified);
    }
    for (const auto &provider : m_routing.providers()) {
        for (const QByteArray &model : m_routing.modelsOf(*provider))
            writeTag(writer, provider->id + '/' + model, provider->id, modified);
    }
    return jsonResponse(writer.endArray().endObject().take());
}

http::Response OllamaHandlers::show(View request) const
{
    const QByteArray model = modelIn(request);
    const auto plan = m_routing.resolve(model);
    if (!plan)
        return notFound(model);
    const Abilities can = abilitiesOf(*plan, m_prices);
    Writer writer;
    writer.beginObject().member("modelfile", {}).member("parameters", {}).member("template", {});
    writeDetails(writer, plan->targets.front().provider->id);
    writer.key("model_info").beginObject().member("general.architecture", "fairlead");
    if (can.contextTokens > 0)
        writer.memberInteger("fairlead.context_length", can.contextTokens);
    writer.endObject().key("capabilities").beginArray().string("completion");
    if (can.tools)
        writer.string("tools");
    if (can.vision)
        writer.string("vision");
    if (can.thinking)
        writer.string("thinking");
    return jsonResponse(writer.endArray().member("modified_at", rfc3339(m_now)).endObject().take());
}

/// There is nothing to fetch: what is known is there.
http::Response OllamaHandlers::pull(View request) const
{
    const QByteArray model = modelIn(request);
    if (!m_routing.resolve(model))
        return notFound(model);
    http::Response response = jsonResponse(QByteArrayLiteral("{\"status\":\"success\"}"));
    if (request["stream"].booleanOr(true)) {
        response.headers.set("content-type", "application/x-ndjson");
        response.body = QByteArrayLiteral("{\"status\":\"pulling manifest\"}\n{\"status\":\"success\"}\n");
    }
    return response;
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/InfoHandlers.h"

#include "json/Writer.h"

#include "wire/Codec.h"

namespace fairlead::gateway {

namespace {

http::Response jsonResponse(QByteArray body)
{
    http::Response response;
    response.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

void writeModel(json::Writer &writer, QByteArrayView id, QByteArrayView owner, qint64 created)
{
    writer.beginObject();
    writer.member("id", id);
    writer.member("object", "model");
    writer.memberInteger("created", created);
    writer.member("owned_by", owner);
    writer.endObject();
}

} // namespace

http::Response modelsResponse(const routing::RoutingTable &routing, qint64 createdUnixSeconds)
{
    json::Writer writer(4096);
    writer.beginObject().member("object", "list").key("data").beginArray();
    for (const config::RouteConfig &route : routing.routes())
        writeModel(writer, route.model, "fairlead", createdUnixSeconds);
    for (const auto &provider : routing.providers()) {
        for (const QByteArray &model : routing.modelsOf(*provider))
            writeModel(writer, provider->id + '/' + model, provider->id, createdUnixSeconds);
    }
    writer.endArray().endObject();
    return jsonResponse(writer.take());
}

http::Response
modelResponse(const routing::RoutingTable &routing, QByteArrayView id, qint64 createdUnixSeconds)
{
    const auto plan = routing.resolve(id);
    if (!plan) {
        const wire::Wire *wire = wire::findWire("openai-chat");
        wire::EncodedError error = wire->inbound->encodeError(plan.error());
        http::Response response = jsonResponse(std::move(error.body));
        response.status = error.status;
        return response;
    }
    const bool isRoute = plan->targets.front().reason.startsWith("route ");
    json::Writer writer;
    writeModel(
        writer, id, isRoute ? QByteArrayView("fairlead") : QByteArrayView(plan->targets.front().provider->id),
        createdUnixSeconds);
    return jsonResponse(writer.take());
}

http::Response healthResponse()
{
    json::Writer writer;
    writer.beginObject().member("status", "ok").member("version", FAIRLEAD_VERSION).endObject();
    return jsonResponse(writer.take());
}

http::Response rootResponse()
{
    http::Response response;
    response.headers.add("content-type", "text/plain; charset=utf-8");
    response.body = "Fairlead is running. Point your tools at this address followed by /v1\n";
    return response;
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/InfoHandlers.h"

#include "json/Writer.h"

namespace fairlead::gateway {

namespace {

http::Response jsonResponse(QByteArray body)
{
    http::Response response;
    response.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

} // namespace

http::Response healthResponse()
{
    json::Writer writer;
    writer.beginObject().member("status", "ok").member("version", FAIRLEAD_VERSION).endObject();
    return jsonResponse(writer.take());
}

http::Response helloResponse()
{
    json::Writer writer;
    writer.beginObject().member("message", "hello").endObject();
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

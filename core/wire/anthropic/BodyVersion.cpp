// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/BodyVersion.h"

#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire::anthropic {

UpstreamCall withBodyVersion(UpstreamCall call, const Quirks &quirks)
{
    if (quirks.anthropicVersion.isEmpty())
        return call;
    call.headers.remove("anthropic-version");
    const auto document = json::Document::parse(call.body);
    if (!document) // what is no JSON is the provider's to refuse
        return call;
    json::Splice splice(*document);
    if (call.path == "/v1/messages") // counting asks one path for all models
        splice.remove(document->root(), "model");
    splice.set(document->root(), "anthropic_version", json::quoted(quirks.anthropicVersion));
    call.body = splice.apply();
    return call;
}

} // namespace fairlead::wire::anthropic

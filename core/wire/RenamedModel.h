// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

/// A request that stays in its dialect: path and headers are the codec's, the body is the caller's own with
/// another model in it.
template<typename Codec>
[[nodiscard]] Result<UpstreamCall>
withModelRenamed(const Codec &codec, const InboundCall &call, const QByteArray &model, const Quirks &quirks)
{
    auto request = codec.decodeRequest(call);
    if (!request)
        return fail(request.error());
    request->model = model;
    Losses none;
    auto made = codec.encodeRequest(*request, quirks, none);
    if (!made)
        return made;
    json::Splice splice(call.document);
    splice.set(call.document.root(), "model", json::quoted(model));
    made->body = splice.apply();
    return made;
}

} // namespace fairlead::wire

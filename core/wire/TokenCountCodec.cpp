// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/TokenCountCodec.h"

#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

Result<UpstreamCall>
TokenCountCodec::passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const
{
    // Path and headers are the encoder's; the body stays the caller's own.
    auto request = decodeRequest(call);
    if (!request)
        return fail(request.error());
    request->model = model;
    Losses none;
    auto made = encodeRequest(*request, quirks, none);
    if (!made)
        return made;
    json::Splice splice(call.document);
    splice.set(call.document.root(), "model", json::quoted(model));
    made->body = splice.apply();
    return made;
}

} // namespace fairlead::wire

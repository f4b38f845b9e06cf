// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/Codec.h"

namespace fairlead::wire {

Result<InboundCall> InboundCall::parse(QByteArray path, QByteArray query, Headers headers, QByteArray body)
{
    auto document = json::Document::parse(std::move(body));
    if (!document)
        return fail(document.error().in("The request body is not valid JSON"));
    return InboundCall{std::move(path), std::move(query), std::move(headers), std::move(*document)};
}

} // namespace fairlead::wire

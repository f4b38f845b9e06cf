// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/DialectTable.h"

#include <array>

namespace fairlead::gateway {

namespace {

// The same endpoints without /v1: a base URL with one path too few is the most common mistake in setting up a
// tool.
const std::array kEndpoints{
    Endpoint{"POST", "/v1/chat/completions", EndpointKind::Chat, "openai-chat", true},
    Endpoint{"POST", "/chat/completions", EndpointKind::Chat, "openai-chat", true},
    Endpoint{"GET", "/v1/models", EndpointKind::Models, "openai-chat", true},
    Endpoint{"GET", "/models", EndpointKind::Models, "openai-chat", true},
    Endpoint{"GET", "/v1/models/*", EndpointKind::Model, "openai-chat", true},
    Endpoint{"GET", "/models/*", EndpointKind::Model, "openai-chat", true},
    Endpoint{"GET", "/health", EndpointKind::Health, "openai-chat", false},
    Endpoint{"GET", "/", EndpointKind::Root, "openai-chat", false},
};

bool covers(const Endpoint &endpoint, QByteArrayView path)
{
    const QByteArrayView pattern(endpoint.path);
    if (pattern.endsWith("/*"))
        return path.size() > pattern.size() - 1 && path.startsWith(pattern.chopped(1));
    return path == pattern;
}

} // namespace

Match findEndpoint(QByteArrayView method, QByteArrayView path)
{
    Match match;
    while (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    const QByteArrayView asked = method == QByteArrayView("HEAD") ? QByteArrayView("GET") : method;
    for (const Endpoint &endpoint : kEndpoints) {
        if (!covers(endpoint, path))
            continue;
        match.pathKnown = true;
        match.allow += (match.allow.isEmpty() ? "" : ", ") + endpoint.method;
        if (QByteArrayView(endpoint.method) == asked && !match.endpoint)
            match.endpoint = &endpoint;
    }
    return match;
}

} // namespace fairlead::gateway

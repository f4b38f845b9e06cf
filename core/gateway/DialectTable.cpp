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
    Endpoint{"POST", "/v2/chat", EndpointKind::Chat, "cohere", true},
    Endpoint{"POST", "/v1/messages", EndpointKind::Chat, "anthropic", true},
    Endpoint{"POST", "/messages", EndpointKind::Chat, "anthropic", true},
    Endpoint{"POST", "/v1beta/models/*:generateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1beta/models/*:streamGenerateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1/models/*:generateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1/models/*:streamGenerateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/models/*:generateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/models/*:streamGenerateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1beta/tunedModels/*:generateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1beta/tunedModels/*:streamGenerateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1/tunedModels/*:generateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1/tunedModels/*:streamGenerateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1/completions", EndpointKind::Chat, "openai-completions", true},
    Endpoint{"POST", "/completions", EndpointKind::Chat, "openai-completions", true},
    Endpoint{"POST", "/api/chat", EndpointKind::Chat, "ollama", true},
    Endpoint{"POST", "/api/generate", EndpointKind::Chat, "ollama-generate", true},
    Endpoint{"GET", "/api/tags", EndpointKind::Ollama, "ollama", true},
    Endpoint{"GET", "/api/ps", EndpointKind::Ollama, "ollama", true},
    Endpoint{"GET", "/api/version", EndpointKind::Ollama, "ollama", true},
    Endpoint{"POST", "/api/show", EndpointKind::Ollama, "ollama", true},
    Endpoint{"POST", "/api/pull", EndpointKind::Ollama, "ollama", true},
    Endpoint{"POST", "/v1/responses", EndpointKind::Responses, "openai-responses", true},
    Endpoint{"POST", "/responses", EndpointKind::Responses, "openai-responses", true},
    Endpoint{"GET", "/v1/responses/*", EndpointKind::StoredResponse, "openai-responses", true},
    Endpoint{"GET", "/responses/*", EndpointKind::StoredResponse, "openai-responses", true},
    Endpoint{"DELETE", "/v1/responses/*", EndpointKind::StoredResponse, "openai-responses", true},
    Endpoint{"DELETE", "/responses/*", EndpointKind::StoredResponse, "openai-responses", true},
    Endpoint{"GET", "/v1/models", EndpointKind::Models, "openai-chat", true},
    Endpoint{"GET", "/models", EndpointKind::Models, "openai-chat", true},
    Endpoint{"GET", "/v1/models/*", EndpointKind::Model, "openai-chat", true},
    Endpoint{"GET", "/models/*", EndpointKind::Model, "openai-chat", true},
    Endpoint{"GET", "/health", EndpointKind::Health, "openai-chat", false},
    Endpoint{"GET", "/", EndpointKind::Root, "openai-chat", false},
};

/// The '*' of a pattern stands for a model id: something, slashes and colons included.
bool covers(const Endpoint &endpoint, QByteArrayView path)
{
    const QByteArrayView pattern(endpoint.path);
    const qsizetype star = pattern.indexOf('*');
    if (star < 0)
        return path == pattern;
    const QByteArrayView before = pattern.first(star);
    const QByteArrayView after = pattern.sliced(star + 1);
    return path.size() > before.size() + after.size() && path.startsWith(before) && path.endsWith(after);
}

/// Whose client asks for a path nobody has.
QByteArrayView dialectOf(QByteArrayView path)
{
    return path.startsWith("/api/") ? "ollama" : "openai-chat";
}

} // namespace

Match findEndpoint(QByteArrayView method, QByteArrayView path)
{
    Match match;
    match.wire = dialectOf(path);
    while (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    const QByteArrayView asked = method == QByteArrayView("HEAD") ? QByteArrayView("GET") : method;
    for (const Endpoint &endpoint : kEndpoints) {
        if (!covers(endpoint, path))
            continue;
        match.pathKnown = true;
        match.wire = endpoint.wire;
        if (QByteArrayView(endpoint.method) == asked) {
            match.endpoint = &endpoint;
            return match;
        }
    }
    for (const Endpoint &endpoint : kEndpoints) {
        if (match.pathKnown && covers(endpoint, path) && !match.allow.contains(endpoint.method))
            match.allow += (match.allow.isEmpty() ? "" : ", ") + endpoint.method;
    }
    return match;
}

} // namespace fairlead::gateway

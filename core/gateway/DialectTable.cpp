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
    Endpoint{"POST", "/v1/responses/input_tokens", EndpointKind::CountTokens, "openai-responses", true},
    Endpoint{"POST", "/responses/input_tokens", EndpointKind::CountTokens, "openai-responses", true},
    Endpoint{"POST", "/v1/messages/count_tokens", EndpointKind::CountTokens, "anthropic", true},
    Endpoint{"POST", "/messages/count_tokens", EndpointKind::CountTokens, "anthropic", true},
    Endpoint{"POST", "/v1/embeddings", EndpointKind::Embeddings, "openai-chat", true},
    Endpoint{"POST", "/embeddings", EndpointKind::Embeddings, "openai-chat", true},
    Endpoint{"POST", "/v1beta/models/*:countTokens", EndpointKind::CountTokens, "gemini", true},
    Endpoint{"POST", "/v1beta/models/*:embedContent", EndpointKind::Embeddings, "gemini", true},
    Endpoint{"POST", "/v1beta/models/*:batchEmbedContents", EndpointKind::Embeddings, "gemini", true},
    Endpoint{"POST", "/v1/models/*:countTokens", EndpointKind::CountTokens, "gemini", true},
    Endpoint{"POST", "/v1/models/*:embedContent", EndpointKind::Embeddings, "gemini", true},
    Endpoint{"POST", "/v1/models/*:batchEmbedContents", EndpointKind::Embeddings, "gemini", true},
    Endpoint{"POST", "/models/*:countTokens", EndpointKind::CountTokens, "gemini", true},
    Endpoint{"POST", "/models/*:embedContent", EndpointKind::Embeddings, "gemini", true},
    Endpoint{"POST", "/models/*:batchEmbedContents", EndpointKind::Embeddings, "gemini", true},
    // The Vercel AI SDK takes a model id with a slash for a whole resource name.
    Endpoint{"POST", "/v1beta/*:generateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1beta/*:streamGenerateContent", EndpointKind::Chat, "gemini", true},
    Endpoint{"POST", "/v1beta/*:countTokens", EndpointKind::CountTokens, "gemini", true},
    Endpoint{"POST", "/v1beta/*:embedContent", EndpointKind::Embeddings, "gemini", true},
    Endpoint{"POST", "/v1beta/*:batchEmbedContents", EndpointKind::Embeddings, "gemini", true},
    Endpoint{"POST", "/v2/embed", EndpointKind::Embeddings, "cohere", true},
    Endpoint{"POST", "/api/embed", EndpointKind::Embeddings, "ollama", true},
    Endpoint{"POST", "/api/embeddings", EndpointKind::Embeddings, "ollama", true},
    Endpoint{
        "POST", "/v1/images/generations", EndpointKind::Forward, "openai-chat", true, "images/generations"},
    Endpoint{"POST", "/images/generations", EndpointKind::Forward, "openai-chat", true, "images/generations"},
    Endpoint{"POST", "/v1/images/edits", EndpointKind::Forward, "openai-chat", true, "images/edits"},
    Endpoint{"POST", "/images/edits", EndpointKind::Forward, "openai-chat", true, "images/edits"},
    Endpoint{
        "POST", "/v1/images/variations", EndpointKind::Forward, "openai-chat", true, "images/variations"},
    Endpoint{"POST", "/images/variations", EndpointKind::Forward, "openai-chat", true, "images/variations"},
    Endpoint{"POST", "/v1/audio/speech", EndpointKind::Forward, "openai-chat", true, "audio/speech"},
    Endpoint{"POST", "/audio/speech", EndpointKind::Forward, "openai-chat", true, "audio/speech"},
    Endpoint{
        "POST", "/v1/audio/transcriptions", EndpointKind::Forward, "openai-chat", true,
        "audio/transcriptions"},
    Endpoint{
        "POST", "/audio/transcriptions", EndpointKind::Forward, "openai-chat", true, "audio/transcriptions"},
    Endpoint{
        "POST", "/v1/audio/translations", EndpointKind::Forward, "openai-chat", true, "audio/translations"},
    Endpoint{"POST", "/audio/translations", EndpointKind::Forward, "openai-chat", true, "audio/translations"},
    Endpoint{"POST", "/v1/moderations", EndpointKind::Forward, "openai-chat", true, "moderations"},
    Endpoint{"POST", "/moderations", EndpointKind::Forward, "openai-chat", true, "moderations"},
    Endpoint{"POST", "/v1/rerank", EndpointKind::Forward, "openai-chat", true, "rerank"},
    Endpoint{"POST", "/rerank", EndpointKind::Forward, "openai-chat", true, "rerank"},
    Endpoint{"POST", "/v2/rerank", EndpointKind::Forward, "cohere", true, "rerank"},
    Endpoint{"GET", "/v1/models", EndpointKind::Models, "openai-chat", true},
    Endpoint{"GET", "/models", EndpointKind::Models, "openai-chat", true},
    Endpoint{"GET", "/v1/models/*", EndpointKind::Model, "openai-chat", true},
    Endpoint{"GET", "/models/*", EndpointKind::Model, "openai-chat", true},
    Endpoint{"GET", "/v1beta/models", EndpointKind::Models, "gemini", true},
    Endpoint{"GET", "/v1beta/models/*", EndpointKind::Model, "gemini", true},
    Endpoint{"GET", "/health", EndpointKind::Health, "openai-chat", false},
    // Claude Code asks this before anything else, with HEAD.
    Endpoint{"GET", "/api/hello", EndpointKind::Hello, "anthropic", false},
    Endpoint{"GET", "/", EndpointKind::Root, "openai-chat", false},
};

/// The '*' of a pattern stands for a model id: something, slashes and colons included, but none at its end.
bool covers(const Endpoint &endpoint, QByteArrayView path)
{
    const QByteArrayView pattern(endpoint.path);
    const qsizetype star = pattern.indexOf('*');
    if (star < 0)
        return path == pattern;
    const QByteArrayView before = pattern.first(star);
    const QByteArrayView after = pattern.sliced(star + 1);
    if (path.size() <= before.size() + after.size() || !path.startsWith(before) || !path.endsWith(after))
        return false;
    return path.at(path.size() - after.size() - 1) != '/';
}

struct Suggestion {
    QByteArrayView prefix;
    QByteArrayView wire;
};

// The first that fits counts.
constexpr std::array kSuggestions{
    Suggestion{"/v1beta", "gemini"},
    Suggestion{"/v1/messages", "anthropic"},
    Suggestion{"/messages", "anthropic"},
    Suggestion{"/v1/complete/", "anthropic"},
    Suggestion{"/v1/responses", "openai-responses"},
    Suggestion{"/responses", "openai-responses"},
    Suggestion{"/api/hello", "anthropic"},
    Suggestion{"/api/", "ollama"},
    Suggestion{"/v2/", "cohere"},
    Suggestion{"/model/", "bedrock"},
};

/// Google's methods stand behind a colon: "/v1/models/x:generateContent".
bool namesGoogleMethod(QByteArrayView path)
{
    const qsizetype colon = path.lastIndexOf(':');
    return colon > 0 && path.indexOf('/', colon) < 0 && path.contains("/models/");
}

} // namespace

QByteArrayView dialectOf(QByteArrayView path)
{
    for (const Endpoint &endpoint : kEndpoints) {
        if (covers(endpoint, path) && endpoint.kind != EndpointKind::Model)
            return endpoint.wire;
    }
    if (namesGoogleMethod(path))
        return "gemini";
    for (const Suggestion &suggestion : kSuggestions) {
        if (path.startsWith(suggestion.prefix))
            return suggestion.wire;
    }
    return "openai-chat";
}

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
    if (!match.pathKnown)
        match.wire = dialectOf(path);
    return match;
}

} // namespace fairlead::gateway

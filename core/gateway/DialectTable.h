// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::gateway {

/// What an inbound endpoint does.
enum class EndpointKind {
    Chat,
    Responses,
    StoredResponse,
    Embeddings,
    CountTokens,
    Forward,
    Models,
    Model,
    Ollama,
    Health,
    Hello,
    Root,
};

/// One inbound endpoint: a new one is a new row.
struct Endpoint {
    QByteArray method;
    QByteArray path; ///< exact, or with one '*' for a model id: "/v1beta/models/*:generateContent"
    EndpointKind kind;
    QByteArray wire; ///< the dialect it speaks, also for its errors
    bool needsToken = true;
    QByteArray service = {}; ///< of Forward: where it is at a provider
};

/// The endpoint for a request, and whether the path exists under another method.
struct Match {
    const Endpoint *endpoint = nullptr;
    bool pathKnown = false;
    QByteArray allow; ///< methods the path has, for 405; only without an endpoint
    QByteArrayView wire; ///< the dialect to answer in, also where there is no such endpoint
};
[[nodiscard]] Match findEndpoint(QByteArrayView method, QByteArrayView path);

/// The dialect somebody who asks for this path most likely speaks, also where there is no such endpoint.
[[nodiscard]] QByteArrayView dialectOf(QByteArrayView path);

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::gateway {

/// What an inbound endpoint does.
enum class EndpointKind { Chat, Responses, StoredResponse, Models, Model, Ollama, Health, Root };

/// One inbound endpoint: a new one is a new row.
struct Endpoint {
    QByteArray method;
    QByteArray path; ///< exact, or with one '*' for a model id: "/v1beta/models/*:generateContent"
    EndpointKind kind;
    QByteArray wire; ///< the dialect it speaks, also for its errors
    bool needsToken = true;
};

/// The endpoint for a request, and whether the path exists under another method.
struct Match {
    const Endpoint *endpoint = nullptr;
    bool pathKnown = false;
    QByteArray allow; ///< methods the path has, for 405; only without an endpoint
    QByteArrayView wire; ///< the dialect to answer in, also where there is no such endpoint
};
[[nodiscard]] Match findEndpoint(QByteArrayView method, QByteArrayView path);

} // namespace fairlead::gateway

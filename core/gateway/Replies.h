// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"
#include "http/Exchange.h"
#include "wire/Codec.h"

/// What every handler answers alike.
namespace fairlead::gateway {

// nginx's word for "the client closed the request"; nobody receives it, the ledger shows it.
inline constexpr int kClientClosedRequest = 499;

/// An error in the dialect's own shape; in OpenAI's where the dialect is only an upstream's.
[[nodiscard]] http::Response errorResponse(
    const wire::Wire &dialect, const chat::Failure &failure, const QByteArray &requestId = QByteArray());

/// Who served, how, and what was lost on the way.
[[nodiscard]] Headers answerHeaders(const Conversation &conversation);

/// A whole answer in somebody's dialect, with the headers above and its cost where that is known.
[[nodiscard]] http::Response wholeResponse(const Conversation &conversation, QByteArray body);

/// Books the failure and tells the caller.
void refuse(
    http::Exchange &exchange, const wire::Wire &dialect, Conversation &conversation,
    const chat::Failure &failure);

/// How a request that came through the port begins; the model is not known yet.
[[nodiscard]] Conversation::Start startOf(
    const http::Exchange &exchange, QByteArray dialect, QByteArray app, metering::LedgerRecord::Kind kind);

[[nodiscard]] chat::Failure modelNotAllowed(const QByteArray &app, const QByteArray &model);

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatAnswer.h"
#include "http/Exchange.h"
#include "support/FakeTransport.h"

/// Reads what we wrote with the other side's eyes: a request to a provider with the codec that reads that
/// dialect's callers, an answer to a caller with the one that reads that dialect's providers. Both are proven
/// against recordings, and neither knows the writer. For the two dialects that have one side only there are
/// small readers here.
namespace fairlead::test::matrix {

[[nodiscard]] Result<chat::ChatRequest>
readRequest(const QByteArray &dialect, const FakeTransport::Request &sent);
[[nodiscard]] chat::ChatAnswer
readAnswer(const QByteArray &dialect, const http::Response &answer, bool streamed);
[[nodiscard]] chat::Failure readError(const QByteArray &dialect, const http::Response &answer);

} // namespace fairlead::test::matrix

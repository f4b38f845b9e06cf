// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/CallSources.h"
#include "gateway/Conversation.h"
#include "gateway/KeepAlive.h"
#include "gateway/LocalAccess.h"
#include "http/Exchange.h"
#include "wire/Codec.h"

#include <functional>

namespace fairlead::gateway {

class AnswerWriter;

/// Answers chat requests of any dialect. serve() is the life of a request: it reads from top to bottom the
/// way the bytes travel.
class ChatHandler
{
public:
    ChatHandler(Services &services, const std::shared_ptr<const LocalAccess> &access);

    /// Runs until the answer is sent or the client is gone. The task keeps the exchange; `dialect` is a
    /// static row. `continuation`, if any, must outlive the task.
    [[nodiscard]] Task<> serve(
        http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app,
        const Continuation *continuation = nullptr);

private:
    [[nodiscard]] Task<> stream(
        http::ExchangePtr exchange, const wire::Wire &dialect, Conversation &conversation,
        wire::AnswerContext context);
    [[nodiscard]] static bool goOn(
        AnswerWriter &writer, const wire::Wire &dialect, const Conversation &conversation,
        wire::AnswerContext context);
    [[nodiscard]] Task<> held(
        http::ExchangePtr exchange, Conversation &conversation, QByteArray comment,
        std::function<void()> begin);
    [[nodiscard]] Task<> whole(
        http::ExchangePtr exchange, const wire::Wire &dialect, Conversation &conversation,
        wire::AnswerContext context);

    Services &m_services;
    const std::shared_ptr<const LocalAccess> &m_access;
    KeepAlive m_keepAlive;
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Headers.h"
#include "base/Money.h"
#include "chat/ChatRequest.h"

#include <functional>
#include <optional>

namespace fairlead::routing {

/// What is in a request, as far as rules ask for it. nullopt = not known.
struct RequestContent {
    std::optional<std::int64_t> inputTokens; ///< estimated
    std::optional<std::int64_t> mostOutputTokens; ///< what the caller allows
    std::optional<bool> tools;
    std::optional<bool> images;
    QByteArray opening; ///< how the conversation begins, in short: the same in all its turns; may be empty
};

[[nodiscard]] RequestContent contentOf(const chat::ChatRequest &request);

/// What rules may ask about a request. Counting its tokens means reading all of it, so that is left to the
/// first rule that wants to know.
class RequestFacts
{
public:
    using Look = std::function<RequestContent()>;
    /// What an app has left of its budget; nullopt = it has none.
    using BudgetLeft = std::function<std::optional<NanoUsd>(const QByteArray &app)>;

    QByteArray app;
    QByteArray modelAsked;
    const Headers *headers = nullptr; ///< null = not known
    WallTime now;
    Look look; ///< may be empty
    BudgetLeft budgetLeft; ///< may be empty

    [[nodiscard]] const RequestContent &content() const;

private:
    mutable std::optional<RequestContent> m_content;
};

} // namespace fairlead::routing

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Usage.h"
#include "json/View.h"

#include <QByteArray>

#include <cstdint>
#include <optional>

namespace fairlead::wire::anthropic {

/// Anthropic's counts as they accumulate: each report replaces what it names and leaves the rest.
/// input_tokens has no cached tokens in it; output_tokens has the thinking in it.
class UsageCounts
{
public:
    enum class Output { Final, Provisional };

    /// message_start's output_tokens is a placeholder (1 to 8), hence Provisional: it is not taken.
    void update(json::View usage, Output output);
    [[nodiscard]] chat::Usage usage() const;

private:
    std::optional<std::int64_t> m_input;
    std::optional<std::int64_t> m_output;
    std::optional<std::int64_t> m_thinking;
    std::optional<std::int64_t> m_cacheRead;
    std::optional<std::int64_t> m_cacheWrite;
    std::optional<std::int64_t> m_cacheWrite1h;
    QByteArray m_tier;
};

} // namespace fairlead::wire::anthropic

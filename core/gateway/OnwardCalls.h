// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/PriceBook.h"
#include "routing/Failover.h"

namespace fairlead::gateway {

/// The same request once more, for an answer that broke off: to be continued behind what was told, where the
/// catalogue says that the model does that, and from its beginning everywhere else. Either way the answer is
/// read in full, as its events are what goes on.
class OnwardCalls final : public routing::CallSource
{
public:
    /// `calls` and `prices` outlive it. `told`: the visible text so far.
    OnwardCalls(routing::CallSource &calls, const metering::PriceBook *prices, QByteArray told);

    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;
    [[nodiscard]] std::optional<chat::Failure> whyUnfit(const routing::Target &target) override;
    [[nodiscard]] int mostRetries() const override { return 0; }

    /// Whether the request made last asks to continue the text.
    [[nodiscard]] bool continues() const { return m_continues; }
    void stopContinuing() { m_mayContinue = false; }

private:
    [[nodiscard]] bool takesPrefill(const routing::Target &target) const;

    routing::CallSource &m_calls;
    const metering::PriceBook *m_prices;
    QByteArray m_told;
    bool m_mayContinue = true;
    bool m_continues = false;
};

} // namespace fairlead::gateway

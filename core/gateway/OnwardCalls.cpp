// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/OnwardCalls.h"

#include <cctype>

namespace fairlead::gateway {

OnwardCalls::OnwardCalls(routing::CallSource &calls, const metering::PriceBook *prices, QByteArray told)
    : m_calls(calls)
    , m_prices(prices)
    , m_told(std::move(told))
{ }

bool OnwardCalls::takesPrefill(const routing::Target &target) const
{
    // Anthropic refuses a prefill that ends with a blank, and a continuation behind a trimmed one is not the
    // same text.
    if (!m_mayContinue || m_told.isEmpty() || std::isspace(static_cast<unsigned char>(m_told.back())) != 0)
        return false;
    const auto *facts = m_prices ? m_prices->facts(target.provider->priceProvider, target.model) : nullptr;
    return facts && facts->prefill;
}

tl::expected<routing::PreparedCall, chat::Failure> OnwardCalls::prepare(const routing::Target &target)
{
    m_continues = false;
    if (takesPrefill(target)) {
        auto onward = m_calls.prepareOnward(target, m_told);
        if (onward) {
            m_continues = true;
            return std::move(*onward);
        }
    }
    auto prepared = m_calls.prepare(target);
    if (prepared)
        prepared->passThrough = false;
    return prepared;
}

std::optional<chat::Failure> OnwardCalls::whyUnfit(const routing::Target &target)
{
    return m_calls.whyUnfit(target);
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "providers/GoogleTokens.h"
#include "providers/ProviderSpec.h"

namespace fairlead::providers {

/// Puts a provider's credentials on requests: a header, a signature over the whole request, or a token that
/// the key is exchanged for first.
class Authenticator
{
public:
    Authenticator(net::HttpTransport &transport, Clock &clock);

    /// Schemes that need nothing but the key; false if the scheme is another.
    [[nodiscard]] static bool
    addHeader(const ProviderSpec &spec, const Secret &key, net::TransportRequest &request);
    /// The request, complete but for its credentials, with them; any scheme. A failure says what is wrong
    /// with the key, and that nothing was sent.
    [[nodiscard]] Task<tl::expected<net::TransportRequest, chat::Failure>>
    authorize(std::shared_ptr<const ProviderSpec> spec, Secret key, net::TransportRequest request);

private:
    [[nodiscard]] std::optional<chat::Failure>
    signForAws(const ProviderSpec &spec, const Secret &key, net::TransportRequest &request) const;

    Clock &m_clock;
    GoogleTokens m_googleTokens;
};

} // namespace fairlead::providers

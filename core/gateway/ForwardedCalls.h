// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/Exchange.h"
#include "routing/Failover.h"

namespace fairlead::gateway {

/// Where a request that no codec reads names its model: a member of a JSON object, or a field of a form.
struct ModelPlace {
    QByteArray model; ///< empty if it names none: some endpoints have one of their own
    QByteArrayView bytes; ///< as it stands in the request's body
    bool inJson = false;

    /// An error says what is wrong with the body. `request` outlives the place.
    [[nodiscard]] static Result<ModelPlace> find(const http::Request &request);
};

/// Such a request on its way: its bytes go on as they are, but for the name of the model.
class ForwardedCalls final : public routing::CallSource
{
public:
    /// `request` outlives this; `service` names the endpoint below a provider's base URL:
    /// "images/generations".
    ForwardedCalls(const http::Request &request, QByteArray service, ModelPlace place);

    [[nodiscard]] std::optional<chat::Failure> whyUnfit(const routing::Target &target) override;
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;

private:
    [[nodiscard]] QByteArray bodyFor(const QByteArray &model) const;

    const http::Request &m_request;
    QByteArray m_service;
    ModelPlace m_place;
};

} // namespace fairlead::gateway

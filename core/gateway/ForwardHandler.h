// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"
#include "gateway/DialectTable.h"
#include "gateway/LocalAccess.h"
#include "http/Exchange.h"
#include "wire/Codec.h"

namespace fairlead::gateway {

/// Passes images, audio, moderations and rankings on to a provider that has such an endpoint: routed, failed
/// over and booked as a chat is, untouched on the way.
class ForwardHandler
{
public:
    ForwardHandler(Services &services, const std::shared_ptr<const LocalAccess> &access);

    /// Runs until the answer is sent or the client is gone. `endpoint` is a static row that names a service.
    [[nodiscard]] Task<>
    serve(http::ExchangePtr exchange, const Endpoint &endpoint, QByteArray app);

    /// What the ledger calls such a request.
    [[nodiscard]] static metering::LedgerRecord::Kind kindOf(QByteArrayView service);

private:
    [[nodiscard]] Task<> relay(http::ExchangePtr exchange, Conversation &conversation, providers::Piece first);

    Services &m_services;
    const std::shared_ptr<const LocalAccess> &m_access;
};

} // namespace fairlead::gateway

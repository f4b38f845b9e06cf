// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"
#include "gateway/LocalAccess.h"
#include "http/Exchange.h"
#include "wire/EmbeddingCodec.h"

namespace fairlead::gateway {

/// Answers requests for embeddings in any dialect that has an EmbeddingCodec, from any provider whose dialect
/// has one.
class EmbeddingHandler
{
public:
    EmbeddingHandler(Services &services, const std::shared_ptr<const LocalAccess> &access);

    /// Runs until the answer is sent or the client is gone; `dialect` is a row with `embedding`.
    [[nodiscard]] Task<> serve(http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app);

private:
    Services &m_services;
    const std::shared_ptr<const LocalAccess> &m_access;
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"
#include "gateway/LocalAccess.h"
#include "http/Exchange.h"
#include "wire/TokenCountCodec.h"

namespace fairlead::gateway {

/// Says how many tokens a request would be, in any dialect that has a TokenCountCodec: by the counting
/// endpoint of the target that would serve it where its dialect has one, else by an estimate that is marked
/// as such. A count is advice and free: nobody waits for another target, and a failure becomes an estimate.
class CountHandler
{
public:
    CountHandler(Services &services, const std::shared_ptr<const LocalAccess> &access);

    /// Runs until the answer is sent or the client is gone; `dialect` is a row with `counting`.
    [[nodiscard]] Task<> serve(http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app);

private:
    Services &m_services;
    const std::shared_ptr<const LocalAccess> &m_access;
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "base/Secret.h"
#include "base/Task.h"
#include "chat/Failure.h"
#include "net/HttpTransport.h"
#include "providers/GoogleKey.h"

#include <QByteArray>

#include <map>
#include <memory>

namespace fairlead::providers {

/// Access tokens of Google accounts, exchanged for their keys and kept until a minute before they expire. One
/// exchange a key runs at a time, however many requests wait for it.
class GoogleTokens
{
public:
    using Outcome = tl::expected<Secret, chat::Failure>;

    GoogleTokens(net::HttpTransport &transport, Clock &clock);
    /// Ends the exchanges under way: who waits for them hears that he was cancelled.
    ~GoogleTokens();
    Q_DISABLE_COPY_MOVE(GoogleTokens)

    /// A token that is good for another minute at least. Cancelling lets go of this wait alone; the exchange
    /// ends with its last waiter.
    [[nodiscard]] Task<Outcome> token(Secret key, CancelToken cancel);

private:
    struct Account;
    static Task<>
    exchange(std::shared_ptr<Account> account, GoogleKey key, net::HttpTransport &transport, Clock &clock);

    net::HttpTransport &m_transport;
    Clock &m_clock;
    std::map<QByteArray, std::shared_ptr<Account>> m_accounts; ///< by the hash of their keys
};

} // namespace fairlead::providers

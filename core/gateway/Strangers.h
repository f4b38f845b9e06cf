// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "gateway/PeerProcess.h"
#include "http/Exchange.h"

#include <QObject>
#include <QThreadPool>

#include <functional>

namespace fairlead::gateway {

/// Names the programs that call without a token of ours. Looking means reading many small files, so it is
/// done on threads of their own, a few at a time.
class Strangers
{
public:
    using Named = std::function<void(const std::optional<PeerProcess> &process)>;

    explicit Strangers(Clock &clock);

    /// `named` is called on the caller's thread: later, or at once with nothing if it cannot be told or too
    /// many ask. Not at all once this is gone.
    void name(const QByteArray &peer, quint16 port, Named named);
    /// As name(), once a second at most: for callers whom a name makes no difference to.
    void nameNowAndThen(const QByteArray &peer, quint16 port, Named named);

private:
    Clock &m_clock;
    SteadyTime m_last;
    int m_asked = 0;
    QObject m_home; ///< answers come here
    QThreadPool m_pool; ///< waits for its threads when it goes, before m_home
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/NetworkWatch.h"

#include <QObject>
#include <QTimer>

namespace fairlead::gateway {

/// What the operating system says of the way to the world, where it says anything (on Linux NetworkManager).
/// Lives on the main thread, as Qt's source of it does.
class SystemNetwork : public QObject
{
    Q_OBJECT
public:
    using Reachability = routing::NetworkWatch::Reachability;

    /// Asks the system a little later: nobody waits for that when the program starts.
    explicit SystemNetwork(QObject *parent = nullptr);

    /// `state` as Qt numbers it (QNetworkInformation::Reachability).
    [[nodiscard]] static Reachability reachability(int state, bool behindCaptivePortal);

Q_SIGNALS:
    void reachabilityChanged(fairlead::routing::NetworkWatch::Reachability reachability);
    /// Another network, a VPN.
    void transportChanged();

private:
    void watch();
    void tell();

    QTimer m_start;
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/SystemNetwork.h"

#include <QNetworkInformation>

namespace fairlead::gateway {

namespace {
constexpr std::chrono::seconds kAfterStart{3};
}

SystemNetwork::SystemNetwork(QObject *parent)
    : QObject(parent)
{
    m_start.setSingleShot(true);
    m_start.callOnTimeout(this, [this] { watch(); });
    m_start.start(kAfterStart);
}

SystemNetwork::Reachability SystemNetwork::reachability(int state, bool behindCaptivePortal)
{
    using Qts = QNetworkInformation::Reachability;
    if (behindCaptivePortal)
        return Reachability::CaptivePortal;
    switch (static_cast<Qts>(state)) {
    case Qts::Disconnected:
        return Reachability::Offline;
    case Qts::Online:
        return Reachability::Online;
    case Qts::Unknown:
    case Qts::Local: // servers in the house can be reached, whatever the rest
    case Qts::Site:
        break;
    }
    return Reachability::Unknown;
}

void SystemNetwork::watch()
{
    using Feature = QNetworkInformation::Feature;
    if (!QNetworkInformation::loadBackendByFeatures(Feature::Reachability))
        return;
    const QNetworkInformation *source = QNetworkInformation::instance();
    connect(source, &QNetworkInformation::reachabilityChanged, this, [this] { tell(); });
    connect(source, &QNetworkInformation::isBehindCaptivePortalChanged, this, [this] { tell(); });
    connect(
        source, &QNetworkInformation::transportMediumChanged, this, [this] { Q_EMIT transportChanged(); });
    tell();
}

void SystemNetwork::tell()
{
    const QNetworkInformation *source = QNetworkInformation::instance();
    Q_EMIT reachabilityChanged(
        reachability(static_cast<int>(source->reachability()), source->isBehindCaptivePortal()));
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/SystemNetwork.h"

#include <QNetworkInformation>
#include <QTest>

using namespace fairlead;
using gateway::SystemNetwork;
using Qts = QNetworkInformation::Reachability;
using Reachability = SystemNetwork::Reachability;

class SystemNetworkTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTheSystemSays_data()
    {
        QTest::addColumn<int>("state");
        QTest::addColumn<bool>("portal");
        QTest::addColumn<int>("meaning");
        const auto row = [](const char *name, Qts state, bool portal, Reachability meaning) {
            QTest::newRow(name) << static_cast<int>(state) << portal << static_cast<int>(meaning);
        };
        row("online", Qts::Online, false, Reachability::Online);
        row("login page", Qts::Online, true, Reachability::CaptivePortal);
        row("offline", Qts::Disconnected, false, Reachability::Offline);
        row("says nothing", Qts::Unknown, false, Reachability::Unknown);
        row("this house only", Qts::Local, false, Reachability::Unknown);
        row("this site only", Qts::Site, false, Reachability::Unknown);
    }
    void readsWhatTheSystemSays()
    {
        QFETCH(int, state);
        QFETCH(bool, portal);
        QFETCH(int, meaning);
        QCOMPARE(static_cast<int>(SystemNetwork::reachability(state, portal)), meaning);
    }
};

QTEST_GUILESS_MAIN(SystemNetworkTest)
#include "SystemNetworkTest.moc"

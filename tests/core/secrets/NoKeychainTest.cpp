// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/KeyRing.h"
#include "secrets/KeychainStore.h"
#include "support/Await.h"
#include "support/ManualClock.h"

#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;
using namespace fairlead::secrets;

/// A machine without a session bus, as in a container or over SSH.
class NoKeychainTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyOperationSaysUnavailable()
    {
        test::ManualClock clock;
        KeychainStore store(clock);
        const QString name = QStringLiteral("openai");
        QCOMPARE(test::await(store.probe()).error().kind(), ErrorKind::Unavailable);
        QCOMPARE(test::await(store.read(name)).error().kind(), ErrorKind::Unavailable);
        QCOMPARE(
            test::await(store.write(name, Secret(QByteArray("key")))).error().kind(), ErrorKind::Unavailable);
        QCOMPARE(test::await(store.remove(name)).error().kind(), ErrorKind::Unavailable);
        QCOMPARE(clock.timerCount(), 0);
    }

    void theRingFallsBackToMemoryAndSaysWhy()
    {
        const QTemporaryDir home;
        qputenv("HOME", home.path().toLocal8Bit());
        qputenv("XDG_CONFIG_HOME", home.filePath(QStringLiteral("config")).toLocal8Bit());
        qputenv("XDG_DATA_HOME", home.filePath(QStringLiteral("data")).toLocal8Bit());

        KeyRing ring;
        KeyRef ref;
        ref.name = QStringLiteral("openai");
        ring.setWanted({{"openai", {ref}}});
        QVERIFY(!ring.isSettled());
        QVERIFY(test::waitUntil([&] { return ring.isSettled(); }));
        const StoreInfo info = ring.storeInfo();
        QVERIFY(info.kind == StoreInfo::Kind::Memory && !info.persistent);
        QVERIFY2(info.reason.startsWith(QStringLiteral("No keychain answered: ")), qPrintable(info.reason));
        const KeyStatus before = ring.status().at(0);
        QVERIFY(before.state == KeyStatus::State::Unavailable);
        QVERIFY(before.detail.contains(QStringLiteral("environment variable")));

        const auto stored
            = test::await(ring.store("openai", {}, Secret(QByteArray("sk-canary-in-memory-only"))));
        QVERIFY(stored);
        QVERIFY(ring.snapshot().value("openai").at(0).secret.equals("sk-canary-in-memory-only"));
        // Memory only means it: nothing came to be on the disk.
        QVERIFY(QDir(home.path()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
    }
};

int main(int argc, char **argv)
{
    qunsetenv("QT_NO_GLIB");
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    qunsetenv("XDG_CURRENT_DESKTOP");
    QCoreApplication application(argc, argv);
    NoKeychainTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "NoKeychainTest.moc"

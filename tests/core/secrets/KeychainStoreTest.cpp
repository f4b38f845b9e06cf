// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/KeychainStore.h"

#include "core/secrets/StoreContract.h"
#include "secrets/KeyRing.h"
#include "support/Await.h"
#include "support/ManualClock.h"
#include "support/SecretService.h"

#include <QDirIterator>
#include <QLoggingCategory>
#include <QSignalSpy>
#include <QTest>

using namespace fairlead;
using namespace fairlead::secrets;
using namespace std::chrono_literals;

namespace {

constexpr auto kCanary = "sk-canary-5nRz8WqLx2Tb7YdKc0Vm";

QByteArray &logged()
{
    static QByteArray text;
    return text;
}

QtMessageHandler previousHandler = nullptr;

void keepMessage(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    logged() += message.toUtf8() + '\n';
    previousHandler(type, context, message);
}

Secret canary()
{
    return Secret(QByteArray(kCanary));
}

} // namespace

/// The contract, and what only a keychain can do, against a real gnome-keyring.
class KeychainStoreTest final : public test::StoreContract
{
    Q_OBJECT
protected:
    std::unique_ptr<SecretStore> makeStore() override { return std::make_unique<KeychainStore>(m_clock); }

private Q_SLOTS:
    void initTestCase()
    {
        previousHandler = qInstallMessageHandler(keepMessage);
        QLoggingCategory::setFilterRules(QStringLiteral("fairlead.*=true"));
        QVERIFY2(m_service.problem().isEmpty(), qPrintable(m_service.problem()));
    }

    void keepsKeysBeyondTheStore()
    {
        QVERIFY(test::await(makeStore()->write(QStringLiteral("kept"), canary())));
        const auto read = test::await(makeStore()->read(QStringLiteral("kept")));
        QVERIFY(read && read->equals(kCanary));
        const StoreInfo info = makeStore()->info();
        QVERIFY(info.persistent && info.kind == StoreInfo::Kind::Keychain);
    }

    void reachingWritesNothing()
    {
        const qsizetype before = m_service.entryCount();
        QVERIFY(test::await(makeStore()->reach()));
        QCOMPARE(m_service.entryCount(), before);
    }

    void theProbeLeavesNothingBehind()
    {
        const qsizetype before = m_service.entryCount();
        QVERIFY(before > 0);
        QVERIFY(test::await(makeStore()->probe()));
        QCOMPARE(m_service.entryCount(), before);
    }

    void lockedIsNotMissing()
    {
        const auto store = makeStore();
        const QString name = QStringLiteral("locked");
        QVERIFY(test::await(store->write(name, canary())));
        QVERIFY(m_service.lock());

        const auto read = test::await(store->read(name));
        QVERIFY(!read);
        QCOMPARE(read.error().kind(), ErrorKind::Denied);
        QVERIFY(read.error().message().contains("locked"));
        QCOMPARE(test::await(store->probe()).error().kind(), ErrorKind::Denied);
        QCOMPARE(test::await(store->reach()).error().kind(), ErrorKind::Denied);
        // Nobody is there to unlock it: neither may look like success.
        const auto written = test::await(store->write(name, Secret(QByteArray("another"))));
        QVERIFY(!written);
        const auto removed = test::await(store->remove(name));
        QVERIFY(!removed);

        QVERIFY(m_service.unlock());
        const auto again = test::await(store->read(name));
        QVERIFY2(again, again ? "" : again.error().message().constData());
        QVERIFY(again->equals(kCanary));
    }

    void theRingTellsLockedAndRecovers()
    {
        QVERIFY(test::await(makeStore()->write(QStringLiteral("lab"), canary())));
        QVERIFY(m_service.lock());
        KeyRing ring(makeStore());
        KeyRef ref;
        ref.name = QStringLiteral("lab");
        const QHash<QByteArray, std::vector<KeyRef>> wanted{{"lab", {ref}}};
        ring.setWanted(wanted);
        QVERIFY(test::waitUntil([&] { return ring.isSettled(); }));
        QVERIFY(ring.storeInfo().kind == StoreInfo::Kind::Keychain);
        QVERIFY(ring.status().at(0).state == KeyStatus::State::Locked);
        QVERIFY(ring.snapshot().isEmpty());

        QVERIFY(m_service.unlock());
        QSignalSpy changed(&ring, &KeyRing::changed);
        ring.setWanted(wanted);
        QVERIFY(test::waitUntil([&] { return changed.count() > 0 && ring.isSettled(); }));
        QVERIFY(ring.status().at(0).state == KeyStatus::State::Loaded);
        QVERIFY(ring.snapshot().value("lab").at(0).secret.equals(kCanary));
    }

    void everyOperationEndsWhenTheKeyringDoesNot()
    {
        const auto store = makeStore();
        m_service.pause();
        auto read = store->read(QStringLiteral("kept"));
        auto write = store->write(QStringLiteral("slow"), canary());
        m_clock.advance(KeychainStore::kLimit - 1ms);
        QVERIFY(!read.isReady() && !write.isReady());
        m_clock.advance(1ms);
        QVERIFY(read.isReady() && write.isReady());
        const auto late = test::await(std::move(read));
        QCOMPARE(late.error().kind(), ErrorKind::TimedOut);
        QCOMPARE(test::await(std::move(write)).error().kind(), ErrorKind::TimedOut);
        QCOMPARE(m_clock.timerCount(), 0);
        m_service.resume();
        // What was late ends by itself and disturbs nobody.
        QVERIFY(test::await(store->read(QStringLiteral("kept"))));
    }

    void destructionEndsWhatIsUnderWay()
    {
        auto store = makeStore();
        m_service.pause();
        auto read = store->read(QStringLiteral("kept"));
        auto write = store->write(QStringLiteral("slow"), canary());
        store.reset();
        QVERIFY(read.isReady() && write.isReady());
        QCOMPARE(test::await(std::move(read)).error().kind(), ErrorKind::Cancelled);
        QCOMPARE(test::await(std::move(write)).error().kind(), ErrorKind::Cancelled);
        QCOMPARE(m_clock.timerCount(), 0);
        m_service.resume();
        QVERIFY(test::await(makeStore()->read(QStringLiteral("kept"))));
    }

    void noKeyIsWrittenInPlain()
    {
        QVERIFY(test::await(makeStore()->write(QStringLiteral("kept"), canary())));
        QVERIFY(keyringFile().size() > 100);
        const QByteArray utf16(
            reinterpret_cast<const char *>(QString::fromLatin1(kCanary).utf16()), 2 * qstrlen(kCanary));
        const QList<QByteArray> forms{
            QByteArray(kCanary).mid(3), QByteArray(kCanary).toBase64(), utf16, QByteArray(kCanary).toHex()};
        int files = 0;
        QDirIterator all(m_service.directory(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (all.hasNext()) {
            QFile file(all.next());
            if (!file.open(QIODevice::ReadOnly))
                continue; // sockets
            ++files;
            const QByteArray content = file.readAll();
            for (const QByteArray &form : forms)
                QVERIFY2(!content.contains(form), qPrintable(file.fileName()));
        }
        QVERIFY(files >= 2);
        for (const QByteArray &form : forms)
            QVERIFY(!logged().contains(form));
    }

    /// The last one: it ends the keyring.
    void zWithoutAKeyringKeysStayInMemoryAndTheUserIsTold()
    {
        m_service.stop();
        const auto works = test::await(makeStore()->probe());
        QVERIFY(!works);
        QCOMPARE(works.error().kind(), ErrorKind::Unavailable);
        KeyRing ring(makeStore());
        QVERIFY(test::waitUntil([&] { return ring.storeInfo().kind == StoreInfo::Kind::Memory; }));
        QVERIFY(ring.storeInfo().reason.contains(QStringLiteral("No keychain answered")));
        QVERIFY(logged().contains("memory only"));
    }

private:
    /// The content of what gnome-keyring keeps on the disk.
    [[nodiscard]] QByteArray keyringFile() const
    {
        QFile file(m_service.directory() + QStringLiteral("/xdg_data_home/keyrings/login.keyring"));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    test::ManualClock m_clock;
    test::SecretService m_service;
};

int main(int argc, char **argv)
{
    // libsecret answers through GLib's main loop.
    qunsetenv("QT_NO_GLIB");
    QCoreApplication application(argc, argv);
    KeychainStoreTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "KeychainStoreTest.moc"

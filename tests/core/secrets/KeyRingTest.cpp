// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/KeyRing.h"

#include "secrets/KeychainStore.h"
#include "secrets/MemoryStore.h"
#include "support/Await.h"

#include <QSignalSpy>
#include <QTest>

#include <map>

using namespace fairlead;
using namespace fairlead::secrets;
using State = KeyStatus::State;

namespace {

/// A store whose answers come when and as the test says.
class ScriptedStore final : public SecretStore
{
public:
    struct Script {
        Result<> reach;
        Result<> write;
        std::map<QString, Result<Secret>> entries;
        int reads = 0;
        bool holdReads = false;
        std::vector<std::shared_ptr<Promise<bool>>> held;

        void release()
        {
            holdReads = false;
            for (const auto &promise : std::exchange(held, {}))
                promise->resolve(true);
        }
    };

    explicit ScriptedStore(std::shared_ptr<Script> script)
        : m_script(std::move(script))
    { }
    ~ScriptedStore() override { m_script->release(); }

    Task<Result<>> reach() override { co_return m_script->reach; }
    Task<Result<>> probe() override { co_return m_script->reach; }
    Task<Result<Secret>> read(QString name) override { return readFrom(m_script, std::move(name)); }
    Task<Result<>> write(QString, Secret) override { co_return m_script->write; }
    Task<Result<>> remove(QString name) override
    {
        m_script->entries.erase(name);
        co_return Result<>();
    }
    StoreInfo info() const override
    {
        StoreInfo info;
        info.kind = StoreInfo::Kind::Keychain;
        info.persistent = true;
        info.name = QStringLiteral("scripted");
        return info;
    }

private:
    static Task<Result<Secret>> readFrom(std::shared_ptr<Script> script, QString name)
    {
        ++script->reads;
        if (script->holdReads) {
            const auto promise = std::make_shared<Promise<bool>>();
            script->held.push_back(promise);
            co_await promise->wait();
        }
        const auto found = script->entries.find(name);
        if (found == script->entries.end())
            co_return fail(ErrorKind::NotFound, "There is no key named \"" + name.toUtf8() + "\"");
        co_return found->second;
    }

    std::shared_ptr<Script> m_script;
};

KeyRef keychain(const char *name)
{
    KeyRef ref;
    ref.name = QString::fromLatin1(name);
    return ref;
}

KeyRef environment(const char *name)
{
    KeyRef ref = keychain(name);
    ref.source = KeyRef::Source::Environment;
    return ref;
}

Result<Secret> key(const char *text)
{
    return Secret(QByteArray(text));
}

} // namespace

Q_DECLARE_METATYPE(fairlead::ErrorKind)
Q_DECLARE_METATYPE(fairlead::secrets::KeyStatus::State)

class KeyRingTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_script = std::make_shared<ScriptedStore::Script>(); }

    void loadsInTheWantedOrderAndReadsOnce()
    {
        qputenv("RING_TEST_KEY", "from-environment");
        m_script->entries.emplace(QStringLiteral("shared"), key("sk-canary-0123456789"));
        KeyRing ring(store());
        QSignalSpy changed(&ring, &KeyRing::changed);
        const Wanted wanted{
            {"a", {keychain("none"), environment("RING_TEST_KEY"), keychain("shared")}},
            {"b", {keychain("shared")}}};
        ring.setWanted(wanted);
        QVERIFY(ring.isSettled());
        QVERIFY(test::waitUntil([&] { return changed.count() > 0; }));
        QCOMPARE(changed.count(), 1);
        const KeySnapshot keys = ring.snapshot();
        QCOMPARE(keys.value("a").size(), size_t(2));
        QVERIFY(keys.value("a").at(0).secret.equals("from-environment"));
        QVERIFY(keys.value("a").at(1).secret.equals("sk-canary-0123456789"));
        QVERIFY(keys.value("b").at(0).secret.equals("sk-canary-0123456789"));
        QCOMPARE(m_script->reads, 2); // "shared" once, "none" once

        ring.setWanted(wanted);
        QCOMPARE(m_script->reads, 3); // what was missing is asked for again, what is loaded is not
        QVERIFY(test::waitUntil([&] { return changed.count() == 2; }));
    }

    void changedFollowsEvenWhenNothingIsWanted()
    {
        KeyRing ring(store());
        QSignalSpy changed(&ring, &KeyRing::changed);
        ring.setWanted({});
        QVERIFY(test::waitUntil([&] { return changed.count() == 1; }));
        QVERIFY(ring.isSettled());
    }

    void theEnvironmentDoesNotWaitForTheKeychain()
    {
        qputenv("RING_TEST_KEY", "from-environment");
        m_script->holdReads = true;
        m_script->entries.emplace(QStringLiteral("slow"), key("slow-key"));
        KeyRing ring(store());
        QSignalSpy changed(&ring, &KeyRing::changed);
        ring.setWanted({{"a", {keychain("slow"), environment("RING_TEST_KEY")}}});
        QVERIFY(test::waitUntil([&] { return changed.count() == 1; }));
        QVERIFY(!ring.isSettled());
        QCOMPARE(ring.snapshot().value("a").size(), size_t(1));
        QVERIFY(ring.status().at(0).state == State::Reading);
        m_script->release();
        QVERIFY(test::waitUntil([&] { return changed.count() == 2; }));
        QVERIFY(ring.isSettled());
        QVERIFY(ring.snapshot().value("a").at(0).secret.equals("slow-key"));
    }

    void tellsTheStatesApart_data()
    {
        QTest::addColumn<ErrorKind>("kind");
        QTest::addColumn<State>("state");
        QTest::newRow("missing") << ErrorKind::NotFound << State::Missing;
        QTest::newRow("locked") << ErrorKind::Denied << State::Locked;
        QTest::newRow("gone") << ErrorKind::Unavailable << State::Unavailable;
        QTest::newRow("late") << ErrorKind::TimedOut << State::Unavailable;
    }
    void tellsTheStatesApart()
    {
        QFETCH(ErrorKind, kind);
        QFETCH(State, state);
        m_script->entries.emplace(QStringLiteral("a"), fail(kind, "in words"));
        KeyRing ring(store());
        ring.setWanted({{"a", {keychain("a")}}});
        const KeyStatus status = ring.status().at(0);
        QVERIFY(status.state == state);
        QCOMPARE(status.detail, QStringLiteral("in words"));
        QVERIFY(status.hint.isEmpty());
        QVERIFY(ring.snapshot().isEmpty());

        m_script->entries.insert_or_assign(QStringLiteral("a"), key("sk-canary-0123456789"));
        ring.setWanted({{"a", {keychain("a")}}});
        QVERIFY(ring.status().at(0).state == State::Loaded);
        QCOMPARE(ring.status().at(0).hint, QStringLiteral("sk-…6789"));
    }

    void anUnsetVariableIsMissingAndNamed()
    {
        qunsetenv("RING_TEST_UNSET");
        KeyRing ring(store());
        ring.setWanted({{"a", {environment("RING_TEST_UNSET")}}});
        QVERIFY(ring.status().at(0).state == State::Missing);
        QVERIFY(ring.status().at(0).detail.contains(QStringLiteral("RING_TEST_UNSET")));
    }

    void keysChangedElsewhereAreTakenUp()
    {
        m_script->entries.emplace(QStringLiteral("a"), key("old-key-of-a-0123456789"));
        m_script->entries.emplace(QStringLiteral("b"), key("key-of-b-0123456789"));
        KeyRing ring(store());
        ring.setWanted({{"a", {keychain("a")}}, {"b", {keychain("b")}}});
        QVERIFY(test::waitUntil([&] { return ring.snapshot().size() == 2; }));
        m_script->entries.erase(QStringLiteral("a"));
        m_script->entries.erase(QStringLiteral("b"));
        m_script->entries.emplace(QStringLiteral("a"), key("new-key-of-a-0123456789"));
        ring.refresh();
        QVERIFY(test::waitUntil([&] { return ring.snapshot().size() == 1; }));
        QVERIFY(ring.snapshot().value("a").front().secret.equals("new-key-of-a-0123456789"));
    }

    void aKeychainThatDoesNotWorkIsReplacedByMemory()
    {
        QTest::ignoreMessage(QtWarningMsg, "Keys are kept in memory only: No keychain answered: no bus");
        m_script->reach = fail(ErrorKind::Unavailable, "No keychain answered: no bus");
        KeyRing ring(store());
        QVERIFY(ring.storeInfo().kind == StoreInfo::Kind::Memory);
        QCOMPARE(ring.storeInfo().reason, QStringLiteral("No keychain answered: no bus"));
        ring.setWanted({{"a", {keychain("a")}}});
        QVERIFY(ring.status().at(0).state == State::Unavailable);
        QVERIFY(test::await(ring.store("a", {}, Secret(QByteArray("typed-in")))));
        QVERIFY(ring.status().at(0).state == State::Loaded);
        QCOMPARE(m_script->reads, 0);
    }

    void aLockedKeychainIsNotReplaced()
    {
        m_script->reach = fail(ErrorKind::Denied, "The keyring is locked");
        KeyRing ring(store());
        QVERIFY(ring.storeInfo().kind == StoreInfo::Kind::Keychain);
    }

    void aStoredKeyComesFirstOfTheKeychainKeys()
    {
        qputenv("RING_TEST_KEY", "from-environment");
        m_script->entries.emplace(QStringLiteral("old"), key("old-key"));
        KeyRing ring(store());
        ring.setWanted({{"a", {environment("RING_TEST_KEY"), keychain("old")}}});
        QSignalSpy changed(&ring, &KeyRing::changed);
        const auto stored = test::await(ring.store("a", {}, Secret(QByteArray("new-key"))));
        QVERIFY(stored);
        QCOMPARE(stored->name, QStringLiteral("a"));
        QVERIFY(test::waitUntil([&] { return changed.count() == 1; }));
        const auto keys = ring.snapshot().value("a");
        QCOMPARE(keys.size(), size_t(3));
        QVERIFY(keys.at(1).secret.equals("new-key"));

        const auto named = test::await(ring.store("b", QStringLiteral("mine"), Secret(QByteArray("b-key"))));
        QVERIFY(named && named->name == QStringLiteral("mine"));
        QVERIFY(ring.snapshot().value("b").at(0).secret.equals("b-key"));
    }

    void whatCannotBeStoredIsAnErrorAndNotKeptInMemory()
    {
        m_script->write = fail(ErrorKind::Denied, "The keyring is locked");
        KeyRing ring(store());
        const auto stored = test::await(ring.store("a", {}, Secret(QByteArray("key"))));
        QVERIFY(!stored);
        QCOMPARE(stored.error().kind(), ErrorKind::Denied);
        QVERIFY(ring.snapshot().isEmpty());
    }

    void aLateReadDoesNotUndoWhatWasStored()
    {
        m_script->holdReads = true;
        m_script->entries.emplace(QStringLiteral("a"), key("old-key"));
        KeyRing ring(store());
        ring.setWanted({{"a", {keychain("a")}}});
        QVERIFY(test::await(ring.store("a", {}, Secret(QByteArray("new-key")))));
        m_script->release();
        QVERIFY(ring.snapshot().value("a").at(0).secret.equals("new-key"));
        QVERIFY(ring.isSettled());
    }

    void removes()
    {
        m_script->entries.emplace(QStringLiteral("a"), key("a-key"));
        KeyRing ring(store());
        ring.setWanted({{"a", {keychain("a")}}, {"b", {keychain("a")}}});
        QVERIFY(test::await(ring.remove("a", keychain("a"))));
        QVERIFY(ring.snapshot().isEmpty());
        QCOMPARE(ring.status().size(), size_t(1));
        QVERIFY(ring.status().at(0).state == State::Missing);
        const auto refused = test::await(ring.remove("a", environment("RING_TEST_KEY")));
        QVERIFY(!refused && refused.error().message().contains("RING_TEST_KEY"));
    }

    void destructionEndsWhatIsUnderWay()
    {
        m_script->holdReads = true;
        auto ring = std::make_unique<KeyRing>(store());
        QSignalSpy changed(ring.get(), &KeyRing::changed);
        ring->setWanted({{"a", {keychain("a")}}});
        ring.reset();
        QVERIFY(m_script->held.empty());
        QCoreApplication::processEvents();
        QCOMPARE(changed.count(), 0);
    }

private:
    using Wanted = QHash<QByteArray, std::vector<KeyRef>>;

    [[nodiscard]] std::unique_ptr<SecretStore> store() const
    {
        return std::make_unique<ScriptedStore>(m_script);
    }

    std::shared_ptr<ScriptedStore::Script> m_script;
};

QTEST_GUILESS_MAIN(KeyRingTest)
#include "KeyRingTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/MemoryStore.h"

#include "core/secrets/StoreContract.h"
#include "support/Await.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::secrets;

class MemoryStoreTest final : public test::StoreContract
{
    Q_OBJECT
protected:
    std::unique_ptr<SecretStore> makeStore() override { return std::make_unique<MemoryStore>(); }

private Q_SLOTS:
    void forgetsAtItsEnd()
    {
        QVERIFY(test::await(makeStore()->write(QStringLiteral("openai"), Secret(QByteArray("key")))));
        QVERIFY(!test::await(makeStore()->read(QStringLiteral("openai"))));
    }

    void saysWhatItIs()
    {
        const StoreInfo info = MemoryStore(QStringLiteral("no D-Bus")).info();
        QVERIFY(info.kind == StoreInfo::Kind::Memory);
        QVERIFY(!info.persistent);
        QCOMPARE(info.reason, QStringLiteral("no D-Bus"));
    }

    void readsTheEnvironment()
    {
        qputenv("FAIRLEAD_TEST_KEY", " sk-from-the-environment\n");
        QVERIFY(fromEnvironment(QStringLiteral("FAIRLEAD_TEST_KEY")).equals("sk-from-the-environment"));
        QVERIFY(fromEnvironment(QStringLiteral("FAIRLEAD_TEST_NO_KEY")).isEmpty());
    }
};

QTEST_GUILESS_MAIN(MemoryStoreTest)
#include "MemoryStoreTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/MemoryStore.h"

#include "core/secrets/StoreContract.h"
#include "support/Await.h"

#include <QTemporaryFile>
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

    void joinsVariables()
    {
        const QString names = QStringLiteral("FAIRLEAD_TEST_A:FAIRLEAD_TEST_B:FAIRLEAD_TEST_C");
        qputenv("FAIRLEAD_TEST_A", "a");
        QVERIFY(fromEnvironment(names).isEmpty());
        qputenv("FAIRLEAD_TEST_B", "b");
        QVERIFY(fromEnvironment(names).equals("a:b"));
        qputenv("FAIRLEAD_TEST_C", "c");
        QVERIFY(fromEnvironment(names).equals("a:b:c"));
        qunsetenv("FAIRLEAD_TEST_A");
        QVERIFY(fromEnvironment(names).isEmpty());
    }

    void readsFilesTheEnvironmentNames()
    {
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("{\n  \"type\": \"service_account\",\n\t\"a\": \"b\\nc\"\n}\n");
        file.close();
        qputenv("FAIRLEAD_TEST_FILE", file.fileName().toUtf8());
        const Secret key = fromEnvironment(QStringLiteral("@FAIRLEAD_TEST_FILE"));
        QVERIFY(key.equals("{  \"type\": \"service_account\",\"a\": \"b\\nc\"}"));
        QVERIFY(checkEntry(u"google-vertex", key).has_value());
        qputenv("FAIRLEAD_TEST_FILE", "/nowhere/key.json");
        QVERIFY(fromEnvironment(QStringLiteral("@FAIRLEAD_TEST_FILE")).isEmpty());
        QVERIFY(fromEnvironment(QStringLiteral("@FAIRLEAD_TEST_NO_FILE")).isEmpty());
    }

    void leavesOrdinaryKeysAlone()
    {
        QVERIFY(inOneLine(Secret(QByteArray("sk-a\nb"))).equals("sk-a\nb"));
        QVERIFY(!checkEntry(u"openai", inOneLine(Secret(QByteArray("sk-a\nb")))).has_value());
    }
};

QTEST_GUILESS_MAIN(MemoryStoreTest)
#include "MemoryStoreTest.moc"

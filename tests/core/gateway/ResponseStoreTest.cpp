// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ResponseStore.h"

#include <QTest>

using namespace fairlead::gateway;

namespace {

ResponseStore::Entry
entry(const QByteArray &app, const QByteArray &id, std::shared_ptr<ResponseStore::Turn> before = nullptr)
{
    ResponseStore::Entry made;
    made.app = app;
    made.id = id;
    made.json = "0123456789";
    made.itemIds = {"msg_" + id};
    made.turn = std::make_shared<ResponseStore::Turn>("01234", "01234", std::move(before));
    return made;
}

} // namespace

class ResponseStoreTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsEachAppsOwn()
    {
        ResponseStore store;
        store.add(entry("a", "r1"));
        store.add(entry("b", "r2"));
        QVERIFY(store.find("a", "r1") && store.find("b", "r2"));
        QVERIFY(!store.find("b", "r1") && !store.find("a", "r2") && !store.find("", "r1"));
        QVERIFY(store.isForeign("b", "r1") && !store.isForeign("a", "r1") && !store.isForeign("a", "r9"));
        QVERIFY(store.findItem("a", "msg_r1") && !store.findItem("b", "msg_r1"));
        QVERIFY(!store.remove("b", "r1"));
        QVERIFY(store.remove("a", "r1"));
        QVERIFY(!store.remove("a", "r1"));
        QVERIFY(!store.find("a", "r1") && !store.findItem("a", "msg_r1") && !store.isForeign("b", "r1"));
        // Two apps may be given the same id.
        store.add(entry("a", "r2"));
        QVERIFY(!store.isForeign("a", "r2") && !store.isForeign("b", "r2"));
        store.remove("a", "r2");
        QVERIFY(store.isForeign("a", "r2") && store.find("b", "r2"));
    }

    void forgetsTheLeastRecentlyUsed()
    {
        ResponseStore store({.count = 2});
        store.add(entry("a", "r1"));
        store.add(entry("a", "r2"));
        QVERIFY(store.find("a", "r1"));
        store.add(entry("a", "r3"));
        QVERIFY(store.find("a", "r1") && store.find("a", "r3") && !store.find("a", "r2"));
        QVERIFY(!store.findItem("a", "msg_r2"));
        QCOMPARE(store.count(), std::size_t(2));
    }

    void countsBytes()
    {
        ResponseStore store({.count = 100, .bytes = 50});
        store.add(entry("a", "r1"));
        QCOMPARE(store.bytes(), 20);
        store.add(entry("a", "r1")); // in place of the first
        QCOMPARE(store.bytes(), 20);
        QCOMPARE(store.count(), std::size_t(1));
        store.add(entry("a", "r2"));
        store.add(entry("a", "r3"));
        QCOMPARE(store.bytes(), 40);
        QVERIFY(!store.find("a", "r1"));
        ResponseStore::Entry large = entry("a", "r4");
        large.json = QByteArray(100, 'x');
        store.add(std::move(large));
        QCOMPARE(store.count(), std::size_t(0));
        QCOMPARE(store.bytes(), 0);
    }

    void sharesTurnsUntilNobodyNeedsThem()
    {
        ResponseStore store;
        store.add(entry("a", "r1"));
        store.add(entry("a", "r2", store.find("a", "r1")->turn));
        QCOMPARE(store.bytes(), 40);
        // The second still tells what the first one said.
        store.remove("a", "r1");
        QCOMPARE(store.bytes(), 30);
        QVERIFY(store.find("a", "r2")->turn->before());
        store.remove("a", "r2");
        QCOMPARE(store.bytes(), 0);
    }

    void freesLongConversations()
    {
        ResponseStore store({.count = 3});
        store.add(entry("a", "r0"));
        for (int i = 1; i < 60'000; ++i) {
            const QByteArray before = 'r' + QByteArray::number(i - 1);
            store.add(entry("a", 'r' + QByteArray::number(i), store.find("a", before)->turn));
        }
        QCOMPARE(store.bytes(), 60'000 * 10 + 3 * 10);
        for (int i = 59'997; i < 60'000; ++i)
            QVERIFY(store.remove("a", 'r' + QByteArray::number(i)));
        QCOMPARE(store.bytes(), 0);
    }

    void mayEndBeforeItsTurns()
    {
        std::shared_ptr<ResponseStore::Turn> turn;
        {
            ResponseStore store;
            store.add(entry("a", "r1"));
            turn = store.find("a", "r1")->turn;
        }
        QCOMPARE(turn->input(), QByteArray("01234"));
    }
};

QTEST_GUILESS_MAIN(ResponseStoreTest)
#include "ResponseStoreTest.moc"

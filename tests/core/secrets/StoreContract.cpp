// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/secrets/StoreContract.h"

#include "support/Await.h"

#include <QTest>

namespace fairlead::test {

namespace {

Secret secret(const char *text)
{
    return Secret(QByteArray(text));
}

} // namespace

void StoreContract::probes()
{
    const auto store = makeStore();
    const auto works = await(store->probe());
    QVERIFY2(works, works ? "" : works.error().message().constData());
}

void StoreContract::readsWhatWasWritten_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("key");
    QTest::newRow("plain") << QStringLiteral("openai") << QByteArray("sk-proj-0123456789abcdef");
    QTest::newRow("one letter") << QStringLiteral("a") << QByteArray("k");
    QTest::newRow("spaces inside") << QStringLiteral("the lab, 2nd") << QByteArray("two words");
    QTest::newRow("not ASCII") << QStringLiteral("Schlüssel ☃") << QByteArray("größer");
    QTest::newRow("looks like base64") << QStringLiteral("b64") << QByteArray("QUJD");
    QTest::newRow("long") << QStringLiteral("vertex") << QByteArray(8000, 'x');
}

void StoreContract::readsWhatWasWritten()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, key);
    const auto store = makeStore();
    const auto written = await(store->write(name, Secret(QByteArray(key))));
    QVERIFY2(written, written ? "" : written.error().message().constData());
    const auto read = await(store->read(name));
    QVERIFY2(read, read ? "" : read.error().message().constData());
    QVERIFY(read->equals(key));
}

void StoreContract::replaces()
{
    const auto store = makeStore();
    const QString name = QStringLiteral("replaced");
    QVERIFY(await(store->write(name, secret("old-key"))));
    QVERIFY(await(store->write(name, secret("new-key"))));
    const auto read = await(store->read(name));
    QVERIFY(read && read->equals("new-key"));
    QVERIFY(await(store->remove(name)));
    QVERIFY(!await(store->read(name)));
}

void StoreContract::missesWhatIsNotThere()
{
    const auto store = makeStore();
    const auto read = await(store->read(QStringLiteral("never stored")));
    QVERIFY(!read);
    QCOMPARE(read.error().kind(), ErrorKind::NotFound);
    QVERIFY(read.error().message().contains("\"never stored\""));
}

void StoreContract::forgetsWhatIsRemoved()
{
    const auto store = makeStore();
    const QString name = QStringLiteral("removed");
    QVERIFY(await(store->write(name, secret("some-key"))));
    QVERIFY(await(store->remove(name)));
    const auto read = await(store->read(name));
    QVERIFY(!read);
    QCOMPARE(read.error().kind(), ErrorKind::NotFound);
}

void StoreContract::removingNothingIsFine()
{
    const auto store = makeStore();
    QVERIFY(await(store->remove(QStringLiteral("never stored"))));
}

void StoreContract::refusesWhatIsNoKey_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("key");
    QTest::newRow("no name") << QString() << QByteArray("key");
    QTest::newRow("empty") << QStringLiteral("bad") << QByteArray();
    QTest::newRow("line break") << QStringLiteral("bad") << QByteArray("key\r\nx-other: header");
    QTest::newRow("null byte") << QStringLiteral("bad") << QByteArray("key\0rest", 8);
    QTest::newRow("not UTF-8") << QStringLiteral("bad") << QByteArray("key\xff");
    QTest::newRow("enormous") << QStringLiteral("bad") << QByteArray(70'000, 'x');
}

void StoreContract::refusesWhatIsNoKey()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, key);
    const auto store = makeStore();
    const auto written = await(store->write(name, Secret(QByteArray(key))));
    QVERIFY(!written);
    QVERIFY(written.error().kind() == ErrorKind::Invalid || written.error().kind() == ErrorKind::TooLarge);
    QVERIFY(!await(store->read(QStringLiteral("bad"))));
}

void StoreContract::keepsNamesApart()
{
    const auto store = makeStore();
    QVERIFY(await(store->write(QStringLiteral("one"), secret("first"))));
    QVERIFY(await(store->write(QStringLiteral("One"), secret("second"))));
    QVERIFY(await(store->remove(QStringLiteral("One"))));
    const auto read = await(store->read(QStringLiteral("one")));
    QVERIFY(read && read->equals("first"));
}

void StoreContract::runsOperationsAtOnce()
{
    const auto store = makeStore();
    QVERIFY(await(store->write(QStringLiteral("left"), secret("left-key"))));
    QVERIFY(await(store->write(QStringLiteral("right"), secret("right-key"))));
    auto left = store->read(QStringLiteral("left"));
    auto right = store->read(QStringLiteral("right"));
    auto missing = store->read(QStringLiteral("never stored"));
    const auto rightKey = await(std::move(right));
    const auto leftKey = await(std::move(left));
    QVERIFY(!await(std::move(missing)));
    QVERIFY(leftKey && leftKey->equals("left-key"));
    QVERIFY(rightKey && rightKey->equals("right-key"));
}

} // namespace fairlead::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "LedgerFixture.h"
#include "Stranger.h"

#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

#include <algorithm>
#include <csignal>
#include <cstdio>

#ifdef Q_OS_UNIX
#include <sys/resource.h>
#endif

using namespace fairlead;
using namespace fairlead::storage;
using test::LedgerFixture;
using test::ledgerRecord;
using test::Stranger;

namespace {

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("unreadable");
}

void writeFile(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write the test's own file");
}

LedgerLimits impatient()
{
    LedgerLimits limits;
    limits.batchDelay = std::chrono::milliseconds(1);
    limits.retryAfter = std::chrono::milliseconds(1);
    limits.busyTimeout = std::chrono::milliseconds(1);
    return limits;
}

// Appends a row each millisecond and says so, until somebody kills it.
int appendForEver(const QString &folder)
{
    auto ledger = Ledger::open(folder);
    if (!ledger)
        return 1;
    QTimer timer;
    int count = 0;
    QObject::connect(&timer, &QTimer::timeout, [&] {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        (*ledger)->append(ledgerRecord("req_" + QByteArray::number(count++), now));
        std::printf("%lld\n", static_cast<long long>(now));
        std::fflush(stdout);
    });
    timer.start(1);
    return QCoreApplication::exec();
}

} // namespace

class LedgerFaultsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void foreignFilesAreRefusedAndLeftAlone_data()
    {
        QTest::addColumn<QString>("sql");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("newer version")
            << QStringLiteral("PRAGMA user_version = 999") << QByteArray() << QByteArray("newer version");
        QTest::newRow("another program's")
            << QStringLiteral("PRAGMA application_id = 7") << QByteArray() << QByteArray("another program");
        QTest::newRow("no database") << QString() << QByteArray(5000, 'x') << QByteArray("damaged");
        QTest::newRow("cut header") << QString() << QByteArray("SQLite format 3") << QByteArray("damaged");
    }
    void foreignFilesAreRefusedAndLeftAlone()
    {
        QFETCH(QString, sql);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, says);
        LedgerFixture fixture;
        fixture.ledger().append(ledgerRecord("req_1", 1));
        fixture.close();
        if (!sql.isEmpty())
            Stranger(fixture.file()).exec(sql);
        else
            writeFile(fixture.file(), bytes);
        const QByteArray before = contents(fixture.file());
        const auto opened = Ledger::open(fixture.folder());
        QVERIFY(!opened.has_value());
        QVERIFY2(opened.error().message().contains(says), opened.error().message().constData());
        QVERIFY(opened.error().message().contains("ledger.sqlite"));
        QCOMPARE(contents(fixture.file()), before);
    }

    void damagedPagesAreToldWhenRead()
    {
        LedgerFixture fixture;
        for (int i = 0; i < 400; ++i)
            fixture.ledger().append(ledgerRecord("req_" + QByteArray::number(i), 1 + i));
        fixture.close();
        QByteArray bytes = contents(fixture.file());
        std::fill(bytes.begin() + 4096 * 2, bytes.end(), '\x55');
        writeFile(fixture.file(), bytes);
        QObject context;
        auto opened = Ledger::open(fixture.folder());
        if (!opened) {
            QVERIFY2(opened.error().message().contains("damaged"), opened.error().message().constData());
            return;
        }
        QByteArray message;
        (*opened)->log(
            {}, &context, [&](const auto &rows) { message = rows ? "no error" : rows.error().message(); });
        QVERIFY(test::waitUntil([&] { return !message.isEmpty(); }));
        QVERIFY2(message.contains("damaged"), message.constData());
    }

    void folderThatCannotBeIsTold()
    {
        const auto opened = Ledger::open(QStringLiteral("/proc/fairlead"));
        QVERIFY(!opened.has_value());
        QCOMPARE(opened.error().kind(), ErrorKind::Denied);
    }

    void filesAreTheOwnersOnly()
    {
        LedgerFixture fixture;
        const QString fresh = fixture.folder() + QStringLiteral("/a/b");
        auto ledger = Ledger::open(fresh);
        QVERIFY(ledger.has_value());
        (*ledger)->append(ledgerRecord("req_1", 1));
        const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther
                            | QFile::WriteOther | QFile::ExeOther;
        QVERIFY(!(QFile::permissions(fresh) & others));
        for (const char *name : {"/ledger.sqlite", "/ledger.sqlite-wal", "/ledger.sqlite-shm"}) {
            const QString path = fresh + QLatin1String(name);
            QVERIFY2(QFile::exists(path), name);
            QVERIFY2(!(QFile::permissions(path) & others), name);
        }
    }

    void lockedDatabaseKeepsRowsAndTriesAgain()
    {
        LedgerFixture fixture(impatient());
        QSignalSpy failed(&fixture.ledger(), &Ledger::writeFailed);
        QSignalSpy written(&fixture.ledger(), &Ledger::rowsWritten);
        Stranger stranger(fixture.file());
        stranger.exec(QStringLiteral("BEGIN IMMEDIATE"));
        fixture.ledger().append(ledgerRecord("req_1", 1));
        QVERIFY(test::waitUntil([&] { return failed.count() >= 2; }));
        QVERIFY(failed.front().front().toString().contains(QLatin1String("locked")));
        fixture.ledger().append(ledgerRecord("req_2", 2));
        fixture.flush(); // ends all the same
        QCOMPARE(written.count(), 0);
        stranger.exec(QStringLiteral("ROLLBACK"));
        QVERIFY(test::waitUntil([&] { return fixture.log().size() == 2; }));
        QCOMPARE(fixture.summary({}).front().requests, 2);
    }

    void fullQueueDropsTheOldest()
    {
        LedgerLimits limits = impatient();
        limits.mostQueued = 3;
        limits.batchRows = 2;
        LedgerFixture fixture(limits);
        Stranger stranger(fixture.file());
        stranger.exec(QStringLiteral("BEGIN IMMEDIATE"));
        for (int i = 0; i < 8; ++i)
            fixture.ledger().append(ledgerRecord("req_" + QByteArray::number(i), 1 + i));
        fixture.flush();
        stranger.exec(QStringLiteral("ROLLBACK"));
        fixture.flush();
        const auto rows = fixture.log();
        QCOMPARE(rows.size(), std::size_t(3));
        QCOMPARE(rows.front().id, QByteArray("req_7"));
        QCOMPARE(rows.back().id, QByteArray("req_5"));
    }

#ifdef Q_OS_UNIX
    void fullDiskKeepsRowsUntilThereIsSpace()
    {
        LedgerFixture fixture(impatient());
        QSignalSpy failed(&fixture.ledger(), &Ledger::writeFailed);
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        const auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit tiny{4096, before.rlim_max};
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &tiny), 0);
        for (int i = 0; i < 50; ++i)
            fixture.ledger().append(ledgerRecord("req_" + QByteArray::number(i), 1 + i));
        const bool told = test::waitUntil([&] { return failed.count() >= 1; });
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, oldHandler);
        QVERIFY(told);
        fixture.flush();
        QCOMPARE(fixture.log().size(), std::size_t(50));
        QCOMPARE(fixture.summary({}).front().requests, 50);
    }

    void killedProcessLosesAtMostTheLastSecond()
    {
        LedgerFixture fixture;
        fixture.close();
        QProcess child;
        child.start(
            QCoreApplication::applicationFilePath(), {QStringLiteral("--append-for-ever"), fixture.folder()});
        QElapsedTimer running;
        QByteArray said;
        QVERIFY(test::waitUntil([&] {
            said += child.readAllStandardOutput();
            if (!said.isEmpty() && !running.isValid())
                running.start();
            return running.isValid() && running.elapsed() > 1'200;
        }));
        child.kill();
        QVERIFY(child.waitForFinished());
        said += child.readAllStandardOutput();
        QCOMPARE(child.exitStatus(), QProcess::CrashExit);

        QList<QByteArray> lines = said.split('\n');
        lines.removeLast(); // empty, or cut in the middle
        QVERIFY(lines.size() > 50);
        const qint64 killed = lines.back().toLongLong();
        const auto due = std::count_if(lines.begin(), lines.end(), [&](const QByteArray &line) {
            return line.toLongLong() <= killed - 1'000;
        });
        QVERIFY(due > 0);

        fixture.reopen();
        const qint64 kept = fixture.summary({}).front().requests;
        QVERIFY2(kept >= due, qPrintable(QStringLiteral("%1 of %2").arg(kept).arg(due)));
        SummaryQuery byHour; // the rollups say what the rows say
        byHour.groupBy = GroupBy::Hour;
        byHour.utcOffsetSeconds = 1;
        qint64 rows = 0;
        for (const SummaryRow &row : fixture.summary(byHour))
            rows += row.requests;
        QCOMPARE(rows, kept);
        fixture.close();
        QCOMPARE(
            Stranger(fixture.file()).exec(QStringLiteral("PRAGMA integrity_check")).toString(),
            QStringLiteral("ok"));
    }
#endif
};

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc == 3 && qstrcmp(argv[1], "--append-for-ever") == 0)
        return appendForEver(QString::fromLocal8Bit(argv[2]));
    LedgerFaultsTest tests;
    return QTest::qExec(&tests, argc, argv);
}
#include "LedgerFaultsTest.moc"

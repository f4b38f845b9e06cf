// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Database.h"

#include "storage/Schema.h"

#include <QFile>
#include <QSqlDriver>
#include <QSqlError>
#include <QVariant>

#include <sqlite3.h>

#include <atomic>

namespace fairlead::storage {

namespace {

// Primary result codes, https://www.sqlite.org/rescode.html; the extended ones carry them in the low byte.
constexpr int kBusy = 5;
constexpr int kReadOnly = 8;
constexpr int kIoError = 10;
constexpr int kCorrupt = 11;
constexpr int kFull = 13;
constexpr int kCantOpen = 14;
constexpr int kTooBig = 18;
constexpr int kConstraint = 19;
constexpr int kMismatch = 20;
constexpr int kNotADatabase = 26;

int primaryCode(const QSqlError &error)
{
    return error.nativeErrorCode().toInt() & 0xff;
}

QString newConnectionName()
{
    static std::atomic<int> last{0};
    return QStringLiteral("fairlead-ledger-%1").arg(++last);
}

// Every allocation of SQLite takes a lock to count it, and nobody asks for the count:
// https://www.sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus. Before the first use
// only; later it is refused, and nothing is lost.
void leaveMemoryUncounted()
{
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(done);
}

Result<void> createPrivately(const QString &path)
{
    QFile file(path);
    if (file.exists())
        return {};
    // Ours before SQLite sees it: its -wal and -shm files take over the permissions.
    if (!file.open(QIODevice::NewOnly) || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner))
        return fail(ErrorKind::Denied, "cannot create " + path.toUtf8() + ": " + file.errorString().toUtf8());
    return {};
}

} // namespace

Database::Database(QString path)
    : m_path(std::move(path))
    , m_connection(newConnectionName())
{ }

Database::~Database()
{
    m_database.close();
    m_database = QSqlDatabase();
    if (QSqlDatabase::contains(m_connection))
        QSqlDatabase::removeDatabase(m_connection);
}

Result<std::unique_ptr<Database>> Database::open(const QString &path, std::chrono::milliseconds busyTimeout)
{
    leaveMemoryUncounted();
    if (auto created = createPrivately(path); !created)
        return fail(created.error());
    std::unique_ptr<Database> database(new Database(path));
    auto ready = database->connect(busyTimeout);
    // Nothing is written before the file is known to be ours.
    if (ready)
        ready = schemaVersion(*database).map([](qint64) {});
    if (ready)
        ready = database->configure();
    if (ready)
        ready = migrate(*database);
    if (!ready)
        return fail(ready.error().in(path.toUtf8()));
    return database;
}

Result<void> Database::connect(std::chrono::milliseconds busyTimeout)
{
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_connection);
    m_database.setDatabaseName(m_path);
    m_database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=%1").arg(busyTimeout.count()));
    if (!m_database.open())
        return fail(error(m_database.lastError()));
    return takeHandle();
}

Result<void> Database::takeHandle()
{
    // https://doc.qt.io/qt-6/qsqldriver.html#handle. Only the library that made a handle may be given it.
    QSqlQuery query(m_database);
    const bool same = query.exec(QStringLiteral("SELECT sqlite_source_id()")) && query.next()
                      && query.value(0).toString().toUtf8() == sqlite3_sourceid();
    const QVariant handle = m_database.driver()->handle();
    if (!same || qstrcmp(handle.typeName(), "sqlite3*") != 0)
        return fail(
            ErrorKind::Internal, "Qt's SQLite driver uses another SQLite than Fairlead was built with");
    m_handle = *static_cast<sqlite3 *const *>(handle.constData());
    return {};
}

Result<void> Database::configure()
{
    // WAL with NORMAL: a killed process loses nothing that was committed, a power cut at most the last
    // transactions.
    for (const QString &sql :
         {QStringLiteral("PRAGMA journal_mode = WAL"), QStringLiteral("PRAGMA synchronous = NORMAL"),
          QStringLiteral("PRAGMA temp_store = MEMORY"),
          // Pages of indexes and rollups change with every batch: the rarer a checkpoint, the fewer times
          // they are written twice. As large as the journal may stay (in pages of 4 KiB).
          QStringLiteral("PRAGMA wal_autocheckpoint = 4096"),
          QStringLiteral("PRAGMA journal_size_limit = 16777216")}) {
        if (auto done = exec(sql); !done)
            return done;
    }
    return {};
}

Result<void> Database::exec(const QString &sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql))
        return fail(error(query.lastError()));
    return {};
}

Result<QSqlQuery> Database::prepare(const QString &sql) const
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return fail(error(query.lastError()));
    return query;
}

Result<qint64> Database::number(const QString &sql) const
{
    QSqlQuery query(m_database);
    if (!query.exec(sql) || !query.next())
        return fail(error(query.lastError()));
    return query.value(0).toLongLong();
}

// https://www.sqlite.org/pragma.html#pragma_data_version
Result<qint64> Database::dataVersion() const
{
    return number(QStringLiteral("PRAGMA data_version"));
}

bool Database::isFaultOfRow(const QSqlError &error)
{
    const int code = primaryCode(error);
    return code == kConstraint || code == kTooBig || code == kMismatch;
}

Error Database::error(const QSqlError &error) const
{
    const QByteArray said = error.databaseText().toUtf8();
    switch (primaryCode(error)) {
    case kBusy:
        return Error(ErrorKind::Unavailable, "another program holds the ledger locked (" + said + ')');
    case kFull:
        return Error(ErrorKind::Unavailable, "the disk is full (" + said + "); free some space");
    case kReadOnly:
        return Error(ErrorKind::Denied, "the ledger cannot be written (" + said + "); check its permissions");
    case kIoError:
        return Error(
            ErrorKind::Unavailable,
            "the ledger's file cannot be read or written (" + said + "); check the disk");
    case kCantOpen:
        return Error(ErrorKind::Denied, "the ledger cannot be opened (" + said + "); check its permissions");
    case kCorrupt:
    case kNotADatabase:
        return Error(
            ErrorKind::Invalid,
            "the ledger is damaged (" + said + "); move the file away to start a new one, or restore a copy");
    default:
        return Error(ErrorKind::Internal, "the ledger's database failed: " + error.text().toUtf8());
    }
}

Result<Transaction> Transaction::begin(Database &database, Mode mode)
{
    const QString sql = mode == Mode::Write ? QStringLiteral("BEGIN IMMEDIATE") : QStringLiteral("BEGIN");
    if (auto begun = database.exec(sql); !begun)
        return fail(begun.error());
    return Transaction(&database);
}

Transaction::~Transaction()
{
    // A failed statement may have ended the transaction by itself (a full disk does): then this says so, and
    // that is fine.
    if (m_database != nullptr)
        static_cast<void>(m_database->exec(QStringLiteral("ROLLBACK")));
}

Result<void> Transaction::commit()
{
    if (auto done = m_database->exec(QStringLiteral("COMMIT")); !done)
        return done;
    m_database = nullptr;
    return {};
}

} // namespace fairlead::storage

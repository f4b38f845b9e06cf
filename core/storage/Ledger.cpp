// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Ledger.h"

#include "base/Logging.h"
#include "storage/Store.h"

#include <QDir>
#include <QFile>
#include <QPointer>
#include <QThread>

#include <algorithm>
#include <mutex>

namespace fairlead::storage {

namespace {

/// Brings an answer to the asker's thread. The asker may be gone by then, and only its own thread can know:
/// so the answer goes to an object of ours in that thread, which looks there. Whoever holds the last copy
/// deletes it.
class ReturnAddress
{
public:
    explicit ReturnAddress(QObject *asker)
        : m_asker(asker)
        , m_box(std::make_shared<QObject>())
    {
        m_box->moveToThread(asker->thread());
    }

    void post(std::function<void()> deliver) const
    {
        const auto run = [asker = m_asker, box = m_box, deliver = std::move(deliver)] {
            if (asker)
                deliver();
        };
        QMetaObject::invokeMethod(m_box.get(), run, Qt::QueuedConnection);
    }

private:
    QPointer<QObject> m_asker;
    std::shared_ptr<QObject> m_box;
};

Result<void> prepareFolder(const QString &path)
{
    QDir folder(path);
    if (folder.exists())
        return {};
    const auto ownerOnly = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;
    if (!folder.mkpath(QStringLiteral(".")) || !QFile::setPermissions(path, ownerOnly))
        return fail(ErrorKind::Denied, "cannot create the data folder " + path.toUtf8());
    return {};
}

} // namespace

class Ledger::Private
{
public:
    explicit Private(const LedgerLimits &limits)
        : queue(limits.batchRows, limits.mostQueued)
        , store(std::make_unique<Store>(queue, limits))
    {
        thread.setObjectName(QStringLiteral("ledger"));
        store->moveToThread(&thread);
        thread.start();
    }

    ~Private()
    {
        // Posted behind everything asked before, so that all of it is still answered.
        QMetaObject::invokeMethod(
            store.get(),
            [this] {
                store->close();
                thread.quit();
            },
            Qt::QueuedConnection);
        thread.wait();
    }
    Q_DISABLE_COPY_MOVE(Private)

    Result<void> open(const QString &path)
    {
        Result<void> opened;
        QMetaObject::invokeMethod(
            store.get(),
            [&] {
                opened = store->open(path);
                if (opened)
                    opened = loadLists();
            },
            Qt::BlockingQueuedConnection);
        return opened;
    }

    /// Runs `ask` on the storage thread and hands its result to `done` on the asker's.
    template<typename T>
    void query(QObject *context, Callback<T> done, std::function<Result<T>()> ask)
    {
        const ReturnAddress address(context);
        QMetaObject::invokeMethod(
            store.get(),
            [address, done = std::move(done), ask = std::move(ask)] {
                auto result = std::make_shared<Result<T>>(ask());
                address.post([done, result] { done(std::move(*result)); });
            },
            Qt::QueuedConnection);
    }

    // On the storage thread: after every change, so that the copy is what the file says.
    Result<void> loadLists()
    {
        auto loaded = store->apps().load();
        if (!loaded)
            return fail(loaded.error());
        auto switched = store->controls().load();
        if (!switched)
            return fail(switched.error());
        const std::scoped_lock lock(listsMutex);
        apps = std::move(*loaded);
        controls = std::move(*switched);
        return {};
    }

    Result<void> thenLoadLists(Result<void> change) { return change ? loadLists() : change; }

    RecordQueue queue;
    QThread thread;
    std::unique_ptr<Store> store;
    mutable std::mutex listsMutex;
    std::vector<AppRecord> apps;
    std::vector<ControlRecord> controls;
};

Result<std::unique_ptr<Ledger>> Ledger::open(const QString &dataDir, const LedgerLimits &limits)
{
    if (auto ready = prepareFolder(dataDir); !ready)
        return fail(ready.error());
    auto parts = std::make_unique<Private>(limits);
    if (auto opened = parts->open(QDir(dataDir).filePath(QStringLiteral("ledger.sqlite"))); !opened)
        return fail(opened.error());
    return std::unique_ptr<Ledger>(new Ledger(std::move(parts)));
}

Ledger::Ledger(std::unique_ptr<Private> parts)
    : d(std::move(parts))
{
    Store *store = d->store.get();
    connect(store, &Store::rowsWritten, this, &Ledger::rowsWritten);
    connect(store, &Store::writeFailed, this, &Ledger::writeFailed);
    // On the storage thread itself: the store is the context.
    connect(store, &Store::changedElsewhere, store, [parts = d.get()] {
        if (const auto loaded = parts->loadLists(); !loaded)
            qCWarning(lcStorage) << "apps could not be read again:" << loaded.error().message().constData();
    });
}

Ledger::~Ledger() = default;

void Ledger::append(LedgerRecord record)
{
    switch (d->queue.push(std::move(record))) {
    case RecordQueue::Wake::None:
        return;
    case RecordQueue::Wake::Soon:
        QMetaObject::invokeMethod(d->store.get(), &Store::writeSoon, Qt::QueuedConnection);
        return;
    case RecordQueue::Wake::Now:
        QMetaObject::invokeMethod(d->store.get(), &Store::writeNow, Qt::QueuedConnection);
        return;
    }
}

void Ledger::flush(QObject *context, std::function<void()> done)
{
    d->query<void>(
        context, [done = std::move(done)](const Result<void> &) { done(); },
        [store = d->store.get()]() -> Result<void> {
            store->flush();
            return {};
        });
}

void Ledger::summary(const SummaryQuery &query, QObject *context, Callback<std::vector<SummaryRow>> done)
{
    d->query<std::vector<SummaryRow>>(
        context, std::move(done), [store = d->store.get(), query] { return store->reader().summary(query); });
}

void Ledger::log(const LogQuery &query, QObject *context, Callback<std::vector<LedgerRecord>> done)
{
    d->query<std::vector<LedgerRecord>>(
        context, std::move(done), [store = d->store.get(), query] { return store->reader().log(query); });
}

void Ledger::find(const QByteArray &requestId, QObject *context, Callback<std::optional<LedgerRecord>> done)
{
    d->query<std::optional<LedgerRecord>>(context, std::move(done), [store = d->store.get(), requestId] {
        return store->reader().find(requestId);
    });
}

std::vector<AppRecord> Ledger::apps() const
{
    const std::scoped_lock lock(d->listsMutex);
    return d->apps;
}

void Ledger::refreshApps(QObject *context, Callback<void> done)
{
    d->query<void>(context, std::move(done), [parts = d.get()] { return parts->loadLists(); });
}

void Ledger::sawApp(const QByteArray &name, qint64 atMs)
{
    {
        const std::scoped_lock lock(d->listsMutex);
        const auto app = std::find_if(
            d->apps.begin(), d->apps.end(), [&](const AppRecord &record) { return record.name == name; });
        if (app == d->apps.end())
            return;
        app->lastSeenMs = std::max(app->lastSeenMs, atMs);
    }
    QMetaObject::invokeMethod(
        d->store.get(),
        [store = d->store.get(), name, atMs] {
            if (const auto noted = store->apps().saw(name, atMs); !noted)
                qCInfo(lcStorage) << "not noted when" << name
                                  << "was seen:" << noted.error().message().constData();
        },
        Qt::QueuedConnection);
}

void Ledger::saveApp(const AppRecord &app, QObject *context, Callback<void> done)
{
    d->query<void>(context, std::move(done), [parts = d.get(), app] {
        return parts->thenLoadLists(parts->store->apps().save(app));
    });
}

void Ledger::removeApp(const QByteArray &name, QObject *context, Callback<void> done)
{
    d->query<void>(context, std::move(done), [parts = d.get(), name] {
        return parts->thenLoadLists(parts->store->apps().remove(name));
    });
}

std::vector<ControlRecord> Ledger::controls() const
{
    const std::scoped_lock lock(d->listsMutex);
    return d->controls;
}

void Ledger::saveControl(const ControlRecord &control, QObject *context, Callback<void> done)
{
    d->query<void>(context, std::move(done), [parts = d.get(), control] {
        return parts->thenLoadLists(parts->store->controls().save(control));
    });
}

void Ledger::removeControl(
    ControlRecord::Kind kind, const QByteArray &app, QObject *context, Callback<void> done)
{
    d->query<void>(context, std::move(done), [parts = d.get(), kind, app] {
        return parts->thenLoadLists(parts->store->controls().remove(kind, app));
    });
}

} // namespace fairlead::storage

// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/KeychainStore.h"

#include "base/Ids.h"
#include "secrets/SecretService.h"

#include <QAbstractEventDispatcher>

#include <qt6keychain/keychain.h>

#include <unordered_set>

namespace fairlead::secrets {

namespace {

constexpr auto kLocked = "The keyring is locked: unlock it (sign in to the desktop, or open its password "
                         "manager), then try again";

constexpr auto kClosed = "The key store was closed";

bool isKde()
{
    return qgetenv("XDG_CURRENT_DESKTOP").toUpper().split(':').contains("KDE");
}

/// libsecret answers through GLib's main loop; without one its calls would never end.
bool canHearTheKeychain()
{
#if defined(Q_OS_LINUX)
    const auto *dispatcher = QAbstractEventDispatcher::instance();
    return isKde() || (dispatcher && dispatcher->inherits("QEventDispatcherGlib"));
#else
    return true;
#endif
}

QString keychainName()
{
#if defined(Q_OS_MACOS)
    return QStringLiteral("macOS Keychain");
#elif defined(Q_OS_WIN)
    return QStringLiteral("Windows Credential Manager");
#else
    return isKde() ? QStringLiteral("KWallet") : QStringLiteral("Secret Service keyring");
#endif
}

/// What one question to the keychain came to.
struct Outcome {
    Result<> status;
    QByteArray data;
    bool locked = false;
};

Result<> statusOf(const QKeychain::Job &job)
{
    const QByteArray words = job.errorString().toUtf8();
    switch (job.error()) {
    case QKeychain::NoError:
        return {};
    case QKeychain::EntryNotFound:
        return fail(
            ErrorKind::NotFound, "There is no key named \"" + job.key().toUtf8() + "\" in the keychain");
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser:
        return fail(ErrorKind::Denied, "The keychain refused access: " + words);
    case QKeychain::CouldNotDeleteEntry:
    case QKeychain::NoBackendAvailable:
    case QKeychain::NotImplemented:
    case QKeychain::OtherError:
        break;
    }
    // QtKeychain 0.13 reports "no D-Bus", "no service" and the like all as OtherError.
    return fail(ErrorKind::Unavailable, "No keychain answered: " + words);
}

} // namespace

/// The questions under way, each with its time limit. Neither a QtKeychain job nor a D-Bus call can be called
/// off: one that is late is left to end by itself (it deletes itself), and nobody listens any more.
class KeychainStore::Jobs
{
public:
    using Self = std::shared_ptr<Jobs>;

    Jobs(Clock &clock, milliseconds limit, QString serviceName)
        : service(std::move(serviceName))
        , m_clock(clock)
        , m_limit(limit)
    { }

    static Task<Result<Secret>> read(Self self, QString name);
    static Task<Result<>> write(Self self, QString name, Secret value);
    static Task<Result<>> remove(Self self, QString name);
    static Task<Result<>> reach(Self self);
    static Task<Result<>> probe(Self self);

    void close();

    const QString service;

private:
    struct Pending {
        Promise<Outcome> outcome;
        TimerHandle timer;
    };
    using Question = std::shared_ptr<Pending>;

    static Task<Outcome> answer(Self self, Question question);
    static Task<Outcome> run(Self self, QKeychain::Job *job);
    static Task<Result<>> checkUnlocked(Self self, QString name);
    static Task<> askLocked(Question question, QString service, QString name);

    Clock &m_clock;
    milliseconds m_limit;
    bool m_closed = false;
    std::unordered_set<Question> m_pending;
};

/// Waits for what resolves the question, the time limit or the end of the store, whichever is first.
Task<Outcome> KeychainStore::Jobs::answer(Self self, Question question)
{
    self->m_pending.insert(question);
    question->timer = self->m_clock.after(self->m_limit, [question, limit = self->m_limit] {
        Outcome late;
        late.status = fail(
            ErrorKind::TimedOut, "The keychain did not answer within "
                                     + QByteArray::number(qlonglong(limit.count() / 1000))
                                     + " s; perhaps it waits for an answer from you");
        question->outcome.resolve(std::move(late));
    });
    Outcome outcome = co_await question->outcome.wait();
    question->timer.cancel();
    self->m_pending.erase(question);
    co_return outcome;
}

Task<Outcome> KeychainStore::Jobs::run(Self self, QKeychain::Job *job)
{
    if (self->m_closed || !canHearTheKeychain()) {
        delete job;
        Outcome refused;
        if (self->m_closed)
            refused.status = fail(ErrorKind::Cancelled, kClosed);
        else
            refused.status = fail(
                ErrorKind::Unavailable, "No keychain answers without GLib's event loop (QT_NO_GLIB is set)");
        co_return refused;
    }
    const auto question = std::make_shared<Pending>();
    QObject::connect(job, &QKeychain::Job::finished, job, [question](QKeychain::Job *done) {
        Outcome finished;
        finished.status = statusOf(*done);
        if (const auto *read = qobject_cast<QKeychain::ReadPasswordJob *>(done))
            finished.data = read->binaryData();
        question->outcome.resolve(std::move(finished));
    });
    job->start();
    Outcome outcome = co_await answer(self, question);
    co_return outcome;
}

Task<> KeychainStore::Jobs::askLocked(Question question, QString service, QString name)
{
    const bool locked = co_await isLockedAway(service, name);
    Outcome known;
    known.locked = locked;
    question->outcome.resolve(std::move(known));
}

/// Denied if the entry is, or may be, behind a lock.
Task<Result<>> KeychainStore::Jobs::checkUnlocked(Self self, QString name)
{
    if (self->m_closed)
        co_return fail(ErrorKind::Cancelled, kClosed);
    const auto question = std::make_shared<Pending>();
    askLocked(question, self->service, name);
    const Outcome outcome = co_await answer(self, question);
    if (outcome.locked)
        co_return fail(ErrorKind::Denied, kLocked);
    co_return outcome.status;
}

void KeychainStore::Jobs::close()
{
    m_closed = true;
    // Each resolve() resumes a waiter, which takes itself out of the set.
    const auto all = m_pending;
    for (const auto &pending : all) {
        Outcome closed;
        closed.status = fail(ErrorKind::Cancelled, kClosed);
        pending->outcome.resolve(std::move(closed));
    }
}

Task<Result<Secret>> KeychainStore::Jobs::read(Self self, QString name)
{
    const Result<> unlocked = co_await checkUnlocked(self, name);
    if (!unlocked)
        co_return fail(unlocked.error());
    auto *job = new QKeychain::ReadPasswordJob(self->service);
    job->setKey(name);
    Outcome outcome = co_await run(self, job);
    if (!outcome.status)
        co_return fail(outcome.status.error());
    co_return Secret(std::move(outcome.data));
}

Task<Result<>> KeychainStore::Jobs::write(Self self, QString name, Secret value)
{
    if (const auto fits = checkEntry(name, value); !fits)
        co_return fits;
    auto *job = new QKeychain::WritePasswordJob(self->service);
    job->setKey(name);
    // As text, so that the desktop's own password manager and secret-tool show and take the same key.
    job->setTextData(QString::fromUtf8(value.reveal()));
    const Outcome outcome = co_await run(self, job);
    if (!outcome.status)
        co_return outcome.status;
    // QtKeychain 0.13 reports success when the user dismissed the prompt to unlock; only reading back tells.
    const auto stored = co_await read(self, name);
    if (!stored)
        co_return fail(stored.error().in("The key was not stored"));
    if (!stored->equals(value.reveal()))
        co_return fail(ErrorKind::Unavailable, "The keychain did not keep the key as it was given");
    co_return Result<>();
}

Task<Result<>> KeychainStore::Jobs::remove(Self self, QString name)
{
    auto *job = new QKeychain::DeletePasswordJob(self->service);
    job->setKey(name);
    const Outcome outcome = co_await run(self, job);
    if (!outcome.status && outcome.status.error().kind() != ErrorKind::NotFound)
        co_return outcome.status;
    // As in write(): a dismissed prompt looks like success.
    const Result<> unlocked = co_await checkUnlocked(self, name);
    co_return unlocked;
}

Task<Result<>> KeychainStore::Jobs::reach(Self self)
{
    const auto nothing = co_await read(self, QStringLiteral("self-test"));
    if (nothing || nothing.error().kind() == ErrorKind::NotFound)
        co_return Result<>();
    co_return fail(nothing.error());
}

Task<Result<>> KeychainStore::Jobs::probe(Self self)
{
    const QString name = QStringLiteral("self-test ") + QString::fromLatin1(randomToken(12));
    const Result<> unlocked = co_await checkUnlocked(self, name);
    if (!unlocked)
        co_return unlocked;
    const Secret token(QByteArrayLiteral("works"));
    const auto written = co_await write(self, name, token);
    if (!written)
        co_return written;
    const auto removed = co_await remove(self, name);
    if (!removed)
        co_return removed;
    const auto gone = co_await read(self, name);
    if (gone)
        co_return fail(ErrorKind::Unavailable, "The keychain does not forget what it is told to");
    co_return Result<>();
}

KeychainStore::KeychainStore(Clock &clock, milliseconds limit, QString service)
    : m_jobs(std::make_shared<Jobs>(clock, limit, std::move(service)))
{ }

KeychainStore::~KeychainStore()
{
    m_jobs->close();
}

Task<Result<>> KeychainStore::reach()
{
    return Jobs::reach(m_jobs);
}

Task<Result<>> KeychainStore::probe()
{
    return Jobs::probe(m_jobs);
}

Task<Result<Secret>> KeychainStore::read(QString name)
{
    return Jobs::read(m_jobs, std::move(name));
}

Task<Result<>> KeychainStore::write(QString name, Secret value)
{
    return Jobs::write(m_jobs, std::move(name), std::move(value));
}

Task<Result<>> KeychainStore::remove(QString name)
{
    return Jobs::remove(m_jobs, std::move(name));
}

StoreInfo KeychainStore::info() const
{
    StoreInfo info;
    info.kind = StoreInfo::Kind::Keychain;
    info.persistent = true;
    info.name = keychainName();
    return info;
}

} // namespace fairlead::secrets

// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/KeyRing.h"

#include "base/Clock.h"
#include "base/Logging.h"
#include "secrets/KeychainStore.h"
#include "secrets/MemoryStore.h"

#include <algorithm>

namespace fairlead::secrets {

namespace {

using Source = KeyRef::Source;
using State = KeyStatus::State;

State stateOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::NotFound:
        return State::Missing;
    case ErrorKind::Denied:
        return State::Locked;
    case ErrorKind::Invalid:
    case ErrorKind::Unavailable:
    case ErrorKind::TimedOut:
    case ErrorKind::Cancelled:
    case ErrorKind::TooLarge:
    case ErrorKind::Protocol:
    case ErrorKind::Internal:
        break;
    }
    return State::Unavailable;
}

} // namespace

class KeyRing::Private
{
public:
    using Self = std::shared_ptr<Private>;

    /// What is known of one name.
    struct Entry {
        State state = State::Reading;
        Secret secret;
        QString detail;
    };

    Private(KeyRing *ring, std::unique_ptr<SecretStore> first)
        : q(ring)
        , store(std::move(first))
    {
        if (!store)
            store = std::make_unique<KeychainStore>(clock);
    }

    static Task<> probe(Self self);
    static Task<> read(Self self, QString name, quint64 ticket);
    static Task<Result<KeyRef>> add(Self self, QByteArray provider, QString name, Secret value);
    static Task<Result<>> remove(Self self, QByteArray provider, KeyRef ref);
    static Task<bool> whenProbed(Self self);

    static void readMissing(const Self &self) { readWanted(self, false); }
    static void readWanted(const Self &self, bool again);
    void readEnvironment();
    void announce();
    [[nodiscard]] Entry entryOf(const KeyRef &ref) const;
    [[nodiscard]] Entry entryFor(const Result<Secret> &result) const;
    [[nodiscard]] bool wantsKeychain() const;
    void putFirst(const QByteArray &provider, const KeyRef &ref);

    KeyRing *q; ///< null once the ring is gone: then nothing more is touched
    SystemClock clock; // before the store, which uses it to the end
    std::unique_ptr<SecretStore> store;
    QHash<QByteArray, std::vector<KeyRef>> wanted;
    QHash<QString, Entry> keychain;
    QHash<QString, Entry> environment;
    QHash<QString, quint64> reading; ///< by name: the read whose result counts
    quint64 lastTicket = 0;
    bool probed = false;
    bool announcing = false;
    std::vector<std::shared_ptr<Promise<bool>>> waitingForProbe;
};

Task<> KeyRing::Private::probe(Self self)
{
    const Result<> works = co_await self->store->reach();
    if (self->q && !works && works.error().kind() != ErrorKind::Denied) {
        // Not said silently: storeInfo() carries the reason to the window and to `doctor`.
        qCWarning(lcSecrets, "Keys are kept in memory only: %s", works.error().message().constData());
        self->store = std::make_unique<MemoryStore>(QString::fromUtf8(works.error().message()));
    }
    self->probed = true;
    if (self->q)
        readMissing(self);
    const auto waiting = std::exchange(self->waitingForProbe, {});
    for (const auto &promise : waiting)
        promise->resolve(self->q != nullptr);
}

/// False if the ring has gone meanwhile.
Task<bool> KeyRing::Private::whenProbed(Self self)
{
    if (self->probed)
        co_return self->q != nullptr;
    const auto promise = std::make_shared<Promise<bool>>();
    self->waitingForProbe.push_back(promise);
    const bool alive = co_await promise->wait();
    co_return alive;
}

/// Reads the wanted keychain keys that are not loaded; with `again` the loaded ones too, which stay in use
/// meanwhile.
void KeyRing::Private::readWanted(const Self &self, bool again)
{
    if (!self->probed)
        return;
    QStringList names;
    for (const auto &refs : std::as_const(self->wanted)) {
        for (const KeyRef &ref : refs) {
            const bool needed = ref.source == Source::Keychain
                                && (again || self->keychain.value(ref.name).state != State::Loaded)
                                && !self->reading.contains(ref.name);
            if (!needed)
                continue;
            self->reading.insert(ref.name, ++self->lastTicket);
            names.append(ref.name);
        }
    }
    for (const QString &name : std::as_const(names))
        read(self, name, self->reading.value(name));
    self->announce();
}

Task<> KeyRing::Private::read(Self self, QString name, quint64 ticket)
{
    const Result<Secret> result = co_await self->store->read(name);
    if (!self->q || self->reading.value(name) != ticket)
        co_return; // the ring is gone, or the key was stored or removed meanwhile
    self->reading.remove(name);
    self->keychain.insert(name, self->entryFor(result));
    if (self->reading.isEmpty())
        self->announce();
}

KeyRing::Private::Entry KeyRing::Private::entryFor(const Result<Secret> &result) const
{
    Entry entry;
    if (result) {
        entry.state = State::Loaded;
        entry.secret = *result;
        return entry;
    }
    entry.state = stateOf(result.error().kind());
    entry.detail = QString::fromUtf8(result.error().message());
    const StoreInfo info = store->info();
    if (entry.state == State::Missing && info.kind == StoreInfo::Kind::Memory && !info.reason.isEmpty()) {
        entry.state = State::Unavailable;
        entry.detail
            = info.reason
              + QStringLiteral(". Enter the key again for this run, or name an environment variable.");
    }
    return entry;
}

void KeyRing::Private::readEnvironment()
{
    environment.clear();
    for (const auto &refs : std::as_const(wanted)) {
        for (const KeyRef &ref : refs) {
            if (ref.source != Source::Environment || environment.contains(ref.name))
                continue;
            Entry entry;
            entry.secret = fromEnvironment(ref.name);
            entry.state = entry.secret.isEmpty() ? State::Missing : State::Loaded;
            if (entry.state == State::Missing)
                entry.detail
                    = QStringLiteral("The environment variable %1 is not set or empty").arg(ref.name);
            environment.insert(ref.name, entry);
        }
    }
}

/// Queued, so that nobody is called back inside his own call, and once for many changes.
void KeyRing::Private::announce()
{
    if (announcing)
        return;
    announcing = true;
    QMetaObject::invokeMethod(
        q,
        [this] {
            announcing = false;
            Q_EMIT q->changed();
        },
        Qt::QueuedConnection);
}

KeyRing::Private::Entry KeyRing::Private::entryOf(const KeyRef &ref) const
{
    return ref.source == Source::Environment ? environment.value(ref.name) : keychain.value(ref.name);
}

bool KeyRing::Private::wantsKeychain() const
{
    const auto isKeychain = [](const KeyRef &ref) { return ref.source == Source::Keychain; };
    return std::any_of(wanted.begin(), wanted.end(), [isKeychain](const std::vector<KeyRef> &refs) {
        return std::any_of(refs.begin(), refs.end(), isKeychain);
    });
}

void KeyRing::Private::putFirst(const QByteArray &provider, const KeyRef &ref)
{
    std::vector<KeyRef> &refs = wanted[provider];
    refs.erase(std::remove(refs.begin(), refs.end(), ref), refs.end());
    const auto first = std::find_if(
        refs.begin(), refs.end(), [](const KeyRef &other) { return other.source == Source::Keychain; });
    refs.insert(first, ref);
}

Task<Result<KeyRef>> KeyRing::Private::add(Self self, QByteArray provider, QString name, Secret value)
{
    const bool ready = co_await whenProbed(self);
    if (!ready)
        co_return fail(ErrorKind::Cancelled, "The key store was closed");
    KeyRef ref;
    ref.name = name.isEmpty() ? QString::fromUtf8(provider) : name;
    const Result<> written = co_await self->store->write(ref.name, value);
    if (!written)
        co_return fail(written.error());
    if (!self->q)
        co_return ref;
    Entry entry;
    entry.state = State::Loaded;
    entry.secret = value;
    self->reading.remove(ref.name);
    self->keychain.insert(ref.name, entry);
    self->putFirst(provider, ref);
    // Whoever wrote may have had to unlock the keyring for it: what was locked is read again.
    readMissing(self);
    co_return ref;
}

Task<Result<>> KeyRing::Private::remove(Self self, QByteArray provider, KeyRef ref)
{
    if (ref.source == Source::Environment)
        co_return fail(
            ErrorKind::Invalid,
            "This key comes from the environment variable " + ref.name.toUtf8() + ": unset it there");
    const bool ready = co_await whenProbed(self);
    if (!ready)
        co_return fail(ErrorKind::Cancelled, "The key store was closed");
    const Result<> removed = co_await self->store->remove(ref.name);
    if (!removed || !self->q)
        co_return removed;
    self->reading.remove(ref.name);
    self->keychain.remove(ref.name);
    std::vector<KeyRef> &refs = self->wanted[provider];
    refs.erase(std::remove(refs.begin(), refs.end(), ref), refs.end());
    readMissing(self);
    co_return removed;
}

KeyRing::KeyRing(std::unique_ptr<SecretStore> store, QObject *parent)
    : QObject(parent)
    , d(std::make_shared<Private>(this, std::move(store)))
{
    Private::probe(d);
}

KeyRing::~KeyRing()
{
    d->q = nullptr;
    d->store.reset(); // what is under way ends with Cancelled
}

void KeyRing::setWanted(const QHash<QByteArray, std::vector<KeyRef>> &wanted)
{
    d->wanted = wanted;
    d->readEnvironment();
    Private::readMissing(d);
    d->announce();
}

void KeyRing::refresh()
{
    Private::readWanted(d, true);
}

KeySnapshot KeyRing::snapshot() const
{
    KeySnapshot snapshot;
    for (auto it = d->wanted.cbegin(); it != d->wanted.cend(); ++it) {
        std::vector<LoadedKey> loaded;
        for (const KeyRef &ref : it.value()) {
            const Private::Entry entry = d->entryOf(ref);
            if (entry.state == State::Loaded)
                loaded.push_back({ref, entry.secret, {}});
        }
        if (!loaded.empty())
            snapshot.insert(it.key(), std::move(loaded));
    }
    return snapshot;
}

std::vector<KeyStatus> KeyRing::status() const
{
    QList<QByteArray> providers = d->wanted.keys();
    std::sort(providers.begin(), providers.end());
    std::vector<KeyStatus> all;
    for (const QByteArray &provider : std::as_const(providers)) {
        for (const KeyRef &ref : d->wanted.value(provider)) {
            const Private::Entry entry = d->entryOf(ref);
            KeyStatus status;
            status.provider = provider;
            status.ref = ref;
            status.state = entry.state;
            if (entry.state == State::Loaded)
                status.hint = QString::fromUtf8(entry.secret.hint());
            status.detail = entry.detail;
            all.push_back(std::move(status));
        }
    }
    return all;
}

StoreInfo KeyRing::storeInfo() const
{
    return d->store->info();
}

bool KeyRing::isSettled() const
{
    return d->reading.isEmpty() && (d->probed || !d->wantsKeychain());
}

Task<Result<KeyRef>> KeyRing::store(QByteArray provider, QString name, Secret value)
{
    return Private::add(d, std::move(provider), std::move(name), std::move(value));
}

Task<Result<>> KeyRing::remove(QByteArray provider, KeyRef ref)
{
    return Private::remove(d, std::move(provider), std::move(ref));
}

} // namespace fairlead::secrets

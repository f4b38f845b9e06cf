// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "secrets/SecretStore.h"

#include <QHash>
#include <QObject>

#include <memory>
#include <vector>

namespace fairlead::secrets {

/// Where one key comes from, as the config writes it: {"keychain": "name"} or {"env": "NAME"}.
struct KeyRef {
    enum class Source { Keychain, Environment };
    Source source = Source::Keychain;
    QString name;
    bool operator==(const KeyRef &) const = default;
};

/// One loaded key of one provider.
struct LoadedKey {
    KeyRef ref;
    Secret secret;
    /// Providers whose key this plainly is instead: then it is not sent. Filled in by whoever knows their
    /// looks.
    std::vector<QByteArray> looksLike;
};

/// What the gateway thread gets: every key there is, by provider id, in the order to try them. A value;
/// secrets share their buffers.
using KeySnapshot = QHash<QByteArray, std::vector<LoadedKey>>;

/// State of one configured key, for people. No secret in it.
struct KeyStatus {
    enum class State { Reading, Loaded, Missing, Locked, Unavailable };
    QByteArray provider;
    KeyRef ref;
    State state = State::Reading;
    QString hint; ///< "sk-…9f2c"
    QString detail; ///< what to do, if not loaded
};

/// All keys of the program, read once at start (one read per key and run, coalesced) and handed out as
/// snapshots. Lives on the main thread. Falls back to memory when no keychain works, and says so through
/// storeInfo().
class KeyRing : public QObject
{
    Q_OBJECT
public:
    /// `store` is the first choice; nullptr = the OS keychain. If it does not answer, keys
    /// are kept in memory and storeInfo() says why.
    explicit KeyRing(std::unique_ptr<SecretStore> store = nullptr, QObject *parent = nullptr);
    ~KeyRing() override;

    /// Which keys are wanted, per provider, in order. Reads those not read yet, and again those that were
    /// missing, locked or out of reach; `changed` follows, always at least once. What the environment holds
    /// is there at once.
    void setWanted(const QHash<QByteArray, std::vector<KeyRef>> &wanted);
    /// Reads every wanted keychain key again, because another process has stored or removed some; `changed`
    /// follows.
    void refresh();
    [[nodiscard]] KeySnapshot snapshot() const;
    [[nodiscard]] std::vector<KeyStatus> status() const;
    [[nodiscard]] StoreInfo storeInfo() const;
    /// False until every wanted key has been read or given up.
    [[nodiscard]] bool isSettled() const;

    /// Stores a key under a name (default: the provider's id) and makes it the provider's first keychain key.
    /// In memory only if that is what storeInfo() says.
    [[nodiscard]] Task<Result<KeyRef>> store(QByteArray provider, QString name, Secret value);
    /// Removes a key from the keychain and from this provider's keys; others that name the same entry will
    /// miss it.
    [[nodiscard]] Task<Result<>> remove(QByteArray provider, KeyRef ref);

Q_SIGNALS:
    void changed();

private:
    class Private;
    std::shared_ptr<Private> d; ///< shared with the running operations, which may outlive this
};

} // namespace fairlead::secrets

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "base/Secret.h"
#include "base/Task.h"

#include <QObject>
#include <QString>

namespace fairlead::secrets {

/// Where keys are kept, in words for the user.
struct StoreInfo {
    enum class Kind { Keychain, Memory, Environment };
    Kind kind = Kind::Memory;
    bool persistent = false;
    QString name;    ///< "GNOME Keyring / Secret Service", "memory only"
    QString reason;  ///< why this one, when it is not the first choice: "No keychain answered: ..."
};

/// One place to keep secrets by name. Asynchronous, one thread (the main one: QtKeychain's jobs live there). Every
/// operation ends: on success, on error, or after the store's own time limit (a keyring prompt nobody answers).
///
/// Errors: NotFound = no such entry; Denied = the user refused or the keyring is locked; Unavailable = there is no working
/// store; TimedOut = it did not answer.
class SecretStore
{
public:
    SecretStore() = default;
    virtual ~SecretStore() = default;
    Q_DISABLE_COPY_MOVE(SecretStore)

    [[nodiscard]] virtual Task<Result<Secret>> read(QString name) = 0;
    [[nodiscard]] virtual Task<Result<>> write(QString name, Secret value) = 0;
    [[nodiscard]] virtual Task<Result<>> remove(QString name) = 0;
    [[nodiscard]] virtual StoreInfo info() const = 0;
};

/// The OS keychain through QtKeychain. `probe()` proves by a write, read and delete of a throw-away entry that it works;
/// there is never a silent plain-text fallback (QtKeychain's insecure fallback stays off).
class KeychainStore;
/// In this process only; forgotten at exit.
class MemoryStore;

} // namespace fairlead::secrets

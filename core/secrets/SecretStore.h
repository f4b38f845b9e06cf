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
    QString name; ///< "GNOME Keyring / Secret Service", "memory only"
    QString reason; ///< why this one, when it is not the first choice: "No keychain answered: ..."
};

/// One place to keep secrets by name. Asynchronous, one thread (the main one: QtKeychain's jobs live there).
/// Every operation ends: on success, on error, after the store's own time limit (a keyring prompt nobody
/// answers), or with Cancelled when the store is destroyed.
///
/// Errors: NotFound = no such entry; Denied = the user refused or the keyring is locked; Unavailable = there
/// is no working store; TimedOut = it did not answer; Invalid = no store could keep that.
class SecretStore
{
public:
    SecretStore() = default;
    virtual ~SecretStore() = default;
    Q_DISABLE_COPY_MOVE(SecretStore)

    /// Whether the store answers, found out by reading alone. Never asks the user anything, so this is what
    /// runs at every start: a locked keyring is Denied, and one that does not exist yet is fine (the first
    /// write makes it).
    [[nodiscard]] virtual Task<Result<>> reach() = 0;
    /// Proves that the store works by writing, reading and removing an entry. Where the user has no keyring
    /// yet, writing makes the desktop ask for a password: only called because the user asked.
    [[nodiscard]] virtual Task<Result<>> probe() = 0;
    /// Never asks the user anything either, so it may run in the background.
    [[nodiscard]] virtual Task<Result<Secret>> read(QString name) = 0;
    /// May make the keychain ask the user to unlock it: only called because the user asked for it. Replaces.
    [[nodiscard]] virtual Task<Result<>> write(QString name, Secret value) = 0;
    /// As write(). To remove what is not there is no error.
    [[nodiscard]] virtual Task<Result<>> remove(QString name) = 0;
    [[nodiscard]] virtual StoreInfo info() const = 0;
};

/// What a store takes: a name, and UTF-8 text without control characters, which is what fits into a header.
[[nodiscard]] Result<> checkEntry(QStringView name, const Secret &value);

/// The key in this environment variable, without white space around it; empty if there is none. "A:B:C" are
/// variables whose values are joined with ':', the last of which may be missing; "@A" is one with the path of
/// a file that holds the key.
[[nodiscard]] Secret fromEnvironment(const QString &variable);

/// A key that is a JSON object (Google's credentials) without its line breaks, which no store takes; any
/// other key as it is.
[[nodiscard]] Secret inOneLine(Secret key);

} // namespace fairlead::secrets

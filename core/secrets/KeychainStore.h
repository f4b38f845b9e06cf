// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "secrets/SecretStore.h"

#include <memory>

namespace fairlead::secrets {

/// The OS keychain through QtKeychain: Secret Service, KWallet, macOS Keychain, Windows Credential Manager.
/// There is never a silent plain-text fallback (QtKeychain's insecure fallback stays off). On Linux it needs
/// GLib's event loop on its thread, which Qt runs unless QT_NO_GLIB is set.
class KeychainStore final : public SecretStore
{
public:
    static constexpr milliseconds kLimit{30'000};

    explicit KeychainStore(
        Clock &clock, milliseconds limit = kLimit, QString service = QStringLiteral("fairlead"));
    ~KeychainStore() override;

    /// Writes, reads and deletes a throw-away entry.
    [[nodiscard]] Task<Result<>> reach() override;
    [[nodiscard]] Task<Result<>> probe() override;
    [[nodiscard]] Task<Result<Secret>> read(QString name) override;
    [[nodiscard]] Task<Result<>> write(QString name, Secret value) override;
    [[nodiscard]] Task<Result<>> remove(QString name) override;
    [[nodiscard]] StoreInfo info() const override;

private:
    class Jobs;
    std::shared_ptr<Jobs> m_jobs; ///< shared with the running operations, which may outlive this
};

} // namespace fairlead::secrets

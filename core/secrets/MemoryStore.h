// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "secrets/SecretStore.h"

#include <QHash>

namespace fairlead::secrets {

/// In this process only; forgotten at exit.
class MemoryStore final : public SecretStore
{
public:
    /// `reason`: why this store and no keychain, for people.
    explicit MemoryStore(QString reason = {});

    [[nodiscard]] Task<Result<>> reach() override;
    [[nodiscard]] Task<Result<>> probe() override;
    [[nodiscard]] Task<Result<Secret>> read(QString name) override;
    [[nodiscard]] Task<Result<>> write(QString name, Secret value) override;
    [[nodiscard]] Task<Result<>> remove(QString name) override;
    [[nodiscard]] StoreInfo info() const override;

private:
    QString m_reason;
    QHash<QString, Secret> m_entries;
};

} // namespace fairlead::secrets

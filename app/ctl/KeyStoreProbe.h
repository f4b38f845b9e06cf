// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "secrets/SecretStore.h"
#include "json/Writer.h"

namespace fairlead::app {

/// Whether keys can be kept on this machine.
struct KeyStoreState {
    secrets::StoreInfo info;
    bool locked = false; ///< there is a keychain, and it wants to be unlocked first
    [[nodiscard]] bool keepsKeys() const { return info.persistent; }
    /// One line: where, and why there.
    [[nodiscard]] QByteArray words() const;
    void writeJson(json::Writer &writer) const;
};

/// Tries the OS keychain out with a throw-away entry; never asks the user anything.
[[nodiscard]] KeyStoreState probeKeyStore();

} // namespace fairlead::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Task.h"

#include <QString>

namespace fairlead::secrets {

/// Whether the keyring holds this entry, or may hold it, behind a lock. The Secret Service answers without
/// asking the user, which QtKeychain cannot: its read opens a prompt, and takes a dismissed one for "no such
/// entry". False where there is no Secret Service. Ends, at the latest by D-Bus's own limit of 25 s.
/// https://specifications.freedesktop.org/secret-service-spec/latest/
[[nodiscard]] Task<bool> isLockedAway(QString service, QString name);

} // namespace fairlead::secrets

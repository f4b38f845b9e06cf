// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "base/Secret.h"

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::providers {

/// RSASSA-PKCS1-v1_5 with SHA-256 (RS256 of RFC 7518 section 3.3) over `message`. The key is PEM, without a
/// password. The error says what is wrong with it and never shows it.
[[nodiscard]] Result<QByteArray> signRs256(const Secret &privateKeyPem, QByteArrayView message);

} // namespace fairlead::providers

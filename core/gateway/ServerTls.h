// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "config/Config.h"

#include <QSslConfiguration>
#include <QStringList>

namespace fairlead::gateway {

/// Reads the server's certificate and key; the error names the file and what is wrong with it.
[[nodiscard]] Result<QSslConfiguration> serverTls(const config::ServerConfig::Tls &files);
/// The names the certificate is for, without those with a star: as good as what the user typed.
[[nodiscard]] QStringList namesOf(const QSslConfiguration &tls);

} // namespace fairlead::gateway

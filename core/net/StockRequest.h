// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "net/RequestHead.h"

#include <QNetworkRequest>

namespace fairlead::net {

/// A request for Qt's own back end with its habits off: it follows no redirect (Qt would carry the
/// credentials along), keeps no cookies, cache or passwords, and leaves the body on its device, see
/// OneShotBody.
[[nodiscard]] QNetworkRequest
forStockBackend(const QNetworkRequest &request, const RequestFields &fields, qsizetype bodyBytes);

} // namespace fairlead::net

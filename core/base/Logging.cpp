// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Logging.h"

Q_LOGGING_CATEGORY(lcApp, "fairlead.app", QtInfoMsg)
Q_LOGGING_CATEGORY(lcHttp, "fairlead.http", QtInfoMsg)
Q_LOGGING_CATEGORY(lcNet, "fairlead.net", QtInfoMsg)
Q_LOGGING_CATEGORY(lcRoute, "fairlead.route", QtInfoMsg)
Q_LOGGING_CATEGORY(lcMeter, "fairlead.meter", QtInfoMsg)
Q_LOGGING_CATEGORY(lcStorage, "fairlead.storage", QtInfoMsg)
Q_LOGGING_CATEGORY(lcSecrets, "fairlead.secrets", QtInfoMsg)
Q_LOGGING_CATEGORY(lcGateway, "fairlead.gateway", QtInfoMsg)
Q_LOGGING_CATEGORY(lcUi, "fairlead.ui", QtInfoMsg)

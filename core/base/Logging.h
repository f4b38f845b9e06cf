// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>

// All categories of the program, on one page. Switch one on with QT_LOGGING_RULES="fairlead.net.debug=true".
// Bodies and keys are never logged; a request is named by its id.
Q_DECLARE_LOGGING_CATEGORY(lcApp) // start, stop, settings
Q_DECLARE_LOGGING_CATEGORY(lcHttp) // the local server
Q_DECLARE_LOGGING_CATEGORY(lcNet) // connections to providers
Q_DECLARE_LOGGING_CATEGORY(lcRoute) // targets, attempts, failover
Q_DECLARE_LOGGING_CATEGORY(lcMeter) // prices and usage
Q_DECLARE_LOGGING_CATEGORY(lcStorage) // the ledger
Q_DECLARE_LOGGING_CATEGORY(lcSecrets) // which store, never what is in it
Q_DECLARE_LOGGING_CATEGORY(lcGateway) // the life of a request
Q_DECLARE_LOGGING_CATEGORY(lcUi) // the window

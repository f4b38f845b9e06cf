// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QCoreApplication;

namespace fairlead::app {

/// English plural forms ("1 model", "2 models"), which the texts themselves leave open.
void installPlurals(QCoreApplication &application);

/// Qt's own words and ours in the user's language, where there are any.
void installTranslations(QCoreApplication &application);

} // namespace fairlead::app

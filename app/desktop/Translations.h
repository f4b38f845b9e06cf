// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QCoreApplication;

namespace fairlead::app {

/// Qt's own words and ours in the user's language, where there are any.
void installTranslations(QCoreApplication &application);

} // namespace fairlead::app

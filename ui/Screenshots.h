// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QString;

namespace fairlead::gateway {
class Gateway;
}

namespace fairlead::ui {

/// Writes `<dir>/<page>-<light|dark>.png` for every registered page, 1440 x 900, each filled with its demo
/// content. Spins the event loop until a page has settled or its patience ends. Returns 0, or 1 if a picture
/// could not be made.
[[nodiscard]] int renderScreenshots(gateway::Gateway &gateway, const QString &dir);

} // namespace fairlead::ui

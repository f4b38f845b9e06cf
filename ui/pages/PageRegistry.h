// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/Page.h"

#include <QString>

#include <vector>

namespace fairlead::ui {

/// One page of the window: where it stands in the list is where it stands in the rail, and its place is its
/// shortcut.
struct PageEntry {
    const char *id; ///< stable: `fairlead --page <id>`, settings, screenshots
    const char *title; ///< translated in the context "Pages"
    const char *icon; ///< in resources/icons
    Page *(*create)(const PageContext &context, QWidget *parent);

    [[nodiscard]] QString translatedTitle() const;
};

[[nodiscard]] const std::vector<PageEntry> &pageRegistry();

} // namespace fairlead::ui

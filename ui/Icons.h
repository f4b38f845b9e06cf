// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QPalette>
#include <QPixmap>
#include <QString>

class QColor;

namespace fairlead::ui::icons {

/// One of our icons by file name in resources/icons ("copy", "chevron-right"), drawn in the palette's text
/// colour at paint time, so that it follows light and dark. A desktop theme may bring its own as
/// "fairlead-<name>".
[[nodiscard]] QIcon icon(const QString &name, QPalette::ColorRole role = QPalette::WindowText);
/// The same, in one colour for good.
[[nodiscard]] QPixmap pixmap(const QString &name, const QColor &colour, int size, qreal devicePixelRatio);

} // namespace fairlead::ui::icons

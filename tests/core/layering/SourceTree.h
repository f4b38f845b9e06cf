// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>

#include <vector>

namespace fairlead::test {

struct SourceFile {
    QString path; ///< from the project's root: "core/base/Clock.h"
    QByteArray text;
};

/// Every file below these directories whose name ends so. Build directories and fetched packages are left
/// out.
[[nodiscard]] std::vector<SourceFile> sourceFiles(const QStringList &directories, const QStringList &endings);

/// The same text, as long, with comments blanked; with `strings` the contents of strings and characters too.
[[nodiscard]] QByteArray withoutComments(QByteArray code, bool strings);

[[nodiscard]] int lineAt(const QByteArray &text, qsizetype position);

} // namespace fairlead::test

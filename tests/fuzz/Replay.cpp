// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>

#include <cstdio>

/// Runs a fuzz target over files and folders of inputs: what libFuzzer found once stays found, with any
/// compiler.
int main(int count, char **arguments)
{
    int done = 0;
    const auto replay = [&done](const QString &path) {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly)) {
            std::fprintf(stderr, "cannot read %s\n", qPrintable(path));
            return false;
        }
        std::printf("%s\n", qPrintable(path)); // the last one named is the one that failed
        std::fflush(stdout);
        const QByteArray bytes = file.readAll();
        const std::vector<char> exact(bytes.begin(), bytes.end());
        fairlead::fuzz::checkInput(fairlead::fuzz::viewOf(exact));
        ++done;
        return true;
    };
    for (int i = 1; i < count; ++i) {
        const QString path = QFile::decodeName(arguments[i]);
        if (!QDir(path).exists()) {
            if (!replay(path))
                return 1;
            continue;
        }
        for (QDirIterator files(path, QDir::Files); files.hasNext();) {
            if (!replay(files.next()))
                return 1;
        }
    }
    std::printf("%d inputs\n", done);
    return done > 0 ? 0 : 1;
}

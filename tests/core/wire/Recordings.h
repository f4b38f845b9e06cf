// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/wire/Shared.h"

#include <QDir>
#include <QList>
#include <QTest>

#include <initializer_list>

namespace fairlead::test {

/// Rows `path` and `name` (provider/file) for every recorded body of that dialect with one of these endings:
/// the project's own small ones in tests/data, and the shared recordings where there are any.
inline void addRecordings(QByteArrayView dialect, std::initializer_list<QByteArrayView> endings)
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("name");
    const auto fits = [&](const QString &file) {
        for (const QByteArrayView ending : endings) {
            if (file.endsWith(QLatin1Char('.') + QString::fromLatin1(ending)))
                return true;
        }
        return false;
    };
    const QString own
        = QStringLiteral(FAIRLEAD_TEST_DATA "/") + QString::fromLatin1(dialect).replace(u'-', u'_');
    const QStringList ownFiles = QDir(own).entryList(QDir::Files, QDir::Name);
    for (const QString &file : ownFiles) {
        if (fits(file))
            QTest::newRow(qPrintable(file)) << own + QLatin1Char('/') + file << file;
    }
    QByteArray index = fileBytes(recordings() + QStringLiteral("/INDEX.tsv"));
    for (const QByteArray &line : index.split('\n')) {
        const QList<QByteArray> columns = line.split('\t');
        if (columns.size() < 8 || columns.at(2) != dialect)
            continue;
        const QString file = QString::fromUtf8(columns.at(0));
        if (fits(file))
            QTest::newRow(columns.at(0).constData()) << recordings() + QLatin1Char('/') + file << file;
    }
}

} // namespace fairlead::test

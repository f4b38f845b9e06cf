// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonDocument>
#include <QString>

/// The recordings shared between checkouts, where a machine has them. Tests that use them have small cases of
/// their own for machines that do not.
namespace fairlead::test {

/// The folder of the recordings; it may not exist.
inline QString recordings()
{
    const QString fromEnvironment = qEnvironmentVariable("FAIRLEAD_SHARED");
    if (!fromEnvironment.isEmpty())
        return fromEnvironment + QStringLiteral("/recordings");
    return QStringLiteral(FAIRLEAD_SOURCE_DIR "/../shared/recordings");
}

inline QByteArray fileBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// One spelling per JSON value, for comparisons by meaning; empty if it is no JSON.
inline QByteArray compactJson(const QByteArray &json)
{
    return QJsonDocument::fromJson(json).toJson(QJsonDocument::Compact);
}

} // namespace fairlead::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>
#include <QStandardPaths>

namespace fairlead::config {

namespace {

constexpr qint64 kLargestFile = 4 << 20;

tl::unexpected<Error> fileError(ErrorKind kind, const QString &path, const QString &what)
{
    return fail(kind, path.toUtf8() + ": " + what.toUtf8());
}

} // namespace

Result<Config> loadConfig(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return Config();
    if (QFileInfo(path).isDir())
        return fileError(ErrorKind::Invalid, path, QStringLiteral("is a directory, not a config file"));
    if (!file.open(QIODevice::ReadOnly))
        return fileError(ErrorKind::Denied, path, QStringLiteral("cannot be read: ") + file.errorString());
    const QByteArray text = file.read(kLargestFile + 1);
    if (text.size() > kLargestFile)
        return fileError(
            ErrorKind::TooLarge, path, QStringLiteral("is larger than 4 MiB and surely no config file"));
    auto config = parseConfig(text);
    if (!config)
        return fail(config.error().in(path.toUtf8()));
    return config;
}

Result<> saveConfig(const QString &path, const Config &config)
{
    if (!QDir().mkpath(QFileInfo(path).absolutePath()))
        return fileError(ErrorKind::Denied, path, QStringLiteral("its directory cannot be made"));
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return fileError(ErrorKind::Denied, path, QStringLiteral("cannot be written: ") + file.errorString());
    // No key is in it, but names of accounts and machines are nobody else's business.
    file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    file.write(formatConfig(config));
    if (!file.commit())
        return fileError(
            ErrorKind::Unavailable, path, QStringLiteral("cannot be written: ") + file.errorString());
    return {};
}

QString defaultConfigPath()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation)
           + QStringLiteral("/fairlead/config.json");
}

QString defaultDataDir()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation)
           + QStringLiteral("/fairlead");
}

} // namespace fairlead::config

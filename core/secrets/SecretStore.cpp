// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/SecretStore.h"

#include <QFile>

#include <algorithm>

namespace fairlead::secrets {

namespace {

constexpr qsizetype kLongestKey = 64 * 1024;

Secret fromFile(const QString &path)
{
    QFile file(path);
    if (path.isEmpty() || !file.open(QIODevice::ReadOnly) || file.size() > kLongestKey)
        return Secret();
    QByteArray text = file.read(kLongestKey).trimmed();
    return inOneLine(Secret(std::move(text)));
}

} // namespace

Result<> checkEntry(QStringView name, const Secret &value)
{
    const QByteArrayView text = value.reveal();
    const auto isControl = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (name.isEmpty())
        return fail(ErrorKind::Invalid, "A key needs a name");
    if (text.isEmpty())
        return fail(ErrorKind::Invalid, "The key is empty");
    if (text.size() > kLongestKey)
        return fail(ErrorKind::TooLarge, "The key is longer than 64 KiB: this is no key");
    if (std::any_of(text.begin(), text.end(), isControl) || !text.isValidUtf8())
        return fail(
            ErrorKind::Invalid, "The key holds characters that no key has: was something else pasted?");
    return {};
}

Secret fromEnvironment(const QString &variable)
{
    if (variable.startsWith(u'@'))
        return fromFile(qEnvironmentVariable(variable.mid(1).toLocal8Bit().constData()));
    const QStringList names = variable.split(u':');
    QByteArray text;
    for (qsizetype i = 0; i < names.size(); ++i) {
        const QByteArray value = qgetenv(names[i].toLocal8Bit().constData()).trimmed();
        if (value.isEmpty() && (i == 0 || i + 1 < names.size()))
            return Secret();
        if (value.isEmpty())
            break;
        text += (i > 0 ? ":" : "") + value;
    }
    return inOneLine(Secret(std::move(text)));
}

Secret inOneLine(Secret key)
{
    const QByteArrayView text = key.reveal();
    if (!text.startsWith('{'))
        return key;
    // Inside its strings JSON allows no such characters, so those that are there mean nothing.
    QByteArray line;
    line.reserve(text.size());
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x20)
            line += c;
    }
    return Secret(std::move(line));
}

} // namespace fairlead::secrets

// SPDX-License-Identifier: GPL-3.0-or-later
#include "secrets/SecretStore.h"

#include <algorithm>

namespace fairlead::secrets {

Result<> checkEntry(QStringView name, const Secret &value)
{
    constexpr qsizetype kLongestKey = 64 * 1024;
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
    QByteArray text = qgetenv(variable.toLocal8Bit().constData());
    return Secret(std::move(text).trimmed());
}

} // namespace fairlead::secrets

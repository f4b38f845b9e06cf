// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Fields.h"

namespace fairlead::wire::gemini {

namespace {

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

QByteArray snakeCase(QByteArrayView name)
{
    QByteArray spelled;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            spelled += '_';
            spelled += static_cast<char>(c - 'A' + 'a');
        } else {
            spelled += c;
        }
    }
    return spelled;
}

} // namespace

QByteArray camelCase(QByteArrayView name)
{
    QByteArray spelled;
    spelled.reserve(name.size());
    bool raise = false;
    for (const char c : name) {
        if (c == '_' && !spelled.isEmpty()) {
            raise = true;
            continue;
        }
        spelled += raise ? upper(c) : c;
        raise = false;
    }
    return spelled;
}

json::View field(json::View object, QByteArrayView name)
{
    const json::View found = object[name];
    return found.exists() ? found : object[snakeCase(name)];
}

} // namespace fairlead::wire::gemini

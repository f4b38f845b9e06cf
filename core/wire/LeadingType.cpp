// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/LeadingType.h"

#include <algorithm>

namespace fairlead::wire {

QByteArrayView leadingType(QByteArrayView json)
{
    constexpr QByteArrayView kStart("{\"type\":");
    if (!json.startsWith(kStart))
        return {};
    json = json.sliced(kStart.size());
    if (json.startsWith(' ')) // as Python writes it
        json = json.sliced(1);
    if (!json.startsWith('"'))
        return {};
    json = json.sliced(1);
    // With an escape in it, it is for the parser to read.
    const auto end = std::find_if(json.begin(), json.end(), [](char c) { return c == '"' || c == '\\'; });
    if (end == json.end() || *end != '"')
        return {};
    return json.first(end - json.begin());
}

} // namespace fairlead::wire

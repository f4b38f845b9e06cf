// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/KeyScrub.h"

namespace fairlead::providers {

void scrub(QByteArray &text, const Secret &key)
{
    // Shorter ones are words of the language by chance.
    constexpr qsizetype kShortestPart = 8;
    if (text.isEmpty() || key.isEmpty())
        return;
    // Keys of several parts (AWS) are joined with ':'; any of them may be repeated.
    QByteArrayView rest = key.reveal();
    while (!rest.isEmpty()) {
        const qsizetype colon = rest.indexOf(':');
        const QByteArrayView part = colon < 0 ? rest : rest.first(colon);
        if (part.size() >= kShortestPart && text.contains(part))
            text.replace(part, QByteArrayView("[key]"));
        rest = colon < 0 ? QByteArrayView() : rest.sliced(colon + 1);
    }
}

void scrub(chat::Failure &failure, const Secret &key)
{
    for (QByteArray *text :
         {&failure.message, &failure.type, &failure.code, &failure.param, &failure.requestId})
        scrub(*text, key);
}

} // namespace fairlead::providers

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/DataUrl.h"

namespace fairlead::wire::openai_chat {

bool splitDataUrl(QByteArrayView url, QByteArray &mediaType, QByteArray &base64)
{
    constexpr QByteArrayView scheme("data:");
    constexpr QByteArrayView encoding(";base64");
    if (!url.startsWith(scheme))
        return false;
    const qsizetype comma = url.indexOf(',');
    if (comma < 0)
        return false;
    QByteArrayView head = url.sliced(scheme.size(), comma - scheme.size());
    if (!head.endsWith(encoding))
        return false;
    head = head.chopped(encoding.size());
    const qsizetype parameters = head.indexOf(';');
    mediaType = (parameters < 0 ? head : head.first(parameters)).toByteArray();
    base64 = url.sliced(comma + 1).toByteArray();
    return true;
}

QByteArray dataUrl(QByteArrayView mediaType, QByteArrayView base64)
{
    QByteArray url;
    url.reserve(mediaType.size() + base64.size() + 16);
    url.append("data:").append(mediaType.data(), mediaType.size()).append(";base64,");
    return url.append(base64.data(), base64.size());
}

QByteArray audioFormat(QByteArrayView mediaType)
{
    const QByteArray kind = mediaType.sliced(mediaType.indexOf('/') + 1).toByteArray();
    if (kind == "mpeg")
        return QByteArrayLiteral("mp3");
    return kind.startsWith("x-") ? kind.mid(2) : kind;
}

QByteArray audioMediaType(QByteArrayView format)
{
    return format == QByteArrayView("mp3") ? QByteArrayLiteral("audio/mpeg")
                                           : "audio/" + format.toByteArray();
}

} // namespace fairlead::wire::openai_chat

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Media.h"

#include "wire/ToolMapping.h"

namespace fairlead::wire::gemini {

namespace {

using chat::MediaPart;

QByteArray mediaTypeOf(const MediaPart &part)
{
    if (!part.mediaType.isEmpty())
        return part.mediaType;
    return part.base64.isEmpty() ? mediaTypeOfUrl(part.url) : sniffMediaType(part.base64);
}

bool isUri(const QByteArray &id)
{
    return id.startsWith("https://") || id.startsWith("gs://");
}

} // namespace

MediaPart::Kind mediaKind(QByteArrayView mediaType)
{
    if (mediaType.startsWith("image/"))
        return MediaPart::Kind::Image;
    return mediaType.startsWith("audio/") ? MediaPart::Kind::Audio : MediaPart::Kind::File;
}

QByteArray mediaProblem(const MediaPart &part)
{
    if (!part.base64.isEmpty())
        return mediaTypeOf(part).isEmpty() ? QByteArray("its media type is not known") : QByteArray();
    if (!part.fileId.isEmpty())
        return isUri(part.fileId) ? QByteArray() : QByteArray("not a file of Google's");
    if (part.url.isEmpty())
        return "neither data nor a URL";
    return isUri(part.url) ? QByteArray()
                           : QByteArray("Gemini fetches https URLs only; send the data instead");
}

void writeMedia(const MediaPart &part, json::Writer &writer)
{
    const QByteArray mediaType = mediaTypeOf(part);
    writer.beginObject();
    if (!part.base64.isEmpty()) {
        writer.key("inlineData").beginObject();
        writer.member("mimeType", mediaType).member("data", part.base64).endObject();
    } else {
        writer.key("fileData").beginObject();
        if (!mediaType.isEmpty())
            writer.member("mimeType", mediaType);
        writer.member("fileUri", part.fileId.isEmpty() ? part.url : part.fileId).endObject();
    }
    writer.endObject();
}

} // namespace fairlead::wire::gemini

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/Media.h"

#include "wire/ToolMapping.h"
#include "wire/anthropic/Conversation.h"

namespace fairlead::wire::anthropic {

namespace {

using chat::MediaPart;

QByteArray mediaTypeOf(const MediaPart &part)
{
    if (!part.mediaType.isEmpty())
        return part.mediaType;
    return part.base64.isEmpty() ? mediaTypeOfUrl(part.url) : sniffMediaType(part.base64);
}

void writeSource(const MediaPart &part, const QByteArray &mediaType, json::Writer &writer)
{
    writer.key("source").beginObject();
    if (!part.fileId.isEmpty()) {
        writer.member("type", "file").member("file_id", part.fileId);
    } else if (part.base64.isEmpty()) {
        writer.member("type", "url").member("url", part.url);
    } else if (mediaType.startsWith("text/")) {
        // Text documents are sent as text; Anthropic names plain text only.
        writer.member("type", "text").member("media_type", "text/plain");
        writer.member("data", QByteArray::fromBase64(part.base64));
    } else {
        writer.member("type", "base64").member("media_type", mediaType).member("data", part.base64);
    }
    writer.endObject();
}

} // namespace

QByteArray mediaProblem(const MediaPart &part)
{
    if (part.kind == MediaPart::Kind::Audio)
        return "Anthropic takes no audio";
    if (!part.fileId.isEmpty()) {
        // OpenAI's ids are "file-...": another provider's files cannot be reached.
        return part.fileId.startsWith("file_") ? QByteArray() : QByteArray("not a file of Anthropic's");
    }
    if (part.base64.isEmpty() && part.url.isEmpty())
        return "neither data nor a URL";
    if (part.base64.isEmpty())
        return {};
    const QByteArray mediaType = mediaTypeOf(part);
    if (part.kind == MediaPart::Kind::Image)
        return mediaType.isEmpty() ? QByteArray("unknown image type") : QByteArray();
    const bool carried
        = mediaType == "application/pdf" || mediaType.startsWith("text/") || mediaType.startsWith("image/");
    return carried ? QByteArray() : QByteArray("Anthropic takes PDF, text and image files only");
}

void writeMedia(const MediaPart &part, const QByteArray &where, json::Writer &writer, Losses &losses)
{
    const QByteArray mediaType = mediaTypeOf(part);
    const bool image = part.kind == MediaPart::Kind::Image || mediaType.startsWith("image/");
    writer.beginObject().member("type", image ? "image" : "document");
    writeSource(part, mediaType, writer);
    if (!image && !part.name.isEmpty())
        writer.member("title", part.name);
    writeCacheMark(part.cache, writer);
    writer.endObject();
    if (!part.detail.isEmpty() && part.detail != "auto")
        losses.dropped(where + ".detail", "Anthropic scales images itself");
}

} // namespace fairlead::wire::anthropic

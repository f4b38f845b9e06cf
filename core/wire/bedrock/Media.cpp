// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/Media.h"

#include "wire/ToolMapping.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::bedrock {

namespace {

using chat::MediaPart;

/// A media type, the block it goes into and its name there.
struct Format {
    QByteArrayView mediaType;
    QByteArrayView block;
    QByteArrayView name;
};

// The enumerations of API_runtime_ImageBlock, DocumentBlock, VideoBlock and AudioBlock.
constexpr std::array<Format, 38> kFormats{{
    {"image/png", "image", "png"},
    {"image/jpeg", "image", "jpeg"},
    {"image/jpg", "image", "jpeg"},
    {"image/gif", "image", "gif"},
    {"image/webp", "image", "webp"},
    {"application/pdf", "document", "pdf"},
    {"text/csv", "document", "csv"},
    {"application/msword", "document", "doc"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", "docx"},
    {"application/vnd.ms-excel", "document", "xls"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", "xlsx"},
    {"text/html", "document", "html"},
    {"text/markdown", "document", "md"},
    {"text/plain", "document", "txt"},
    {"video/x-matroska", "video", "mkv"},
    {"video/quicktime", "video", "mov"},
    {"video/mp4", "video", "mp4"},
    {"video/webm", "video", "webm"},
    {"video/x-flv", "video", "flv"},
    {"video/mpeg", "video", "mpeg"},
    {"video/x-ms-wmv", "video", "wmv"},
    {"video/3gpp", "video", "three_gp"},
    {"audio/mpeg", "audio", "mp3"},
    {"audio/mp3", "audio", "mp3"},
    {"audio/wav", "audio", "wav"},
    {"audio/x-wav", "audio", "wav"},
    {"audio/flac", "audio", "flac"},
    {"audio/ogg", "audio", "ogg"},
    {"audio/opus", "audio", "opus"},
    {"audio/aac", "audio", "aac"},
    {"audio/mp4", "audio", "m4a"},
    {"audio/x-m4a", "audio", "m4a"},
    {"audio/webm", "audio", "webm"},
    {"audio/pcm", "audio", "pcm"},
    {"audio/l16", "audio", "pcm"},
    {"audio/x-matroska", "audio", "mka"},
    {"audio/pcm16", "audio", "pcm"},
    {"text/x-markdown", "document", "md"},
}};

bool isStored(const MediaPart &part)
{
    return part.url.startsWith("s3://");
}

QByteArray mediaTypeOf(const MediaPart &part)
{
    QByteArray type = part.mediaType.left(
        part.mediaType.indexOf(';') < 0 ? part.mediaType.size() : part.mediaType.indexOf(';'));
    if (type.isEmpty())
        type = part.base64.isEmpty() ? mediaTypeOfUrl(part.url) : sniffMediaType(part.base64);
    return type.trimmed().toLower();
}

const Format *formatOf(const MediaPart &part)
{
    const QByteArray type = mediaTypeOf(part);
    const auto row = std::find_if(
        kFormats.begin(), kFormats.end(), [&](const Format &format) { return format.mediaType == type; });
    if (row != kFormats.end())
        return &*row;
    // Source code, JSON and their like are read as plain text.
    static constexpr Format kText{"text/plain", "document", "txt"};
    return type.startsWith("text/") || type == "application/json" ? &kText : nullptr;
}

/// Letters, digits, single spaces, '-', round and square brackets; the name must not tempt the model either,
/// so nothing else of the caller's gets through.
QByteArray documentName(const QByteArray &name, int number)
{
    QByteArray fitting;
    const qsizetype dot = name.lastIndexOf('.');
    for (const char c : dot > 0 ? name.left(dot) : name) {
        const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                             || QByteArrayView("-()[]").contains(c);
        fitting += allowed ? c : ' ';
    }
    fitting = fitting.simplified().left(100);
    return fitting.isEmpty() ? "Document " + QByteArray::number(number) : fitting;
}

} // namespace

QByteArray mediaProblem(const MediaPart &part)
{
    if (!part.fileId.isEmpty())
        return "another provider's file";
    if (part.base64.isEmpty() && part.url.isEmpty())
        return "neither data nor a URL";
    if (part.base64.isEmpty() && !isStored(part))
        return "Bedrock takes data or an s3 address, no other URL";
    return formatOf(part) ? QByteArray() : "Bedrock does not take the type \"" + mediaTypeOf(part) + '"';
}

void writeMedia(
    const MediaPart &part, int number, const QByteArray &where, json::Writer &writer, Losses &losses)
{
    const Format *format = formatOf(part);
    writer.beginObject().key(format->block).beginObject().member("format", format->name);
    if (format->block == "document") {
        const QByteArray name = documentName(part.name, number);
        writer.member("name", name);
        if (!part.name.isEmpty() && name != part.name)
            losses.renamed(where + ".filename", name);
    }
    writer.key("source").beginObject();
    if (part.base64.isEmpty())
        writer.key("s3Location").beginObject().member("uri", part.url).endObject();
    else
        writer.member("bytes", part.base64);
    writer.endObject().endObject().endObject();
    if (!part.detail.isEmpty() && part.detail != "auto")
        losses.dropped(where + ".detail", "the model scales images itself");
}

} // namespace fairlead::wire::bedrock

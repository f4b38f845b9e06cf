// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Grounding.h"

#include "wire/ToolMapping.h"

#include <algorithm>
#include <utility>

namespace fairlead::wire::gemini {

namespace {

using chat::Citation;

// A segment names at most a handful of sources; a hostile answer must not multiply.
constexpr std::size_t kMostCitations = 2000;

Citation sourceOf(json::View chunk)
{
    Citation citation;
    for (const auto &[key, value] : chunk.members()) { // "web", "retrievedContext", "maps"
        if (!value.isObject())
            continue;
        citation.url = value["uri"].stringOr({});
        citation.title = value["title"].stringOr({});
    }
    citation.json = chunk.rawCopy();
    return citation;
}

struct Range {
    qint64 start = -1;
    qint64 end = -1;
};

/// Where the segment is. Its offsets are not trusted blindly, as it may count within one part: its own text
/// must be there.
Range rangeOf(json::View segment, const QByteArray &text)
{
    const QByteArray words = segment["text"].stringOr({});
    const std::int64_t start = segment["startIndex"].integerOr(0);
    const std::int64_t end = segment["endIndex"].integerOr(-1);
    const bool inside = start >= 0 && end >= start && end <= text.size();
    qsizetype at = -1;
    if (inside && (words.isEmpty() || QByteArrayView(text).sliced(start, end - start) == words))
        at = start;
    else if (!words.isEmpty())
        at = text.indexOf(words);
    if (at < 0)
        return {};
    const qsizetype length = words.isEmpty() ? end - start : words.size();
    Range range;
    range.start = countCharacters(QByteArrayView(text).first(at));
    range.end = range.start + countCharacters(QByteArrayView(text).sliced(at, length));
    return range;
}

/// A source as Gemini writes it: its own object if it came from there.
QByteArray chunkOf(const Citation &citation)
{
    const auto document = json::Document::parse(citation.json);
    if (document) {
        for (const char *kind : {"web", "retrievedContext", "maps", "image"}) {
            if ((*document)[QByteArrayView(kind)].isObject())
                return citation.json;
        }
    }
    json::Writer writer;
    writer.beginObject().key(citation.url.isEmpty() ? "retrievedContext" : "web").beginObject();
    if (!citation.url.isEmpty())
        writer.member("uri", citation.url);
    if (!citation.title.isEmpty())
        writer.member("title", citation.title);
    return writer.endObject().endObject().take();
}

/// Where the character of that number begins.
qsizetype byteOf(QByteArrayView text, qint64 character)
{
    qsizetype at = 0;
    for (; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (begins && character-- == 0)
            break;
    }
    return at;
}

void writeSegment(json::Writer &writer, const Citation &citation, QByteArrayView text)
{
    const qsizetype start = byteOf(text, citation.start);
    const qsizetype end = std::max(start, byteOf(text, citation.end));
    writer.key("segment").beginObject();
    writer.memberInteger("startIndex", start).memberInteger("endIndex", end);
    writer.member("text", text.sliced(start, end - start)).endObject();
}

bool isPlaced(const Citation &citation)
{
    return citation.start >= 0 && citation.end >= citation.start;
}

} // namespace

void writeGrounding(json::Writer &writer, const std::vector<Citation> &citations, QByteArrayView text)
{
    if (citations.empty())
        return;
    std::vector<QByteArray> chunks;
    std::vector<std::pair<const Citation *, std::size_t>> supports;
    for (const Citation &citation : citations) {
        QByteArray chunk = chunkOf(citation);
        const auto known = std::find(chunks.begin(), chunks.end(), chunk);
        supports.emplace_back(&citation, static_cast<std::size_t>(known - chunks.begin()));
        if (known == chunks.end())
            chunks.push_back(std::move(chunk));
    }
    writer.key("groundingMetadata").beginObject().key("groundingChunks").beginArray();
    for (const QByteArray &chunk : chunks)
        writer.raw(chunk);
    writer.endArray();
    if (std::any_of(citations.begin(), citations.end(), isPlaced)) {
        writer.key("groundingSupports").beginArray();
        for (const auto &[citation, chunk] : supports) {
            writer.beginObject();
            if (isPlaced(*citation))
                writeSegment(writer, *citation, text);
            writer.key("groundingChunkIndices").beginArray();
            writer.integer(static_cast<std::int64_t>(chunk)).endArray().endObject();
        }
        writer.endArray();
    }
    writer.endObject();
}

std::vector<Citation> citationsOf(json::View metadata, const QByteArray &text)
{
    std::vector<Citation> sources;
    for (const json::View chunk : metadata["groundingChunks"].elements()) {
        if (sources.size() < kMostCitations)
            sources.push_back(sourceOf(chunk));
    }
    if (metadata["groundingSupports"].count() == 0)
        return sources;
    std::vector<Citation> citations;
    for (const json::View support : metadata["groundingSupports"].elements()) {
        const Range range = rangeOf(support["segment"], text);
        for (const json::View index : support["groundingChunkIndices"].elements()) {
            const std::int64_t place = index.integerOr(-1);
            if (place < 0 || place >= static_cast<std::int64_t>(sources.size())
                || citations.size() >= kMostCitations)
                continue;
            Citation citation = sources[static_cast<std::size_t>(place)];
            citation.start = range.start;
            citation.end = range.end;
            citations.push_back(std::move(citation));
        }
    }
    return citations;
}

} // namespace fairlead::wire::gemini

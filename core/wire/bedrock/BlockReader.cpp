// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/BlockReader.h"

#include "wire/ToolMapping.h"
#include "wire/bedrock/RequestEncoder.h"
#include "wire/bedrock/UsageCounts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fairlead::wire::bedrock {

namespace {

using namespace chat;

// One block is open at a time; a hostile stream must not make us keep thousands.
constexpr std::size_t kMostOpenBlocks = 64;

constexpr std::array<std::pair<QByteArrayView, FinishReason>, 9> kReasons{{
    {"end_turn", FinishReason::Stop},
    {"stop_sequence", FinishReason::Stop},
    {"tool_use", FinishReason::ToolCalls},
    {"max_tokens", FinishReason::Length},
    {"model_context_window_exceeded", FinishReason::Length},
    {"guardrail_intervened", FinishReason::ContentFilter},
    {"content_filtered", FinishReason::ContentFilter},
    {"malformed_model_output", FinishReason::Error},
    {"malformed_tool_use", FinishReason::Error},
}};

FinishReason finishReason(QByteArrayView word, bool calledTools)
{
    const auto row = std::find_if(
        kReasons.begin(), kReasons.end(), [&](const auto &reason) { return reason.first == word; });
    if (row == kReasons.end())
        return FinishReason::Stop;
    // The tool that stands in for structured output is no call of the caller's.
    if (row->second == FinishReason::ToolCalls && !calledTools)
        return FinishReason::Stop;
    return row->second;
}

/// Only Claude seals its reasoning here, and its seals are good at every provider that serves Claude.
ReasoningSignature seal(int block)
{
    ReasoningSignature signature;
    signature.block = block;
    signature.origin = QByteArrayLiteral("anthropic");
    return signature;
}

} // namespace

void BlockReader::start()
{
    if (!std::exchange(m_started, true))
        m_events->emplace_back(Started());
}

BlockReader::Block *BlockReader::find(std::int64_t index)
{
    const auto block
        = std::find_if(m_open.begin(), m_open.end(), [&](const Block &open) { return open.index == index; });
    return block == m_open.end() ? nullptr : &*block;
}

BlockReader::Block &BlockReader::open(std::int64_t index, Kind kind)
{
    blockStop(index);
    if (m_open.size() >= kMostOpenBlocks)
        m_open.erase(m_open.begin());
    Block block;
    block.index = index;
    block.kind = kind;
    block.textStart = m_textCharacters;
    if (kind == Kind::Reasoning)
        block.number = m_reasoningBlocks++;
    else if (kind == Kind::Media)
        block.number = m_pictures++;
    m_open.push_back(std::move(block));
    return m_open.back();
}

BlockReader::Block &BlockReader::openFor(std::int64_t index, json::View delta)
{
    Kind kind = Kind::Other;
    if (delta["text"].isString() || delta["citation"])
        kind = Kind::Text;
    else if (delta["reasoningContent"])
        kind = Kind::Reasoning;
    // gpt-oss sends an empty text before its reasoning, as a block of its own; Kimi under the same index.
    if (Block *block = find(index); block && (block->kind == kind || kind == Kind::Other))
        return *block;
    return open(index, kind);
}

void BlockReader::beginTool(std::int64_t index, json::View toolUse)
{
    const QByteArray name = toolUse["name"].stringOr({});
    if (toolUse["type"].equals("server_tool_use")) {
        open(index, Kind::Other); // the provider answers it itself
        return;
    }
    if (name == kAnswerTool) {
        open(index, Kind::Answer);
        return;
    }
    Block &block = open(index, Kind::Tool);
    block.number = m_toolCalls++;
    QByteArray id = toolUse["toolUseId"].stringOr({});
    if (id.isEmpty())
        id = "call_" + QByteArray::number(block.number);
    m_events->emplace_back(ToolCallBegin(block.number, std::move(id), callersToolName(name)));
}

void BlockReader::blockStart(std::int64_t index, json::View start)
{
    if (const json::View toolUse = start["toolUse"])
        beginTool(index, toolUse);
    else if (const json::View image = start["image"])
        open(index, Kind::Media).mediaType = "image/" + image["format"].stringOr({});
    else if (start["toolResult"])
        open(index, Kind::Other);
}

void BlockReader::blockDelta(std::int64_t index, json::View delta)
{
    Block &block = openFor(index, delta);
    switch (block.kind) {
    case Kind::Text:
        if (const auto fragment = delta["text"].string())
            text(*fragment);
        if (const json::View citation = delta["citation"])
            cite(block, citation);
        break;
    case Kind::Reasoning:
        reasoning(block, delta["reasoningContent"]);
        break;
    case Kind::Tool:
    case Kind::Answer:
        if (const auto fragment = delta["toolUse"]["input"].string())
            arguments(block, *fragment);
        break;
    case Kind::Media:
        media(block, delta["image"]["source"]);
        break;
    case Kind::Other:
        break;
    }
}

void BlockReader::text(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    m_textCharacters += countCharacters(text);
    m_events->emplace_back(TextDelta(text));
}

void BlockReader::reasoning(const Block &block, json::View content)
{
    if (const auto fragment = content["text"].string(); fragment && !fragment->isEmpty()) {
        ReasoningDelta delta(*fragment);
        delta.block = block.number;
        m_events->emplace_back(std::move(delta));
    }
    if (const auto signature = content["signature"].string(); signature && !signature->isEmpty()) {
        ReasoningSignature sealed = seal(block.number);
        sealed.signature = *signature;
        m_events->emplace_back(std::move(sealed));
    }
    if (const auto redacted = content["redactedContent"].string(); redacted && !redacted->isEmpty()) {
        // A blob here, so base64 once more around what is base64 at Anthropic itself.
        ReasoningSignature sealed = seal(block.number);
        sealed.redacted = QByteArray::fromBase64(*redacted);
        m_events->emplace_back(std::move(sealed));
    }
}

void BlockReader::arguments(Block &block, const QByteArray &fragment)
{
    if (fragment.isEmpty())
        return;
    block.sawArguments = true;
    if (block.kind == Kind::Answer)
        text(fragment);
    else
        m_events->emplace_back(ToolCallDelta(block.number, fragment));
}

void BlockReader::media(const Block &block, json::View source)
{
    MediaDelta delta;
    delta.block = block.number;
    delta.media.kind = MediaPart::Kind::Image;
    delta.media.mediaType = block.mediaType;
    delta.media.base64 = source["bytes"].stringOr({});
    delta.media.url = source["s3Location"]["uri"].stringOr({});
    if (!delta.media.base64.isEmpty() || !delta.media.url.isEmpty())
        m_events->emplace_back(std::move(delta));
}

void BlockReader::cite(Block &block, json::View citation)
{
    Citation cited;
    cited.url = citation["location"]["web"]["url"].stringOr({});
    cited.title = citation["title"].stringOr({});
    cited.json = citation.rawCopy();
    block.citations.push_back(std::move(cited));
}

void BlockReader::blockStop(std::int64_t index)
{
    const auto block
        = std::find_if(m_open.begin(), m_open.end(), [&](const Block &open) { return open.index == index; });
    if (block == m_open.end())
        return;
    close(*block);
    m_open.erase(block);
}

void BlockReader::close(Block &block)
{
    // A tool without arguments sends no input, or an empty one.
    if (!block.sawArguments && (block.kind == Kind::Tool || block.kind == Kind::Answer))
        arguments(block, QByteArrayLiteral("{}"));
    // A block's citations are about its whole text, which is only known now.
    for (Citation &citation : block.citations) {
        citation.start = block.textStart;
        citation.end = m_textCharacters;
        m_events->emplace_back(std::move(citation));
    }
}

void BlockReader::wholeBlock(std::int64_t index, json::View block)
{
    if (const json::View toolUse = block["toolUse"]) {
        beginTool(index, toolUse);
        Block &opened = m_open.back();
        if (opened.kind == Kind::Tool || opened.kind == Kind::Answer)
            arguments(opened, toolUse["input"].rawCopy());
    } else if (const json::View content = block["reasoningContent"]) {
        const json::View sealedText = content["reasoningText"];
        reasoning(open(index, Kind::Reasoning), sealedText ? sealedText : content);
    } else if (const json::View cited = block["citationsContent"]) {
        Block &opened = open(index, Kind::Text);
        for (const json::View part : cited["content"].elements())
            text(part["text"].stringOr({}));
        for (const json::View citation : cited["citations"].elements())
            cite(opened, citation);
    } else if (const json::View image = block["image"]) {
        Block &opened = open(index, Kind::Media);
        opened.mediaType = "image/" + image["format"].stringOr({});
        media(opened, image["source"]);
    } else {
        text(block["text"].stringOr({}));
    }
    blockStop(index);
}

void BlockReader::stop(json::View stopReason)
{
    for (Block &block : m_open)
        close(block);
    m_open.clear();
    m_stopReason = stopReason.stringOr({});
}

void BlockReader::usage(json::View usage, json::View serviceTier)
{
    Usage counts = usageOf(usage);
    counts.serviceTier = serviceTier["type"].stringOr({});
    if (!counts.isEmpty())
        m_events->emplace_back(UsageReport(std::move(counts)));
}

void BlockReader::finish()
{
    m_events->emplace_back(Finished(finishReason(m_stopReason, m_toolCalls > 0), m_stopReason));
}

} // namespace fairlead::wire::bedrock

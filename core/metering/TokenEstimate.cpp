// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/TokenEstimate.h"

#include "base/Result.h"

namespace fairlead::metering {

namespace {

// What wraps each thing besides its text, as counted by OpenAI's and Anthropic's own endpoints.
constexpr std::int64_t kPerRequest = 3;
constexpr std::int64_t kPerMessage = 4;
constexpr std::int64_t kPerTool = 10;
constexpr std::int64_t kPerCall = 8;
// OpenAI's low detail is 85, Gemini's tile 258, Anthropic's largest picture 1600.
constexpr std::int64_t kPerImage = 800;
// A page of a PDF is 1500 to 3000 tokens at Anthropic and some 50 kB; a second of speech is 10 to 32 tokens
// and 16 to 48 kB.
constexpr qsizetype kFileBytesPerToken = 25;
constexpr qsizetype kAudioBytesPerToken = 1024;

/// What a run of characters of one sort costs.
enum class Sort { Word, Digits, Mark, Space, Line, Script, Ideograph, Pictograph };

Sort sortOf(char32_t c)
{
    if (c < 0x80) {
        if ((c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'))
            return Sort::Word;
        if (c >= U'0' && c <= U'9')
            return Sort::Digits;
        if (c == U'\n' || c == U'\r')
            return Sort::Line;
        return c <= U' ' ? Sort::Space : Sort::Mark;
    }
    if (c >= 0xC0 && c < 0x250)
        return Sort::Word; // Latin with accents
    if (c < 0xC0 || (c >= 0x2000 && c < 0x2C00) || (c >= 0x3000 && c < 0x3040))
        return Sort::Mark;
    if ((c >= 0x2E80 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0) || (c >= 0xF900 && c < 0xFB00)
        || (c >= 0xFF00 && c < 0xFFF0) || (c >= 0x20000 && c < 0x40000))
        return Sort::Ideograph; // Chinese, kana, Hangul
    return c >= 0x1F000 ? Sort::Pictograph : Sort::Script;
}

std::int64_t costOf(Sort sort, std::int64_t length)
{
    const auto pieces = [length](std::int64_t size) { return (length + size - 1) / size; };
    switch (sort) {
    case Sort::Word: // vocabularies hold the common words whole and the others in pieces
        return length <= 10 ? 1 : 1 + (length - 10 + 8) / 9;
    case Sort::Digits:
    case Sort::Script: // Cyrillic, Greek, Arabic, Devanagari ...
        return pieces(3);
    case Sort::Mark: // "\":\"" is one
        return pieces(3);
    case Sort::Space: // one space belongs to the word behind it, an indent is one token
        return length == 1 ? 0 : 1;
    case Sort::Line:
        return 1;
    case Sort::Ideograph:
        return length;
    case Sort::Pictograph:
        return 2 * length;
    }
    Q_UNREACHABLE();
}

/// The code point at `at`, moving past it; a stray byte counts as one of its own.
char32_t nextCodePoint(QByteArrayView text, qsizetype &at)
{
    const auto first = static_cast<unsigned char>(text[at++]);
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    if (more == 0)
        return first;
    char32_t c = first & (0x3Fu >> more);
    for (int i = 0; i < more && at < text.size() && (text[at] & 0xC0) == 0x80; ++i)
        c = (c << 6) | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
    return c;
}

bool isUpper(char32_t c)
{
    return c >= U'A' && c <= U'Z';
}

std::int64_t ofMedia(const chat::MediaPart &media)
{
    switch (media.kind) {
    case chat::MediaPart::Kind::Image:
        return kPerImage;
    case chat::MediaPart::Kind::File:
        return kPerImage + media.base64.size() * 3 / 4 / kFileBytesPerToken;
    case chat::MediaPart::Kind::Audio:
        return 1 + media.base64.size() * 3 / 4 / kAudioBytesPerToken;
    }
    Q_UNREACHABLE();
}

std::int64_t ofResult(const chat::ToolResultPart &result)
{
    std::int64_t tokens = kPerCall;
    for (const auto &content : result.content) {
        tokens += std::visit(
            overloaded{
                [](const chat::TextPart &part) { return estimateTokens(part.text); },
                [](const chat::MediaPart &part) { return ofMedia(part); }},
            content);
    }
    return tokens;
}

std::int64_t ofPart(const chat::Part &part)
{
    return std::visit(
        overloaded{
            [](const chat::TextPart &p) { return estimateTokens(p.text); },
            [](const chat::MediaPart &p) { return ofMedia(p); },
            [](const chat::RefusalPart &p) { return estimateTokens(p.text); },
            [](const chat::ReasoningPart &p) { return estimateTokens(p.text); },
            [](const chat::ToolCallPart &p) {
                return kPerCall + estimateTokens(p.name) + estimateTokens(p.arguments);
            },
            [](const chat::ToolResultPart &p) { return ofResult(p); },
            [](const chat::UnknownPart &p) { return estimateTokens(p.json); }},
        part);
}

} // namespace

std::int64_t estimateTokens(QByteArrayView utf8)
{
    std::int64_t tokens = 0;
    std::int64_t length = 0;
    Sort run = Sort::Space;
    bool lower = false;
    for (qsizetype at = 0; at < utf8.size();) {
        const char32_t c = nextCodePoint(utf8, at);
        const Sort sort = sortOf(c);
        const bool camel = sort == Sort::Word && lower && isUpper(c); // aWordOfCode
        if (length > 0 && (sort != run || camel)) {
            tokens += costOf(run, length);
            length = 0;
        }
        run = sort;
        ++length;
        lower = sort == Sort::Word && !isUpper(c);
    }
    return length > 0 ? tokens + costOf(run, length) : tokens;
}

std::int64_t estimateInputTokens(const chat::ChatRequest &request)
{
    std::int64_t tokens = kPerRequest;
    for (const chat::Message &message : request.messages) {
        tokens += kPerMessage + estimateTokens(message.name);
        for (const chat::Part &part : message.parts)
            tokens += ofPart(part);
    }
    for (const chat::Tool &tool : request.tools) {
        tokens += kPerTool + estimateTokens(tool.name) + estimateTokens(tool.description);
        tokens += estimateTokens(tool.kind == chat::Tool::Kind::BuiltIn ? tool.json : tool.parameters);
    }
    if (request.responseFormat)
        tokens += estimateTokens(request.responseFormat->schema);
    return tokens;
}

} // namespace fairlead::metering

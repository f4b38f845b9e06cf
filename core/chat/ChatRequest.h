// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

/// The neutral model of one conversation turn: values only, no I/O, no signals. Every wire room translates
/// between its dialect and these. Text is UTF-8. What is JSON in the dialects and has no meaning to us
/// (schemas, arguments, numbers whose text must survive) stays JSON text, byte for byte.
namespace fairlead::chat {

/// JSON text exactly as somebody wrote it. Empty means absent.
using RawJson = QByteArray;

enum class Role { System, Developer, User, Assistant, Tool };

/// Where a dialect lets callers mark a prompt prefix for caching. `ttl` is "", "5m" or "1h".
struct CacheMark {
    QByteArray ttl;
};

/// Parts that hold more in their own dialect than their fields here can say (a document's citations setting)
/// carry themselves whole, as that dialect wrote them, in `json`: it goes back there instead of the fields.
/// Mostly empty.
struct TextPart {
    QByteArray text;
    std::optional<CacheMark> cache;
    RawJson json = {};
};

/// An image, file, PDF or audio clip, either by URL or as base64 data (exactly as it came, never re-encoded).
struct MediaPart {
    enum class Kind { Image, File, Audio };
    Kind kind = Kind::Image;
    QByteArray url; ///< http(s) URL; empty if data or a file id is given
    QByteArray mediaType; ///< "image/png"; may be empty when only a URL is known
    QByteArray base64; ///< the data, without "data:" prefix
    QByteArray fileId; ///< a file the provider already has
    QByteArray name; ///< file name
    QByteArray detail; ///< OpenAI's image detail: "", "auto", "low", "high"
    std::optional<CacheMark> cache;
    RawJson json = {}; ///< as in TextPart
};

/// What a model said no with (OpenAI's `refusal`).
struct RefusalPart {
    QByteArray text;
};

/// A model's reasoning in the history. Signatures and encrypted content must return unchanged, in place, to
/// the provider that made them; `origin` says whose they are.
struct ReasoningPart {
    QByteArray text;
    QByteArray signature; ///< Anthropic's signature, Gemini's thoughtSignature
    QByteArray redacted; ///< Anthropic's redacted_thinking data, OpenAI's encrypted_content
    QByteArray id;
    QByteArray
        origin; ///< wire name of the dialect that made it: "anthropic", "gemini", "openai-responses", ""
    RawJson json = {}; ///< as in TextPart
};

struct ToolCallPart {
    QByteArray id;
    QByteArray name;
    RawJson arguments; ///< the model's own text, normally an object; may be invalid JSON, keep it
    QByteArray signature; ///< Gemini's thoughtSignature of this call
    bool custom = false; ///< OpenAI custom tool: `arguments` is free text, not JSON
    std::optional<CacheMark> cache;
    RawJson json = {}; ///< as in TextPart
};

struct ToolResultPart {
    QByteArray callId;
    QByteArray toolName; ///< filled in by the decoder from the call where the dialect does not repeat it
    std::vector<std::variant<TextPart, MediaPart>> content;
    bool isError = false;
    std::optional<CacheMark> cache;
    RawJson json = {}; ///< as in TextPart
};

/// A part of a kind we do not know: it can go back to its own dialect, and is a reported loss elsewhere.
struct UnknownPart {
    QByteArray type;
    RawJson json;
};

using Part = std::variant<
    TextPart, MediaPart, RefusalPart, ReasoningPart, ToolCallPart, ToolResultPart, UnknownPart>;

struct Message {
    Role role = Role::User;
    QByteArray name; ///< OpenAI's optional participant name
    std::vector<Part> parts;
    /// What the caller calls it ("system", "messages[2]"), for reports; empty = by its position.
    QByteArray place = {};
};

struct Tool {
    enum class Kind { Function, Custom, BuiltIn };
    Kind kind = Kind::Function;
    QByteArray name;
    QByteArray description;
    RawJson parameters; ///< JSON Schema; empty if the tool takes none
    std::optional<bool> strict;
    RawJson json; ///< the whole declaration, for kinds only their own dialect understands
    std::optional<CacheMark> cache;
};

struct ToolChoice {
    enum class Mode { Auto, None, Required, Named };
    Mode mode = Mode::Auto;
    QByteArray name; ///< for Named
};

struct ResponseFormat {
    enum class Kind { Text, JsonObject, JsonSchema };
    Kind kind = Kind::Text;
    QByteArray name;
    QByteArray description;
    RawJson schema;
    std::optional<bool> strict;
};

/// How hard to think. Dialects say it as a word, as a budget, or both.
struct Reasoning {
    QByteArray effort; ///< "none", "minimal", "low", "medium", "high", "xhigh", "max"; empty if not said
    std::optional<std::int64_t> budgetTokens; ///< 0 = off, -1 = the model decides
    std::optional<bool> includeText; ///< whether the caller wants to see (a summary of) it
    QByteArray summary; ///< OpenAI Responses: "auto", "concise", "detailed"
};

/// Something the caller said that this model cannot hold as it was. Its own dialect gets it all the same (a
/// part's `json`, a tool's declaration); for every other it is a loss.
struct Misfit {
    QByteArray field; ///< the caller's name of it: "tools[0].defer_loading"
    QByteArray note; ///< what became of it
    bool approximated = false; ///< something like it is carried; otherwise nothing
};

struct ChatRequest {
    QByteArray model; ///< as asked for; the router replaces it by the target's own name
    /// Wire name of the dialect the caller spoke ("openai-chat"): extras and unknown parts belong to it.
    QByteArray dialect;
    std::vector<Message> messages;

    std::vector<Tool> tools;
    std::optional<ToolChoice> toolChoice;
    std::optional<bool> parallelToolCalls;

    std::optional<std::int64_t> maxOutputTokens;
    // Numbers whose text survives ("0.7" stays "0.7"): JSON number text, empty if not given.
    RawJson temperature;
    RawJson topP;
    RawJson topK;
    RawJson presencePenalty;
    RawJson frequencyPenalty;
    std::optional<std::int64_t> seed;
    std::optional<std::int64_t> n;
    std::vector<QByteArray> stop;
    std::optional<bool> logprobs;
    std::optional<std::int64_t> topLogprobs;
    RawJson logitBias;

    std::optional<ResponseFormat> responseFormat;
    std::optional<Reasoning> reasoning;

    bool stream = false;
    /// Whether the caller asked to see usage in the stream (OpenAI's stream_options.include_usage).
    bool includeUsage = false;

    QByteArray user; ///< the caller's end-user id
    QByteArray serviceTier;
    RawJson metadata;

    /// Fields this model has no place for, by name, in order: they return to the same dialect untouched and
    /// are reported as losses elsewhere.
    std::vector<std::pair<QByteArray, RawJson>> extras;
    std::vector<Misfit> misfits;
    /// Headers of the caller's dialect that decide what the request means ("anthropic-beta"): they go with it
    /// to the same dialect.
    Headers optIns;
};

} // namespace fairlead::chat

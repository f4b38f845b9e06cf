// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <cstdint>
#include <optional>
#include <vector>

namespace fairlead::wire {

/// How one provider deviates from its dialect: plain data from resources/providers/*.json, read by the
/// codecs. A new deviation is a new field here, a line in the schema and a test; never an `if (provider ==
/// ...)`.
struct Quirks {
    /// Name of the output cap the provider takes: "max_tokens" or "max_completion_tokens"; empty = the
    /// dialect's own.
    QByteArray maxTokensField;
    /// The provider does not know the role "developer" (it becomes "system").
    bool noDeveloperRole = false;
    /// The provider refuses stream_options; usage comes unasked.
    bool noStreamOptions = false;
    /// completion_tokens leaves reasoning out (xAI chat, Gemini's OpenAI layer): output = total - prompt.
    bool reasoningOutsideCompletion = false;
    /// Field of an assistant message in which the provider wants its reasoning back ("reasoning_content" for
    /// DeepSeek); empty = reasoning is not sent back.
    QByteArray reasoningField;
    /// How the provider is told how hard to think: empty = `reasoning_effort`; "reasoning" = an object of that
    /// name (OpenRouter); "thinking" = {"thinking":{"type":"enabled"}} beside the effort (DeepSeek, Z.ai);
    /// "enable_thinking" = a flag and thinking_budget (Qwen); "none" = not at all.
    QByteArray reasoningRequest;
    /// The provider leaves reasoning in the text, between <think> and </think>.
    bool thinkTags = false;
    /// Name of the sampling seed ("random_seed" for Mistral); empty = `seed`.
    QByteArray seedField;
    /// Request fields the provider answers with an error instead of overlooking them: left out.
    std::vector<QByteArray> refusedFields;
    /// Ids of tool calls must be nine letters and digits (Mistral).
    bool shortToolIds = false;
    /// Documents and audio are bare strings in messages: {"type":"document_url","document_url":"..."}
    /// (Mistral).
    bool bareMedia = false;
    /// Answers are as Mistral's own client expects them; those of others are written anew for it.
    bool suitsMistralClient = false;
    /// The provider understands Anthropic's cache_control marks inside Chat messages (OpenRouter).
    bool cacheControl = false;
    /// Output cap to send where the dialect demands one and the caller gave none (Anthropic).
    std::optional<std::int64_t> defaultMaxTokens;
    /// The provider understands parametersJsonSchema / responseJsonSchema (Gemini API since 2.5).
    bool jsonSchema = true;
    /// Anthropic's output_config.format for structured output; otherwise a forced tool is used.
    bool structuredOutput = true;
    /// "level" (Gemini 3), "budget" (Gemini 2.5), "adaptive" / "budget" (Anthropic); empty = by model name.
    QByteArray thinkingStyle;
    /// The provider takes the Messages API's version in the body, and the model in the path instead ("vertex-
    /// 2023-10-16" at Vertex AI).
    QByteArray anthropicVersion;
};

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/Codec.h"
#include "wire/anthropic/AnthropicInbound.h"
#include "wire/anthropic/AnthropicTokenCount.h"
#include "wire/anthropic/AnthropicUpstream.h"
#include "wire/bedrock/BedrockTokenCount.h"
#include "wire/bedrock/BedrockUpstream.h"
#include "wire/cohere/CohereEmbeddings.h"
#include "wire/cohere/CohereInbound.h"
#include "wire/cohere/CohereUpstream.h"
#include "wire/gemini/GeminiEmbeddings.h"
#include "wire/gemini/GeminiInbound.h"
#include "wire/gemini/GeminiTokenCount.h"
#include "wire/gemini/GeminiUpstream.h"
#include "wire/ollama/OllamaEmbedding.h"
#include "wire/ollama/OllamaInbound.h"
#include "wire/ollama/OllamaUpstream.h"
#include "wire/openai_chat/OpenAiChatInbound.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"
#include "wire/openai_chat/OpenAiEmbeddings.h"
#include "wire/openai_completions/CompletionsInbound.h"
#include "wire/openai_responses/OpenAiResponsesCounting.h"
#include "wire/openai_responses/OpenAiResponsesInbound.h"
#include "wire/openai_responses/OpenAiResponsesUpstream.h"

#include <algorithm>

namespace fairlead::wire {

namespace {

/// One row a dialect; the codecs are made once and never go away.
const std::vector<Wire> &table()
{
    static const AnthropicInbound anthropicInbound;
    static const AnthropicTokenCount anthropicTokenCount;
    static const AnthropicUpstream anthropicUpstream;
    static const BedrockTokenCount bedrockTokenCount;
    static const BedrockUpstream bedrockUpstream;
    static const CohereEmbeddings cohereEmbeddings;
    static const CohereInbound cohereInbound;
    static const CohereUpstream cohereUpstream;
    static const GeminiEmbeddings geminiEmbeddings;
    static const GeminiInbound geminiInbound;
    static const GeminiTokenCount geminiTokenCount;
    static const GeminiUpstream geminiUpstream;
    static const OllamaEmbedding ollamaEmbedding;
    static const OllamaInbound ollamaInbound(ollama::Endpoint::Chat);
    static const OllamaInbound ollamaGenerateInbound(ollama::Endpoint::Generate);
    static const OllamaUpstream ollamaUpstream;
    static const OpenAiChatInbound openAiChatInbound;
    static const OpenAiChatUpstream openAiChatUpstream;
    static const CompletionsInbound completionsInbound;
    static const OpenAiResponsesCounting openAiResponsesCounting;
    static const OpenAiResponsesInbound openAiResponsesInbound;
    static const OpenAiResponsesUpstream openAiResponsesUpstream;
    static const OpenAiEmbeddings openAiEmbeddings;
    static constexpr AnswerScope ollamaAnswers{
        .choices = false,
        .refusals = false,
        .filters = false,
        .seals = false,
        .citations = false,
        .passages = false,
        .imageUrls = false,
        .audio = false};
    static constexpr AnswerScope ollamaGenerateAnswers{
        .choices = false,
        .refusals = false,
        .filters = false,
        .seals = false,
        .toolCalls = false,
        .citations = false,
        .passages = false,
        .images = false,
        .audio = false};
    static const std::vector<Wire> rows{
        {.name = "openai-chat",
         .inbound = &openAiChatInbound,
         .upstream = &openAiChatUpstream,
         .embedding = &openAiEmbeddings},
        {.name = "anthropic",
         .inbound = &anthropicInbound,
         .upstream = &anthropicUpstream,
         .counting = &anthropicTokenCount,
         .answers
         = {.choices = false, .passages = false, .images = false, .audio = false, .logprobs = false}},
        {.name = "openai-responses",
         .inbound = &openAiResponsesInbound,
         .upstream = &openAiResponsesUpstream,
         .embedding = &openAiEmbeddings,
         .counting = &openAiResponsesCounting,
         .answers = {.choices = false, .passages = false, .imageUrls = false, .audio = false}},
        {.name = "gemini",
         .inbound = &geminiInbound,
         .upstream = &geminiUpstream,
         .embedding = &geminiEmbeddings,
         .counting = &geminiTokenCount,
         .answers = {.refusals = false}},
        {.name = "bedrock", .upstream = &bedrockUpstream, .counting = &bedrockTokenCount},
        {.name = "cohere",
         .inbound = &cohereInbound,
         .upstream = &cohereUpstream,
         .embedding = &cohereEmbeddings,
         .answers = {.choices = false, .refusals = false, .seals = false, .images = false, .audio = false}},
        {.name = "ollama",
         .inbound = &ollamaInbound,
         .upstream = &ollamaUpstream,
         .embedding = &ollamaEmbedding,
         .answers = ollamaAnswers},
        {.name = "openai-completions",
         .inbound = &completionsInbound,
         .answers
         = {.refusals = false,
            .reasoning = false,
            .seals = false,
            .toolCalls = false,
            .citations = false,
            .passages = false,
            .images = false,
            .audio = false}},
        {.name = "ollama-generate",
         .passesTo = "ollama",
         .inbound = &ollamaGenerateInbound,
         .answers = ollamaGenerateAnswers},
    };
    return rows;
}

} // namespace

const Wire *findWire(QByteArrayView name)
{
    const std::vector<Wire> &rows = table();
    const auto row
        = std::find_if(rows.begin(), rows.end(), [&](const Wire &wire) { return wire.name == name; });
    return row == rows.end() ? nullptr : &*row;
}

std::vector<QByteArray> wireNames()
{
    std::vector<QByteArray> names;
    for (const Wire &wire : table()) {
        if (wire.upstream)
            names.push_back(wire.name);
    }
    return names;
}

} // namespace fairlead::wire

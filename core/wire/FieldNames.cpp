// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/FieldNames.h"

#include <algorithm>
#include <iterator>

namespace fairlead::wire {

namespace {

struct Row {
    QByteArrayView dialect;
    QByteArrayView field; ///< as OpenAI Chat names it
    QByteArrayView own;
};

constexpr Row kRows[] = {
    {"anthropic", "parallel_tool_calls", "tool_choice.disable_parallel_tool_use"},
    {"anthropic", "reasoning.budget_tokens", "thinking.budget_tokens"},
    {"anthropic", "reasoning_effort", "thinking"},
    {"anthropic", "response_format", "output_config.format"},
    {"anthropic", "stop", "stop_sequences"},
    {"anthropic", "user", "metadata.user_id"},
    {"cohere", "reasoning.budget_tokens", "thinking.token_budget"},
    {"cohere", "reasoning_effort", "thinking"},
    {"cohere", "stop", "stop_sequences"},
    {"cohere", "top_k", "k"},
    {"cohere", "top_p", "p"},
    {"gemini", "frequency_penalty", "generationConfig.frequencyPenalty"},
    {"gemini", "logprobs", "generationConfig.responseLogprobs"},
    {"gemini", "max_tokens", "generationConfig.maxOutputTokens"},
    {"gemini", "n", "generationConfig.candidateCount"},
    {"gemini", "presence_penalty", "generationConfig.presencePenalty"},
    {"gemini", "reasoning.budget_tokens", "generationConfig.thinkingConfig.thinkingBudget"},
    {"gemini", "reasoning_effort", "generationConfig.thinkingConfig"},
    {"gemini", "response_format", "generationConfig.responseSchema"},
    {"gemini", "seed", "generationConfig.seed"},
    {"gemini", "service_tier", "serviceTier"},
    {"gemini", "stop", "generationConfig.stopSequences"},
    {"gemini", "temperature", "generationConfig.temperature"},
    {"gemini", "tool_choice", "toolConfig.functionCallingConfig"},
    {"gemini", "top_k", "generationConfig.topK"},
    {"gemini", "top_logprobs", "generationConfig.logprobs"},
    {"gemini", "top_p", "generationConfig.topP"},
    {"ollama", "frequency_penalty", "options.frequency_penalty"},
    {"ollama", "max_tokens", "options.num_predict"},
    {"ollama", "presence_penalty", "options.presence_penalty"},
    {"ollama", "reasoning.budget_tokens", "think"},
    {"ollama", "reasoning_effort", "think"},
    {"ollama", "response_format", "format"},
    {"ollama", "seed", "options.seed"},
    {"ollama", "stop", "options.stop"},
    {"ollama", "temperature", "options.temperature"},
    {"ollama", "top_k", "options.top_k"},
    {"ollama", "top_p", "options.top_p"},
    {"openai-responses", "max_tokens", "max_output_tokens"},
    {"openai-responses", "reasoning_effort", "reasoning.effort"},
    {"openai-responses", "response_format", "text.format"},
};

} // namespace

Losses inCallersWords(const Losses &losses, QByteArrayView dialect)
{
    if (dialect == "ollama-generate") // the same options under another path
        dialect = "ollama";
    Losses told;
    for (const Loss &loss : losses.list()) {
        const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row &r) {
            return r.dialect == dialect && r.field == loss.field;
        });
        Loss own = loss;
        if (row != std::end(kRows))
            own.field = row->own.toByteArray();
        if (dialect == "gemini" && own.field.startsWith("contents["))
            own.field.replace("].content", "].parts");
        told.add(std::move(own));
    }
    return told;
}

} // namespace fairlead::wire

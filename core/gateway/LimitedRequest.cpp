// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LimitedRequest.h"

#include "json/Splice.h"
#include "wire/CommonLosses.h"

#include <algorithm>

namespace fairlead::gateway {

using chat::ChatRequest;
using routing::ModelLimits;

namespace {

const QByteArray kMaxTokens = QByteArrayLiteral("max_tokens");
const QByteArray kMaxCompletionTokens = QByteArrayLiteral("max_completion_tokens");

/// The other name of the cap on the output; empty for any other field.
QByteArray otherName(const QByteArray &field)
{
    if (field == kMaxTokens)
        return kMaxCompletionTokens;
    return field == kMaxCompletionTokens ? kMaxTokens : QByteArray();
}

QByteArray told(const ModelLimits::Field &field)
{
    return field.learnt ? field.name + "(learnt)" : field.name;
}

/// Models that refuse a temperature work as if it were 1: nothing is lost then.
bool isWhatItIsAnyway(const QByteArray &name, const chat::RawJson &value)
{
    return name == "temperature" && wire::numberOf(value) == 1;
}

/// Takes one number out of a request; its text, empty if it was not there.
chat::RawJson taken(chat::RawJson &number)
{
    return std::exchange(number, chat::RawJson());
}

template<typename T>
chat::RawJson taken(std::optional<T> &value)
{
    const bool had = value.has_value();
    value.reset();
    return had ? QByteArrayLiteral("true") : chat::RawJson();
}

chat::RawJson takenExtra(ChatRequest &request, const QByteArray &name)
{
    const auto it = std::find_if(
        request.extras.begin(), request.extras.end(), [&](const auto &extra) { return extra.first == name; });
    if (it == request.extras.end())
        return {};
    const chat::RawJson value = it->second;
    request.extras.erase(it);
    return value;
}

chat::RawJson take(ChatRequest &request, const QByteArray &name)
{
    if (name == "temperature")
        return taken(request.temperature);
    if (name == "top_p")
        return taken(request.topP);
    if (name == "top_k")
        return taken(request.topK);
    if (name == "presence_penalty")
        return taken(request.presencePenalty);
    if (name == "frequency_penalty")
        return taken(request.frequencyPenalty);
    if (name == "logit_bias")
        return taken(request.logitBias);
    if (name == "metadata")
        return taken(request.metadata);
    if (name == "service_tier")
        return taken(request.serviceTier);
    if (name == "seed")
        return taken(request.seed);
    if (name == "logprobs")
        return taken(request.logprobs);
    if (name == "top_logprobs")
        return taken(request.topLogprobs);
    if (name == "parallel_tool_calls")
        return taken(request.parallelToolCalls);
    if (name == "reasoning_effort")
        return taken(request.reasoning);
    if (name == "stop")
        return std::exchange(request.stop, {}).empty() ? chat::RawJson() : QByteArrayLiteral("true");
    return takenExtra(request, name);
}

void spliceRoles(json::Splice &splice, json::View messages, const ModelLimits &limits, wire::Losses &losses)
{
    const QByteArrayView from = limits.noSystemRole ? "system" : "developer";
    const QByteArrayView to = limits.noSystemRole ? "\"developer\"" : "\"system\"";
    for (const json::View message : messages.elements()) {
        const json::View role = message["role"];
        if (!role.equals(from))
            continue;
        splice.replace(role, to);
        losses.renamed(QByteArrayLiteral("messages[].role(learnt)"), QByteArrayLiteral("refused by the model"));
    }
}

} // namespace

ChatRequest limited(ChatRequest request, const ModelLimits &limits, wire::Losses &losses)
{
    for (const ModelLimits::Field &field : limits.refused) {
        if (!otherName(field.name).isEmpty())
            continue; // named by the quirks
        const chat::RawJson value = take(request, field.name);
        if (!value.isEmpty() && !isWhatItIsAnyway(field.name, value))
            losses.dropped(told(field), QByteArrayLiteral("refused by the model"));
    }
    if (limits.noSystemRole) {
        for (chat::Message &message : request.messages) {
            if (message.role == chat::Role::System)
                message.role = chat::Role::Developer;
        }
    }
    return request;
}

wire::Quirks limited(wire::Quirks quirks, const ModelLimits &limits)
{
    for (const ModelLimits::Field &field : limits.refused) {
        const QByteArray other = otherName(field.name);
        if (!other.isEmpty())
            quirks.maxTokensField = other;
    }
    if (limits.noSystemRole)
        quirks.noDeveloperRole = false;
    quirks.noDeveloperRole = quirks.noDeveloperRole || limits.noDeveloperRole;
    return quirks;
}

QByteArray limited(const QByteArray &body, const ModelLimits &limits, wire::Losses &losses)
{
    const auto document = json::Document::parse(body);
    if (!document)
        return body; // cannot be: it was parsed before
    const json::View root = document->root();
    json::Splice splice(*document);
    for (const ModelLimits::Field &field : limits.refused) {
        const json::View value = root[field.name];
        if (!value.exists())
            continue;
        splice.remove(root, field.name);
        const QByteArray other = otherName(field.name);
        if (!other.isEmpty()) {
            if (!root[other].exists())
                splice.set(root, other, value.raw());
            losses.renamed(told(field), other);
        } else if (value && !isWhatItIsAnyway(field.name, value.rawCopy())) {
            losses.dropped(told(field), QByteArrayLiteral("refused by the model"));
        }
    }
    if (limits.noSystemRole || limits.noDeveloperRole)
        spliceRoles(splice, root["messages"], limits, losses);
    return splice.apply();
}

} // namespace fairlead::gateway

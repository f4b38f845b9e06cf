// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/RequestChecks.h"

#include "fuzz/Fuzz.h"
#include "fuzz/WireChecks.h"
#include "wire/EmbeddingCodec.h"
#include "wire/TokenCountCodec.h"

#include <array>

namespace fairlead::fuzz {

namespace {

using wire::InboundCall;
using wire::Losses;
using wire::Quirks;
using wire::Wire;

constexpr std::array<QByteArrayView, 7> kProviders{
    "openai-chat", "anthropic", "openai-responses", "gemini", "bedrock", "cohere", "ollama"};
constexpr QByteArrayView kModel("acme/model-1");

Quirks quirksOf(std::uint8_t traits)
{
    Quirks quirks;
    quirks.noDeveloperRole = (traits & 1U) != 0;
    quirks.noStreamOptions = (traits & 2U) != 0;
    quirks.shortToolIds = (traits & 4U) != 0;
    quirks.cacheControl = (traits & 8U) != 0;
    quirks.jsonSchema = (traits & 16U) == 0;
    quirks.structuredOutput = (traits & 16U) == 0;
    quirks.bareMedia = (traits & 32U) != 0;
    if ((traits & 64U) != 0)
        quirks.reasoningField = "reasoning_content";
    constexpr std::array<const char *, 4> kRequests{"", "reasoning", "thinking", "enable_thinking"};
    quirks.reasoningRequest = kRequests[traits % kRequests.size()];
    return quirks;
}

/// What an answer may hold, once.
std::vector<chat::ChatEvent> someAnswer()
{
    chat::ReasoningSignature signature;
    signature.signature = "c2ln";
    chat::Usage usage;
    usage.set(chat::TokenKind::Input, 7);
    usage.set(chat::TokenKind::Output, 9);
    return {
        chat::Started("id-1", "model-1"),
        chat::ReasoningDelta("think"),
        signature,
        chat::TextDelta("two "),
        chat::TextDelta("words"),
        chat::ToolCallBegin(0, "call_1", "get_tide"),
        chat::ToolCallDelta(0, "{\"port\":"),
        chat::ToolCallDelta(0, "\"Brest\"}"),
        chat::UsageReport(usage),
        chat::Finished(chat::FinishReason::ToolCalls, "tool_calls"),
    };
}

/// Every member but those that say the model and what the stream shall report is there as it was written.
void checkOtherMembers(json::View before, json::View after)
{
    const auto isOurs = [](const QByteArray &name) {
        return name == "model" || name == "stream_options" || name == "store";
    };
    auto left = after.members().begin();
    const auto end = after.members().end();
    const auto skip = [&] {
        while (left != end && isOurs(left->key))
            ++left;
    };
    for (const auto &[key, value] : before.members()) {
        if (isOurs(key))
            continue;
        skip();
        FUZZ_CHECK(left != end && left->key == key);
        FUZZ_COMPARE(left->value.rawCopy(), value.rawCopy());
        ++left;
    }
    skip();
    FUZZ_CHECK(left == end);
}

void checkPassThrough(const Wire &wire, const InboundCall &call, const wire::RequestHead &head)
{
    const auto passed = wire.inbound->passThrough(call, kModel, Quirks());
    const auto peeked = wire.inbound->passPeeked(call, head, kModel, Quirks());
    FUZZ_CHECK(passed.has_value() == peeked.has_value());
    if (!passed)
        return;
    FUZZ_CHECK(passed->mustTranslate == peeked->mustTranslate);
    if (passed->mustTranslate)
        return;
    FUZZ_COMPARE(peeked->body, passed->body);
    FUZZ_CHECK(peeked->usageForced == passed->usageForced && passed->losses.isEmpty());
    const auto document = json::Document::parse(passed->body);
    FUZZ_CHECK(document.has_value());
    checkOtherMembers(call.document.root(), document->root());
    const Wire *provider = wire::findWire(wire.passesTo.isEmpty() ? wire.name : wire.passesTo);
    if (!provider->upstream)
        return;
    checkCall(provider->upstream->passThroughCall(
        {.model = kModel,
         .stream = head.stream,
         .body = passed->body,
         .callerHeaders = &call.headers,
         .callerQuery = &call.query,
         .callerPath = call.path},
        Quirks()));
}

void checkTranslation(const Wire &tool, const Wire &provider, const InboundCall &call, const Quirks &quirks)
{
    auto request = tool.inbound->decodeRequest(call);
    if (!request) {
        FUZZ_CHECK(!request.error().message().isEmpty());
        return;
    }
    request->model = kModel.toByteArray();
    Losses losses;
    const auto encoded = provider.upstream->encodeRequest(*request, quirks, losses);
    FUZZ_CHECK(encoded || !encoded.error().message().isEmpty());
    checkLosses(losses);
    if (encoded) {
        checkCall(*encoded);
        FUZZ_CHECK(!encoded->body.isEmpty());
    }
    if (provider.counting) {
        Losses lost;
        if (const auto counted = provider.counting->encodeRequest(*request, quirks, lost))
            checkCall(*counted);
    }
}

void checkServices(const Wire &tool, const Wire &provider, const InboundCall &call, const Quirks &quirks)
{
    if (tool.counting) {
        const auto request = tool.counting->decodeRequest(call);
        FUZZ_CHECK(request || !request.error().message().isEmpty());
        if (const auto passed = tool.counting->passThrough(call, kModel.toByteArray(), quirks))
            checkCall(*passed);
    }
    if (!tool.embedding)
        return;
    const auto passed = tool.embedding->passThrough(call, kModel.toByteArray(), quirks);
    if (passed)
        checkCall(*passed);
    auto request = tool.embedding->decodeRequest(call);
    if (!request) {
        FUZZ_CHECK(!request.error().message().isEmpty());
        return;
    }
    request->model = kModel.toByteArray();
    Losses losses;
    if (provider.embedding) {
        if (const auto encoded = provider.embedding->encodeRequest(*request, quirks, losses))
            checkCall(*encoded);
    }
    checkLosses(losses);
    chat::EmbeddingAnswer answer;
    answer.vectors.resize(2);
    answer.vectors[0].numbers = "[0.5,-1e-3]";
    answer.vectors[1].base64 = "AAAAPwAAgD8=";
    FUZZ_CHECK(isJson(tool.embedding->encodeAnswer(answer, *request, {})));
}

} // namespace

void checkTool(QByteArrayView bytes, std::span<const QByteArrayView> wires)
{
    Input input(bytes);
    const Wire &tool = *wire::findWire(wires[input.choice() % wires.size()]);
    const std::uint8_t variant = input.choice();
    const Wire &provider = *wire::findWire(kProviders[input.choice() % kProviders.size()]);
    const Quirks quirks = quirksOf(input.choice());

    const auto call = callOf(tool.name, variant, input.rest().toByteArray());
    if (!call) {
        FUZZ_CHECK(!call.error().message().isEmpty());
        return;
    }
    const auto head = tool.inbound->peek(*call);
    FUZZ_CHECK(head || !head.error().message().isEmpty());
    if (head) {
        checkPassThrough(tool, *call, *head);
        const auto request = tool.inbound->decodeRequest(*call);
        FUZZ_CHECK(!request || (request->model == head->model && request->stream == head->stream));
    }
    checkTranslation(tool, provider, *call, quirks);
    checkServices(tool, provider, *call, quirks);
    checkAnswerFor(tool, *call, someAnswer());
    // The error names what the caller wrote, whatever that was.
    const chat::Failure failure(
        chat::FailureClass::CallerFault, 400,
        input.rest().first(qMin(input.rest().size(), 64)).toByteArray());
    checkErrorFor(*tool.inbound, failure);
}

} // namespace fairlead::fuzz

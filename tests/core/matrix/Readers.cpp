// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Readers.h"

#include "wire/Codec.h"
#include "json/View.h"

#include <algorithm>

namespace fairlead::test::matrix {

using namespace chat;
using json::View;

namespace {

/// Converse requests, after API_runtime_Converse.
class ConverseReader
{
public:
    explicit ConverseReader(View root)
        : m_root(root)
    { }

    ChatRequest read()
    {
        for (const View block : m_root["system"].elements())
            say(Role::System, block);
        for (const View message : m_root["messages"].elements()) {
            const Role role = message["role"].equals("assistant") ? Role::Assistant : Role::User;
            for (const View block : message["content"].elements())
                say(role, block);
        }
        for (const View tool : m_root["toolConfig"]["tools"].elements())
            readTool(tool["toolSpec"]);
        readSettings();
        return m_request;
    }

private:
    void say(Role role, View block)
    {
        Message message;
        message.role = role;
        if (block["text"].isString())
            message.parts.emplace_back(textOf(block));
        else if (block["image"].isObject())
            message.parts.emplace_back(imageOf(block["image"]));
        else if (block["toolUse"].isObject())
            message.parts.emplace_back(callOf(block["toolUse"]));
        else if (block["toolResult"].isObject())
            message.parts.emplace_back(resultOf(block["toolResult"]));
        else
            message.parts.emplace_back(UnknownPart{"block", block.rawCopy()});
        m_request.messages.push_back(std::move(message));
    }

    static TextPart textOf(View block) { return TextPart{block["text"].stringOr({}), {}}; }

    static MediaPart imageOf(View image)
    {
        MediaPart part;
        part.mediaType = "image/" + image["format"].stringOr({});
        part.base64 = image["source"]["bytes"].stringOr({});
        return part;
    }

    static ToolCallPart callOf(View use)
    {
        ToolCallPart call;
        call.id = use["toolUseId"].stringOr({});
        call.name = use["name"].stringOr({});
        call.arguments = use["input"].rawCopy();
        return call;
    }

    static ToolResultPart resultOf(View result)
    {
        ToolResultPart part;
        part.callId = result["toolUseId"].stringOr({});
        for (const View block : result["content"].elements()) {
            if (block["image"].isObject())
                part.content.emplace_back(imageOf(block["image"]));
            else
                part.content.emplace_back(textOf(block));
        }
        return part;
    }

    void readTool(View spec)
    {
        if (!spec.exists())
            return;
        Tool tool;
        tool.name = spec["name"].stringOr({});
        tool.description = spec["description"].stringOr({});
        tool.parameters = spec["inputSchema"]["json"].rawCopy();
        tool.strict = spec["strict"].boolean();
        m_request.tools.push_back(std::move(tool));
    }

    void readSettings()
    {
        const View choice = m_root["toolConfig"]["toolChoice"];
        if (choice["any"].exists())
            m_request.toolChoice = ToolChoice{ToolChoice::Mode::Required, {}};
        else if (choice["tool"].exists())
            m_request.toolChoice = ToolChoice{ToolChoice::Mode::Named, choice["tool"]["name"].stringOr({})};
        const View inference = m_root["inferenceConfig"];
        m_request.maxOutputTokens = inference["maxTokens"].integer();
        m_request.temperature = inference["temperature"].rawCopy();
        for (const View stop : inference["stopSequences"].elements())
            m_request.stop.push_back(stop.stringOr({}));
        const View format = m_root["outputConfig"]["textFormat"];
        if (format["type"].equals("json_schema")) {
            ResponseFormat wanted;
            wanted.kind = ResponseFormat::Kind::JsonSchema;
            wanted.schema = format["structure"]["jsonSchema"]["schema"].stringOr({});
            m_request.responseFormat = wanted;
        }
        // Claude's; other families have names of their own.
        const View thinking = m_root["additionalModelRequestFields"]["thinking"];
        if (thinking.exists()) {
            Reasoning reasoning;
            reasoning.effort = thinking["type"].equals("disabled") ? "none" : "";
            reasoning.budgetTokens = thinking["budget_tokens"].integer();
            m_request.reasoning = reasoning;
        }
    }

    View m_root;
    ChatRequest m_request;
};

FinishReason finishReasonOf(const QByteArray &word)
{
    if (word == "length")
        return FinishReason::Length;
    return word == "stop" ? FinishReason::Stop : FinishReason::ContentFilter;
}

/// Legacy completions: {"choices": [{"text", "finish_reason"}], "usage"}, whole or in chunks.
ChatAnswer completionFrom(const http::Response &answer, bool streamed)
{
    QList<QByteArray> objects{answer.body};
    bool ended = !streamed;
    if (streamed) {
        objects.clear();
        for (const QByteArray &line : answer.body.split('\n')) {
            ended = ended || line == "data: [DONE]";
            if (line.startsWith("data: {"))
                objects += line.mid(6);
        }
    }
    ChatAnswer read;
    ChatAnswer::Choice choice;
    for (const QByteArray &object : objects) {
        const auto document = json::Document::parse(object);
        if (!document || (*document)["error"].exists() || !ended) {
            read.failure = Failure(FailureClass::Protocol, 0, "broken");
            continue;
        }
        for (const View element : (*document)["choices"].elements()) {
            if (element["index"].integerOr(0) != 0)
                continue;
            choice.text += element["text"].stringOr({});
            if (const auto word = element["finish_reason"].string())
                choice.finished = Finished(finishReasonOf(*word));
        }
        if (const View usage = (*document)["usage"]) {
            read.usage.set(TokenKind::Input, usage["prompt_tokens"].integerOr(-1));
            read.usage.set(TokenKind::Output, usage["completion_tokens"].integerOr(-1));
        }
    }
    read.choices.push_back(std::move(choice));
    return read;
}

/// Where a dialect has callers only, its errors are those of the dialect it grew from.
const wire::UpstreamCodec &providersEyes(const QByteArray &dialect)
{
    const wire::Wire *wire = wire::findWire(dialect);
    return wire->upstream ? *wire->upstream : *wire::findWire("openai-chat")->upstream;
}

} // namespace

Result<ChatRequest> readRequest(const QByteArray &dialect, const FakeTransport::Request &sent)
{
    auto call = wire::InboundCall::parse(
        sent.url.path().toUtf8(), sent.url.query().toUtf8(), sent.headers, sent.body);
    if (!call)
        return fail(call.error());
    if (const auto *codec = wire::findWire(dialect)->inbound)
        return codec->decodeRequest(*call);
    return ConverseReader(call->document.root()).read();
}

ChatAnswer readAnswer(const QByteArray &dialect, const http::Response &answer, bool streamed)
{
    const wire::Wire *wire = wire::findWire(dialect);
    if (!wire->upstream)
        return completionFrom(answer, streamed);
    std::vector<ChatEvent> events;
    if (streamed) {
        const auto decoder = wire->upstream->makeStreamDecoder(wire::Quirks(), wire::DecodeMode::Full);
        decoder->feed(answer.body, events);
        decoder->finish(events);
    } else {
        events = wire->upstream->decodeAnswer(answer.body, wire::Quirks());
    }
    Accumulator accumulator;
    for (const ChatEvent &event : events)
        accumulator.add(event);
    return accumulator.take();
}

Failure readError(const QByteArray &dialect, const http::Response &answer)
{
    return providersEyes(dialect).decodeError(answer.status, answer.headers, answer.body);
}

} // namespace fairlead::test::matrix

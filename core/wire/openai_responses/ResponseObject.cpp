// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ResponseObject.h"

#include "json/Writer.h"

namespace fairlead::wire::openai_responses {

using chat::TokenKind;
using json::View;
using json::Writer;

namespace {

/// A setting of the request and what the API says where it is not given.
void echo(Writer &writer, View request, QByteArrayView name, QByteArrayView usual)
{
    const View given = request[name];
    writer.memberRaw(name, given ? given.raw() : usual);
}

void echoText(Writer &writer, View text)
{
    if (!text.isObject() || text["format"]) {
        writer.memberRaw(
            "text", text.isObject() ? text.raw() : R"({"format":{"type":"text"},"verbosity":"medium"})");
        return;
    }
    writer.key("text").beginObject().memberRaw("format", R"({"type":"text"})");
    for (const auto &[name, value] : text.members()) {
        if (name != "format")
            writer.memberRaw(name, value.raw());
    }
    writer.endObject();
}

void writeUsage(Writer &writer, const chat::Usage &usage)
{
    if (usage.isEmpty()) {
        writer.null();
        return;
    }
    const std::int64_t input = usage.totalInput();
    const std::int64_t output = usage.totalOutput();
    writer.beginObject().memberInteger("input_tokens", input).key("input_tokens_details").beginObject();
    writer.memberInteger("cached_tokens", usage.valueOrZero(TokenKind::CacheRead));
    if (usage.get(TokenKind::CacheWrite5m) || usage.get(TokenKind::CacheWrite1h)) {
        writer.memberInteger(
            "cache_write_tokens",
            usage.valueOrZero(TokenKind::CacheWrite5m) + usage.valueOrZero(TokenKind::CacheWrite1h));
    }
    writer.endObject().memberInteger("output_tokens", output).key("output_tokens_details").beginObject();
    writer.memberInteger("reasoning_tokens", usage.valueOrZero(TokenKind::Reasoning)).endObject();
    writer.memberInteger("total_tokens", input + output).endObject();
}

} // namespace

ResponseObject::ResponseObject(const AnswerContext &context)
    : m_request(context.call ? context.call->document.root() : View())
    , m_model(context.model)
    , m_suffix(context.fallbackId.startsWith("req_") ? context.fallbackId.mid(4) : context.fallbackId)
    , m_created(context.created)
{
    m_id = "resp_" + m_suffix;
}

void ResponseObject::setId(const QByteArray &id)
{
    if (id.startsWith("resp_"))
        m_id = id;
}

QByteArray ResponseObject::itemId(QByteArrayView prefix, int place) const
{
    return prefix.toByteArray() + m_suffix + '_' + QByteArray::number(place);
}

QByteArray ResponseObject::write(const State &state) const
{
    Writer writer(2048);
    writer.beginObject().member("id", m_id).member("object", "response");
    writer.memberInteger("created_at", m_created).member("status", state.status);
    writer.memberBoolean("background", false);
    writer.memberRaw("error", state.error.isEmpty() ? QByteArrayView("null") : state.error);
    writer.key("incomplete_details");
    if (state.incompleteReason.isEmpty())
        writer.null();
    else
        writer.beginObject().member("reason", state.incompleteReason).endObject();
    echo(writer, m_request, "instructions", "null");
    echo(writer, m_request, "max_output_tokens", "null");
    echo(writer, m_request, "max_tool_calls", "null");
    writer.member("model", m_model).memberRaw("output", '[' + state.output + ']');
    echo(writer, m_request, "parallel_tool_calls", "true");
    echo(writer, m_request, "previous_response_id", "null");
    echo(writer, m_request, "prompt_cache_key", "null");
    echo(writer, m_request, "reasoning", R"({"effort":null,"summary":null})");
    echo(writer, m_request, "safety_identifier", "null");
    if (state.usage.serviceTier.isEmpty())
        echo(writer, m_request, "service_tier", R"("auto")");
    else
        writer.member("service_tier", state.usage.serviceTier);
    echo(writer, m_request, "store", "true");
    echo(writer, m_request, "temperature", "1.0");
    echoText(writer, m_request["text"]);
    echo(writer, m_request, "tool_choice", R"("auto")");
    echo(writer, m_request, "tools", "[]");
    echo(writer, m_request, "top_logprobs", "0");
    echo(writer, m_request, "top_p", "1.0");
    echo(writer, m_request, "truncation", R"("disabled")");
    writer.key("usage");
    writeUsage(writer, state.usage);
    echo(writer, m_request, "user", "null");
    echo(writer, m_request, "metadata", "{}");
    return writer.endObject().take();
}

} // namespace fairlead::wire::openai_responses

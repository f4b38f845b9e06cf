// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/OllamaEmbedding.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/Writer.h"

namespace fairlead::wire {

using chat::EmbeddingAnswer;
using chat::EmbeddingRequest;
using chat::EmbeddingVector;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

namespace {

/// The older endpoint: `prompt` in, one `embedding` out.
bool isSingle(const InboundCall &call)
{
    return call.path.endsWith("/embeddings");
}

void readInput(View input, FieldReader &fields, EmbeddingRequest &request)
{
    if (input.isString()) {
        request.single = true;
        request.texts.push_back(input.stringOr({}));
        return;
    }
    if (!input.isArray() || input.count() == 0)
        fields.wrong("input", "a string or a non-empty array of strings");
    for (const View text : input.elements()) {
        if (!text.isString())
            fields.wrong(indexed("input", static_cast<qsizetype>(request.texts.size())), "a string");
        request.texts.push_back(text.stringOr({}));
    }
}

} // namespace

Result<EmbeddingRequest> OllamaEmbedding::decodeRequest(const InboundCall &call) const
{
    const View root = call.document.root();
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    FieldReader fields;
    EmbeddingRequest request;
    request.dialect = QByteArrayLiteral("ollama");
    request.model = fields.requiredString(root["model"], "model");
    if (isSingle(call)) {
        request.single = true;
        request.texts.push_back(fields.string(root["prompt"], "prompt"));
    } else {
        readInput(root["input"], fields, request);
    }
    request.dimensions = fields.integer(root["dimensions"], "dimensions");
    request.truncate = fields.boolean(root["truncate"], "truncate");
    for (const auto &[name, value] : root.members()) {
        const bool known = name == "model" || name == "input" || name == "prompt" || name == "dimensions"
                           || name == "truncate";
        const bool empty = !value || (value.isObject() && value.count() == 0);
        if (!known && !empty)
            request.extras.emplace_back(name, value.rawCopy());
    }
    if (!fields.isGood())
        return fail(ErrorKind::Invalid, fields.complaint());
    return request;
}

QByteArray OllamaEmbedding::encodeAnswer(
    const EmbeddingAnswer &answer, const EmbeddingRequest &, const AnswerContext &context) const
{
    json::Writer writer(4096);
    if (context.call && isSingle(*context.call)) {
        writer.beginObject().key("embedding");
        writer.raw(answer.vectors.empty() ? QByteArray("[]") : answer.vectors.front().numbers);
        return writer.endObject().take();
    }
    writer.beginObject().member("model", context.model).key("embeddings").beginArray();
    for (const EmbeddingVector &vector : answer.vectors)
        writer.raw(vector.numbers);
    writer.endArray().memberInteger("total_duration", 0).memberInteger("load_duration", 0);
    if (!answer.usage.isEmpty())
        writer.memberInteger("prompt_eval_count", answer.usage.totalInput());
    return writer.endObject().take();
}

Result<UpstreamCall>
OllamaEmbedding::encodeRequest(const EmbeddingRequest &request, const Quirks &, Losses &losses) const
{
    if (!request.tokenLists.empty())
        return fail(ErrorKind::Invalid, "input: Ollama embeds text, not lists of token ids");
    json::Writer writer(4096);
    writer.beginObject().member("model", request.model).key("input");
    if (request.single && request.texts.size() == 1) {
        writer.string(request.texts.front());
    } else {
        writer.beginArray();
        for (const QByteArray &text : request.texts)
            writer.string(text);
        writer.endArray();
    }
    if (request.truncate)
        writer.memberBoolean("truncate", *request.truncate);
    if (request.dimensions)
        writer.memberInteger("dimensions", *request.dimensions);
    for (const auto &[name, value] : request.extras) {
        if (request.dialect == "ollama")
            writer.memberRaw(name, value);
        else
            losses.dropped(name, "not a field of Ollama's");
    }
    if (!request.purpose.isEmpty())
        losses.dropped("input_type", "Ollama's models are told in the text itself");
    if (!request.title.isEmpty())
        losses.dropped("title");
    if (!request.user.isEmpty())
        losses.dropped("user");
    UpstreamCall call;
    call.path = QByteArrayLiteral("/api/embed");
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", "application/json");
    call.body = writer.endObject().take();
    return call;
}

Result<UpstreamCall>
OllamaEmbedding::passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const
{
    auto made = EmbeddingCodec::passThrough(call, model, quirks);
    if (made && isSingle(call))
        made->path = QByteArrayLiteral("/api/embeddings");
    return made;
}

tl::expected<EmbeddingAnswer, Failure>
OllamaEmbedding::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return tl::make_unexpected(Failure(
            chat::FailureClass::Protocol, 0,
            "The provider's answer is no JSON: " + document.error().message()));
    const View root = document->root();
    if (holdsError(root))
        return tl::make_unexpected(failureFromJson(root));
    EmbeddingAnswer answer;
    answer.model = root["model"].stringOr({});
    for (const View vector : root["embeddings"].elements())
        answer.vectors.push_back({vector.rawCopy(), {}});
    if (root["embedding"].isArray())
        answer.vectors.push_back({root["embedding"].rawCopy(), {}});
    if (answer.vectors.empty())
        return tl::make_unexpected(Failure(
            chat::FailureClass::Protocol, 0,
            QByteArrayLiteral("The provider's answer holds no embeddings.")));
    if (const auto tokens = root["prompt_eval_count"].integer(); tokens && *tokens >= 0)
        answer.usage.set(chat::TokenKind::Input, *tokens);
    return answer;
}

} // namespace fairlead::wire

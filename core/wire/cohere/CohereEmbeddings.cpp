// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/CohereEmbeddings.h"

#include "wire/ErrorBody.h"
#include "wire/cohere/Errors.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/Writer.h"

namespace fairlead::wire {

namespace {

using chat::EmbeddingAnswer;
using chat::EmbeddingRequest;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

void readTexts(View texts, FieldReader &fields, EmbeddingRequest &request)
{
    if (!fields.array(texts, "texts"))
        return;
    for (const View text : texts.elements()) {
        if (!text.isString())
            fields.wrong(indexed("texts", static_cast<qsizetype>(request.texts.size())), "a string");
        request.texts.push_back(text.stringOr({}));
    }
}

/// Inputs of parts. The neutral model knows text: what is more stays in the extras, for its own dialect.
void readInputs(View inputs, FieldReader &fields, EmbeddingRequest &request)
{
    if (!fields.array(inputs, "inputs"))
        return;
    bool hasMore = false;
    for (const View input : inputs.elements()) {
        QByteArray text;
        for (const View part : input["content"].elements()) {
            text += part["text"].stringOr({});
            hasMore = hasMore || !part["type"].equals("text");
        }
        request.texts.push_back(text);
    }
    if (hasMore)
        request.extras.emplace_back("inputs", inputs.rawCopy());
}

void readTypes(View types, FieldReader &fields, EmbeddingRequest &request)
{
    if (!fields.array(types, "embedding_types"))
        return;
    bool hasFloat = false;
    bool hasBase64 = false;
    bool hasMore = false;
    for (const View type : types.elements()) {
        hasFloat = hasFloat || type.equals("float");
        hasBase64 = hasBase64 || type.equals("base64");
        hasMore = hasMore || !(type.equals("float") || type.equals("base64"));
    }
    request.base64 = hasBase64 && !hasFloat;
    if (hasMore || (hasBase64 && hasFloat))
        request.extras.emplace_back("embedding_types", types.rawCopy());
}

chat::Usage usageOf(View meta)
{
    chat::Usage usage;
    const View tokens = meta["tokens"]["input_tokens"];
    const auto [text, images] = meta["billed_units"].pick("input_tokens", "image_tokens");
    if (tokens.integer())
        usage.set(chat::TokenKind::Input, tokens.integerOr(0));
    else if (text.integer() || images.integer())
        usage.set(chat::TokenKind::Input, text.integerOr(0) + images.integerOr(0));
    return usage;
}

/// By type, or the bare list of the older answers.
View vectorsIn(View embeddings)
{
    for (const char *type : {"float", "base64"}) {
        if (embeddings[QByteArrayView(type)].isArray())
            return embeddings[QByteArrayView(type)];
    }
    for (const auto &[type, list] : embeddings.members()) {
        if (list.isArray())
            return list;
    }
    return embeddings;
}

Failure notAnEmbedding(const QByteArray &what)
{
    return Failure(chat::FailureClass::Protocol, 200, "The provider's answer " + what + '.');
}

} // namespace

Result<EmbeddingRequest> CohereEmbeddings::decodeRequest(const InboundCall &call) const
{
    const View root = call.document.root();
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    FieldReader fields;
    EmbeddingRequest request;
    request.dialect = QByteArrayLiteral("cohere");
    request.model = fields.requiredString(root["model"], "model");
    for (const auto &[name, value] : root.members()) {
        if (name == "model" || !value)
            continue;
        if (name == "texts") {
            readTexts(value, fields, request);
        } else if (name == "inputs") {
            readInputs(value, fields, request);
        } else if (name == "images") {
            request.texts.resize(request.texts.size() + static_cast<std::size_t>(value.count()));
            request.extras.emplace_back(name, value.rawCopy());
        } else if (name == "input_type") {
            request.purpose = fields.string(value, name);
        } else if (name == "embedding_types") {
            readTypes(value, fields, request);
        } else if (name == "output_dimension") {
            request.dimensions = fields.integer(value, name);
        } else if (name == "truncate") {
            request.truncate = !value.equals("NONE");
        } else {
            request.extras.emplace_back(name, value.rawCopy());
        }
    }
    if (request.texts.empty())
        fields.wrong("texts", "a non-empty array of strings");
    if (!fields.isGood())
        return fail(ErrorKind::Invalid, fields.complaint());
    return request;
}

QByteArray CohereEmbeddings::encodeAnswer(
    const EmbeddingAnswer &answer, const EmbeddingRequest &request, const AnswerContext &context) const
{
    json::Writer writer(4096);
    writer.beginObject().member("id", answer.id.isEmpty() ? context.fallbackId : answer.id);
    writer.key("embeddings").beginObject().key(request.base64 ? "base64" : "float").beginArray();
    for (const chat::EmbeddingVector &vector : answer.vectors) {
        if (request.base64)
            writer.string(vector.base64);
        else
            writer.raw(vector.numbers);
    }
    writer.endArray().endObject().key("texts").beginArray();
    for (const QByteArray &text : request.texts)
        writer.string(text);
    writer.endArray().key("meta").beginObject();
    writer.key("api_version").beginObject().member("version", "2").endObject();
    writer.key("billed_units").beginObject().memberInteger("input_tokens", answer.usage.totalInput());
    writer.endObject().endObject();
    return writer.member("response_type", "embeddings_by_type").endObject().take();
}

Result<UpstreamCall>
CohereEmbeddings::encodeRequest(const EmbeddingRequest &request, const Quirks &, Losses &losses) const
{
    if (!request.tokenLists.empty())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("input must be text: Cohere takes no token ids."));
    const bool ownDialect = request.dialect == "cohere";
    json::Writer writer(4096);
    writer.beginObject().member("model", request.model).key("texts").beginArray();
    for (const QByteArray &text : request.texts)
        writer.string(text);
    writer.endArray();
    // Demanded since v3 models; documents are what is embedded most.
    if (request.purpose.isEmpty())
        losses.approximated("input_type", "not said; sent: search_document");
    writer.member(
        "input_type",
        request.purpose.isEmpty() ? QByteArrayView("search_document") : QByteArrayView(request.purpose));
    writer.key("embedding_types").beginArray().string(request.base64 ? "base64" : "float").endArray();
    if (request.dimensions)
        writer.memberInteger("output_dimension", *request.dimensions);
    if (request.truncate)
        writer.member("truncate", *request.truncate ? "END" : "NONE");
    if (!request.title.isEmpty())
        losses.dropped("title");
    if (!request.user.isEmpty())
        losses.dropped("user");
    for (const auto &[name, json] : request.extras) {
        if (ownDialect && name != "embedding_types")
            writer.memberRaw(name, json);
        else
            losses.dropped(name);
    }
    UpstreamCall call;
    call.path = QByteArrayLiteral("/v2/embed");
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", "application/json");
    call.body = writer.endObject().take();
    return call;
}

tl::expected<EmbeddingAnswer, Failure>
CohereEmbeddings::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return tl::make_unexpected(notAnEmbedding("is not JSON: " + document.error().message()));
    const View root = document->root();
    const auto [id, embeddings, meta, message] = root.pick("id", "embeddings", "meta", "message");
    if (holdsError(root) || message.isString())
        return tl::make_unexpected(cohere::failureInBody(root));
    const View list = vectorsIn(embeddings);
    if (!list.isArray())
        return tl::make_unexpected(notAnEmbedding("holds no embeddings"));
    EmbeddingAnswer answer;
    answer.id = id.stringOr({});
    answer.usage = usageOf(meta);
    for (const View element : list.elements()) {
        chat::EmbeddingVector vector;
        if (element.isString())
            vector.base64 = element.stringOr({});
        else
            vector.numbers = element.rawCopy();
        answer.vectors.push_back(std::move(vector));
    }
    return answer;
}

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/OpenAiEmbeddings.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/FieldReader.h"
#include "wire/openai_chat/UsageReader.h"
#include "json/Writer.h"

#include <algorithm>

namespace fairlead::wire {

namespace {

using chat::EmbeddingAnswer;
using chat::EmbeddingRequest;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

constexpr auto kInputMust = "a string, an array of strings, or token ids";
// OpenAI takes 2048 inputs, nobody takes more.
constexpr std::size_t kMostVectors = 1'000'000;

bool isTokenList(View value)
{
    bool any = false;
    for (const View id : value.elements()) {
        if (!id.integer())
            return false;
        any = true;
    }
    return any;
}

void readInput(View input, FieldReader &fields, EmbeddingRequest &request)
{
    if (const auto text = input.string()) {
        request.single = true;
        request.texts.push_back(*text);
    } else if (isTokenList(input)) {
        request.single = true;
        request.tokenLists.push_back(input.rawCopy());
    } else if (input.isArray()) {
        qsizetype index = 0;
        for (const View element : input.elements()) {
            if (element.isString() && request.tokenLists.empty())
                request.texts.push_back(element.stringOr({}));
            else if (isTokenList(element) && request.texts.empty())
                request.tokenLists.push_back(element.rawCopy());
            else
                fields.wrong(indexed("input", index), "a string or a list of token ids, alike for all");
            ++index;
        }
    }
    if (request.texts.empty() && request.tokenLists.empty())
        fields.wrong("input", kInputMust);
}

/// What the family calls the purpose, in Cohere's words: "query" and "document" (Voyage), "passage" (NVIDIA).
QByteArray purposeOf(const QByteArray &inputType)
{
    if (inputType == "query")
        return QByteArrayLiteral("search_query");
    if (inputType == "document" || inputType == "passage")
        return QByteArrayLiteral("search_document");
    return inputType;
}

/// The caller's name of a field that OpenAI's endpoint does not have.
QByteArray purposeField(const EmbeddingRequest &request)
{
    return request.dialect == "gemini" ? QByteArrayLiteral("taskType") : QByteArrayLiteral("input_type");
}

void reportLosses(const EmbeddingRequest &request, Losses &losses)
{
    if (!request.purpose.isEmpty())
        losses.dropped(purposeField(request), "this dialect does not tell queries from documents");
    if (!request.title.isEmpty())
        losses.dropped("title");
    if (request.truncate.value_or(false))
        losses.dropped("truncate", "an input that is too long is an error here");
    for (const auto &[name, value] : request.extras)
        losses.dropped(name);
}

void writeInput(json::Writer &writer, const EmbeddingRequest &request)
{
    writer.key("input");
    if (!request.single)
        writer.beginArray();
    for (const QByteArray &text : request.texts)
        writer.string(text);
    for (const chat::RawJson &tokens : request.tokenLists)
        writer.raw(tokens);
    if (!request.single)
        writer.endArray();
}

chat::Usage usageOf(View usage, const Quirks &quirks)
{
    chat::Usage read = openai_chat::readUsage(usage, quirks);
    // Voyage says the total only; an embedding writes nothing, so that is what it read.
    if (!read.get(chat::TokenKind::Input) && usage["total_tokens"].integerOr(-1) >= 0)
        read.set(chat::TokenKind::Input, usage["total_tokens"].integerOr(0));
    return read;
}

Failure notAnEmbedding(const QByteArray &what)
{
    return Failure(chat::FailureClass::Protocol, 200, "The provider's answer " + what + '.');
}

} // namespace

Result<EmbeddingRequest> OpenAiEmbeddings::decodeRequest(const InboundCall &call) const
{
    const View root = call.document.root();
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    FieldReader fields;
    EmbeddingRequest request;
    request.dialect = QByteArrayLiteral("openai-chat");
    View input;
    for (const auto &[name, value] : root.members()) {
        if (name == "model")
            request.model = fields.requiredString(value, name);
        else if (name == "input")
            input = value;
        else if (name == "dimensions" || name == "output_dimension") // the latter: Voyage, Mistral
            request.dimensions = fields.integer(value, name);
        else if (name == "encoding_format")
            request.base64 = value.equals("base64");
        else if (name == "user")
            request.user = fields.string(value, name);
        else if (name == "input_type")
            request.purpose = purposeOf(fields.string(value, name));
        else if (name == "truncation")
            request.truncate = fields.boolean(value, name);
        else if (value)
            request.extras.emplace_back(name, value.rawCopy());
    }
    readInput(input, fields, request);
    if (request.model.isEmpty())
        fields.wrong("model", "a non-empty string");
    if (!fields.isGood())
        return fail(ErrorKind::Invalid, fields.complaint());
    return request;
}

QByteArray OpenAiEmbeddings::encodeAnswer(
    const EmbeddingAnswer &answer, const EmbeddingRequest &request, const AnswerContext &context) const
{
    json::Writer writer;
    writer.beginObject().member("object", "list").key("data").beginArray();
    std::int64_t index = 0;
    for (const chat::EmbeddingVector &vector : answer.vectors) {
        writer.beginObject().member("object", "embedding").memberInteger("index", index++);
        if (request.base64)
            writer.member("embedding", vector.base64);
        else
            writer.memberRaw("embedding", vector.numbers);
        writer.endObject();
    }
    writer.endArray().member("model", context.model).key("usage").beginObject();
    const std::int64_t read = answer.usage.totalInput();
    writer.memberInteger("prompt_tokens", read).memberInteger("total_tokens", read);
    return writer.endObject().endObject().take();
}

Result<UpstreamCall>
OpenAiEmbeddings::encodeRequest(const EmbeddingRequest &request, const Quirks &, Losses &losses) const
{
    json::Writer writer;
    writer.beginObject().member("model", request.model);
    writeInput(writer, request);
    if (request.dimensions)
        writer.memberInteger("dimensions", *request.dimensions);
    // Numbers are the default everywhere, and Voyage refuses the word "float".
    if (request.base64)
        writer.member("encoding_format", "base64");
    if (!request.user.isEmpty())
        writer.member("user", request.user);
    writer.endObject();
    reportLosses(request, losses);

    UpstreamCall call;
    call.path = QByteArrayLiteral("/embeddings");
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", "application/json");
    call.body = writer.take();
    return call;
}

tl::expected<EmbeddingAnswer, Failure>
OpenAiEmbeddings::decodeAnswer(QByteArrayView body, const Quirks &quirks) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return tl::make_unexpected(notAnEmbedding("is not JSON: " + document.error().message()));
    const View root = document->root();
    if (holdsError(root))
        return tl::make_unexpected(failureFromJson(root));
    const auto [id, model, data, usage] = root.pick("id", "model", "data", "usage");
    if (!data.isArray())
        return tl::make_unexpected(notAnEmbedding("holds no embeddings"));

    EmbeddingAnswer answer;
    answer.id = id.stringOr({});
    answer.model = model.stringOr({});
    answer.usage = usageOf(usage, quirks);
    std::vector<std::pair<std::int64_t, chat::EmbeddingVector>> found;
    for (const View element : data.elements()) {
        const auto [index, embedding] = element.pick("index", "embedding");
        chat::EmbeddingVector vector;
        if (embedding.isArray())
            vector.numbers = embedding.rawCopy();
        else
            vector.base64 = embedding.stringOr({});
        if (vector.numbers.isEmpty() && vector.base64.isEmpty())
            return tl::make_unexpected(notAnEmbedding("holds an embedding without a vector"));
        found.emplace_back(index.integerOr(static_cast<std::int64_t>(found.size())), std::move(vector));
        if (found.size() > kMostVectors)
            return tl::make_unexpected(notAnEmbedding("holds too many embeddings"));
    }
    std::stable_sort(
        found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    for (auto &[index, vector] : found)
        answer.vectors.push_back(std::move(vector));
    return answer;
}

} // namespace fairlead::wire

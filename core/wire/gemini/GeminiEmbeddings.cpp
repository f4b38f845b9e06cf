// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/GeminiEmbeddings.h"

#include "wire/ErrorBody.h"
#include "wire/gemini/Errors.h"
#include "wire/gemini/Fields.h"
#include "wire/gemini/MethodPath.h"
#include "wire/gemini/Usage.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/Splice.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>

namespace fairlead::wire {

namespace {

using chat::EmbeddingAnswer;
using chat::EmbeddingRequest;
using gemini::field;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

struct Task {
    QByteArrayView type;
    QByteArrayView purpose;
};
// ai.google.dev/gemini-api/docs/embeddings#task-types; the others have no word elsewhere.
constexpr std::array<Task, 4> kTasks{{
    {"RETRIEVAL_QUERY", "search_query"},
    {"RETRIEVAL_DOCUMENT", "search_document"},
    {"CLASSIFICATION", "classification"},
    {"CLUSTERING", "clustering"},
}};

constexpr std::size_t kMostVectors = 1'000'000;

/// One embedContent body, or one element of a batch.
class RequestReader
{
public:
    explicit RequestReader(EmbeddingRequest &request)
        : m_request(request)
    { }

    void read(View body, const QByteArray &path)
    {
        if (!body.isObject())
            m_fields.wrong(path.isEmpty() ? "The request body" : path, "an object");
        const QByteArray prefix = path.isEmpty() ? QByteArray() : path + '.';
        m_request.texts.push_back(readText(body["content"], prefix + "content"));
        for (const auto &[key, value] : body.members()) {
            const QByteArray word = gemini::camelCase(key);
            if (word == "outputDimensionality")
                m_request.dimensions = m_fields.integer(value, prefix + key);
            else if (word == "title")
                m_request.title = m_fields.string(value, prefix + key);
            else if (word == "taskType")
                readTask(value, prefix + key);
            else if (word == "autoTruncate")
                m_request.truncate = m_fields.boolean(value, prefix + key);
            else if (value && word != "model" && word != "content")
                m_request.extras.emplace_back(prefix + key, value.rawCopy());
        }
    }

    [[nodiscard]] FieldReader &fields() { return m_fields; }

private:
    QByteArray readText(View content, const QByteArray &path)
    {
        QByteArray text;
        qsizetype index = 0;
        for (const View part : content["parts"].elements()) {
            const QByteArray partPath = indexed(path + ".parts", index++);
            if (part["text"].isString())
                text += part["text"].stringOr({});
            else
                m_fields.wrong(partPath, "a text: only texts can be embedded through here");
        }
        if (index == 0)
            m_fields.wrong(path, "a content with at least one part");
        return text;
    }

    void readTask(View value, const QByteArray &path)
    {
        const QByteArray type = m_fields.string(value, path);
        const auto task = std::find_if(
            kTasks.begin(), kTasks.end(), [&](const Task &known) { return known.type == type; });
        if (task != kTasks.end())
            m_request.purpose = task->purpose.toByteArray();
        else if (!type.isEmpty() && type != "TASK_TYPE_UNSPECIFIED")
            m_request.extras.emplace_back(path, value.rawCopy());
    }

    EmbeddingRequest &m_request;
    FieldReader m_fields;
};

QByteArray taskOf(const QByteArray &purpose)
{
    const auto task = std::find_if(
        kTasks.begin(), kTasks.end(), [&](const Task &known) { return known.purpose == purpose; });
    return task == kTasks.end() ? QByteArray() : task->type.toByteArray();
}

void reportLosses(const EmbeddingRequest &request, Losses &losses)
{
    if (!request.purpose.isEmpty() && taskOf(request.purpose).isEmpty())
        losses.dropped("input_type", "Gemini has no task type for " + request.purpose);
    if (!request.user.isEmpty())
        losses.dropped("user");
    if (request.truncate)
        losses.dropped("truncate", "Gemini cuts inputs that are too long by itself");
    for (const auto &[name, value] : request.extras)
        losses.dropped(name);
}

void writeOne(json::Writer &writer, const EmbeddingRequest &request, const QByteArray &text)
{
    writer.beginObject().member("model", gemini::resourceName(request.model));
    writer.key("content").beginObject().key("parts").beginArray();
    writer.beginObject().member("text", text).endObject().endArray().endObject();
    if (const QByteArray task = taskOf(request.purpose); !task.isEmpty())
        writer.member("taskType", task);
    if (!request.title.isEmpty())
        writer.member("title", request.title);
    if (request.dimensions)
        writer.memberInteger("outputDimensionality", *request.dimensions);
    writer.endObject();
}

UpstreamCall callFor(const QByteArray &model, QByteArrayView method, QByteArray body)
{
    UpstreamCall call;
    call.path = gemini::pathOf(model, method);
    call.headers = {{"content-type", "application/json"}};
    call.body = std::move(body);
    return call;
}

Failure notAnEmbedding(const QByteArray &what)
{
    return Failure(chat::FailureClass::Protocol, 200, "The provider's answer " + what + '.');
}

} // namespace

Result<EmbeddingRequest> GeminiEmbeddings::decodeRequest(const InboundCall &call) const
{
    const gemini::MethodPath path = gemini::methodPath(call.path);
    EmbeddingRequest request;
    request.dialect = QByteArrayLiteral("gemini");
    request.model = path.model;
    request.single = path.method != "batchEmbedContents";
    RequestReader reader(request);
    const View root = call.document.root();
    if (request.single) {
        reader.read(root, {});
    } else {
        qsizetype index = 0;
        for (const View one : root["requests"].elements())
            reader.read(one, indexed("requests", index++));
        if (index == 0)
            reader.fields().wrong("requests", "a non-empty array");
    }
    if (request.model.isEmpty())
        reader.fields().wrong("The path", "one that names a model: /models/{model}:embedContent");
    if (!reader.fields().isGood())
        return fail(ErrorKind::Invalid, reader.fields().complaint());
    return request;
}

QByteArray GeminiEmbeddings::encodeAnswer(
    const EmbeddingAnswer &answer, const EmbeddingRequest &request, const AnswerContext &) const
{
    json::Writer writer;
    writer.beginObject().key(request.single ? "embedding" : "embeddings");
    if (!request.single)
        writer.beginArray();
    for (const chat::EmbeddingVector &vector : answer.vectors) {
        writer.beginObject().memberRaw("values", vector.numbers).endObject();
        if (request.single)
            break; // whatever else there is, one was asked for
    }
    if (!request.single)
        writer.endArray();
    else if (answer.vectors.empty())
        writer.null();
    if (const auto read = answer.usage.get(chat::TokenKind::Input)) {
        writer.key("usageMetadata").beginObject().memberInteger("promptTokenCount", *read);
        writer.memberInteger("totalTokenCount", *read).endObject();
    }
    return writer.endObject().take();
}

Result<UpstreamCall>
GeminiEmbeddings::encodeRequest(const EmbeddingRequest &request, const Quirks &, Losses &losses) const
{
    if (!request.tokenLists.empty() || request.texts.empty())
        return fail(ErrorKind::Invalid, "input: Gemini embeds texts, not lists of token ids");
    reportLosses(request, losses);
    json::Writer writer;
    if (request.texts.size() == 1) {
        writeOne(writer, request, request.texts.front());
        return callFor(request.model, "embedContent", writer.take());
    }
    writer.beginObject().key("requests").beginArray();
    for (const QByteArray &text : request.texts)
        writeOne(writer, request, text);
    writer.endArray().endObject();
    return callFor(request.model, "batchEmbedContents", writer.take());
}

Result<UpstreamCall>
GeminiEmbeddings::passThrough(const InboundCall &call, const QByteArray &model, const Quirks &) const
{
    const QByteArray name = json::quoted(gemini::resourceName(model));
    const View root = call.document.root();
    json::Splice splice(call.document);
    splice.replace(root["model"], name);
    for (const View one : root["requests"].elements())
        splice.replace(one["model"], name);
    return callFor(model, gemini::methodPath(call.path).method, splice.apply());
}

tl::expected<EmbeddingAnswer, Failure>
GeminiEmbeddings::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return tl::make_unexpected(notAnEmbedding("is not JSON: " + document.error().message()));
    const View root = document->root();
    if (holdsError(root))
        return tl::make_unexpected(gemini::failureInBody(root));
    const auto [one, several, usage] = root.pick("embedding", "embeddings", "usageMetadata");
    EmbeddingAnswer answer;
    if (usage)
        answer.usage = gemini::usageOf(usage);
    const auto add = [&](View embedding) {
        chat::EmbeddingVector vector;
        vector.numbers = embedding["values"].rawCopy();
        answer.vectors.push_back(std::move(vector));
        return embedding["values"].isArray() && answer.vectors.size() <= kMostVectors;
    };
    bool good = one.isObject() || several.isArray();
    if (one.isObject())
        good = add(one);
    for (const View embedding : several.elements())
        good = good && add(embedding);
    if (!good)
        return tl::make_unexpected(notAnEmbedding("holds no embeddings"));
    return answer;
}

} // namespace fairlead::wire

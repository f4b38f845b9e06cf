// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/GeminiInbound.h"
#include "core/wire/UpstreamCases.h"
#include "wire/FieldNames.h"
#include "wire/gemini/Fields.h"
#include "wire/gemini/GeminiUpstream.h"
#include "wire/gemini/MethodPath.h"
#include "wire/gemini/SchemaReader.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::InboundCall;
using wire::Losses;
using wire::Quirks;

namespace {

const wire::GeminiInbound kInbound;
const wire::GeminiUpstream kUpstream;

InboundCall call(const QByteArray &body, const QByteArray &path = "/v1beta/models/m:generateContent")
{
    return InboundCall::parse(path, {}, Headers(), body).value();
}

/// The decoded request, or one whose model is the error.
ChatRequest decoded(const QByteArray &body)
{
    auto request = kInbound.decodeRequest(call(js(body)));
    if (request)
        return std::move(*request);
    ChatRequest failed;
    failed.model = "error: " + request.error().message();
    return failed;
}

QByteArray describe(const MediaPart &media)
{
    static constexpr const char *kKinds[] = {"image", "file", "audio"};
    return QByteArray(kKinds[static_cast<int>(media.kind)]) + ' ' + media.mediaType + ' ' + media.base64
           + media.url + media.fileId + ' ' + media.detail;
}

/// A message's parts in one line each.
QByteArray describe(const Message &message)
{
    static constexpr const char *kRoles[] = {"system", "developer", "user", "assistant", "tool"};
    QByteArray text = kRoles[static_cast<int>(message.role)];
    for (const Part &part : message.parts) {
        text += "\n  "
                + std::visit(
                    overloaded{
                        [](const TextPart &p) { return "text " + p.text; },
                        [](const MediaPart &p) { return describe(p); },
                        [](const RefusalPart &p) { return "refusal " + p.text; },
                        [](const ReasoningPart &p) {
                            return "thought " + p.text + " [" + p.signature + "] " + p.origin;
                        },
                        [](const ToolCallPart &p) {
                            return "call " + p.id + ' ' + p.name + ' ' + p.arguments + " [" + p.signature
                                   + ']';
                        },
                        [](const ToolResultPart &p) {
                            QByteArray line
                                = "result " + p.callId + ' ' + p.toolName + (p.isError ? " failed" : "");
                            for (const auto &item : p.content) {
                                const auto *media = std::get_if<MediaPart>(&item);
                                line += " | " + (media ? describe(*media) : std::get<TextPart>(item).text);
                            }
                            return line;
                        },
                        [](const UnknownPart &p) { return "unknown " + p.type + ' ' + p.json; },
                    },
                    part);
    }
    return text + '\n';
}

QByteArray describe(const std::vector<Message> &messages)
{
    QByteArray text;
    for (const Message &message : messages)
        text += describe(message);
    return text;
}

QByteArray contents(const QByteArray &list)
{
    const ChatRequest request = decoded("{'contents':[" + list + "]}");
    return request.model.startsWith("error") ? request.model : describe(request.messages);
}

// --- one way to write what a recorded request means, worked out with QJson ---

bool isOpaque(const QString &key)
{
    return key == QStringLiteral("args") || key == QStringLiteral("parametersJsonSchema")
           || key == QStringLiteral("responseJsonSchema");
}

QJsonValue lowered(const QJsonValue &schema)
{
    if (schema.isArray()) {
        QJsonArray list;
        for (const QJsonValue &one : schema.toArray())
            list.append(lowered(one));
        return list;
    }
    if (!schema.isObject())
        return schema;
    QJsonObject object;
    const QJsonObject from = schema.toObject();
    for (auto it = from.begin(); it != from.end(); ++it) {
        const bool isType = it.key() == QStringLiteral("type") && it->isString();
        object[it.key()] = isType ? QJsonValue(it->toString().toLower()) : lowered(*it);
    }
    return object;
}

QJsonValue normal(const QJsonValue &value);

/// "output" and "result" are two names for the text of a tool.
QJsonObject plainResponse(QJsonObject response)
{
    if (response.size() == 1 && response.value(QStringLiteral("output")).isString())
        response = {{QStringLiteral("result"), response.value(QStringLiteral("output"))}};
    return response;
}

QJsonObject normalObject(const QJsonObject &from)
{
    QJsonObject object;
    for (auto it = from.begin(); it != from.end(); ++it) {
        if (it.key() == QStringLiteral("description") && it->toString().isEmpty())
            continue;
        QString key = QString::fromUtf8(wire::gemini::camelCase(it.key().toUtf8()));
        if (key == QStringLiteral("parameters"))
            key = QStringLiteral("parametersJsonSchema");
        if (key == QStringLiteral("responseSchema"))
            key = QStringLiteral("responseJsonSchema");
        if (key == QStringLiteral("data")) // base64, padded or not
            object[key] = QString(it->toString()).remove(u'=').replace(u'-', u'+').replace(u'_', u'/');
        else if (key == QStringLiteral("response"))
            object[key] = QJsonValue(plainResponse(it->toObject()));
        else if (key.endsWith(QStringLiteral("JsonSchema")))
            object[key] = lowered(*it);
        else
            object[key] = isOpaque(key) ? *it : normal(*it);
    }
    return object;
}

QJsonValue normal(const QJsonValue &value)
{
    if (value.isObject())
        return normalObject(value.toObject());
    QJsonArray list;
    for (const QJsonValue &one : value.toArray())
        list.append(normal(one));
    return value.isArray() ? QJsonValue(list) : value;
}

bool saysNothing(const QJsonObject &part)
{
    return part[QStringLiteral("text")].toString(QStringLiteral("?")).isEmpty()
           && !part.contains(QStringLiteral("thoughtSignature"));
}

QJsonArray tellingContents(const QJsonArray &contents)
{
    QJsonArray telling;
    for (const QJsonValue &content : contents) {
        const QString role = content[QStringLiteral("role")].toString(QStringLiteral("user"));
        QJsonArray parts;
        for (const QJsonValue &part : content[QStringLiteral("parts")].toArray()) {
            if (!saysNothing(part.toObject()))
                parts.append(part);
        }
        if (parts.isEmpty())
            continue;
        telling.append(QJsonObject{{QStringLiteral("role"), role}, {QStringLiteral("parts"), parts}});
    }
    return telling;
}

QJsonArray functionsFirst(const QJsonArray &tools)
{
    QJsonArray ordered;
    for (const QJsonValue &tool : tools) {
        if (tool.toObject().contains(QStringLiteral("functionDeclarations")))
            ordered.prepend(tool);
        else
            ordered.append(tool);
    }
    return ordered;
}

QJsonObject meaningOf(const QByteArray &body)
{
    QJsonObject meaning = normalObject(objectOf(body));
    meaning[QStringLiteral("contents")] = tellingContents(meaning[QStringLiteral("contents")].toArray());
    if (meaning.contains(QStringLiteral("systemInstruction"))) {
        QJsonObject system = meaning[QStringLiteral("systemInstruction")].toObject();
        system.remove(QStringLiteral("role"));
        meaning[QStringLiteral("systemInstruction")] = system;
    }
    if (meaning.contains(QStringLiteral("tools")))
        meaning[QStringLiteral("tools")] = functionsFirst(meaning[QStringLiteral("tools")].toArray());
    QJsonObject generation = meaning[QStringLiteral("generationConfig")].toObject();
    if (generation.value(QStringLiteral("responseModalities")).toArray()
        == QJsonArray{QStringLiteral("TEXT")})
        generation.remove(QStringLiteral("responseModalities"));
    QJsonObject thinking = generation.value(QStringLiteral("thinkingConfig")).toObject();
    if (thinking.contains(QStringLiteral("thinkingLevel")))
        thinking[QStringLiteral("thinkingLevel")]
            = thinking[QStringLiteral("thinkingLevel")].toString().toLower();
    if (!thinking.isEmpty() && !thinking.contains(QStringLiteral("includeThoughts")))
        thinking[QStringLiteral("includeThoughts")] = true;
    if (!thinking.isEmpty())
        generation[QStringLiteral("thinkingConfig")] = thinking;
    meaning[QStringLiteral("generationConfig")] = generation;
    return meaning;
}

/// Recorded generateContent requests with the path they were sent to.
struct RecordedRequest {
    QByteArray name;
    QByteArray path;
    QByteArray query;
    QByteArray body;
};

std::vector<RecordedRequest> recordedRequests()
{
    std::vector<RecordedRequest> found;
    for (const Recording &recording :
         recordingsOf("gemini", {".response.json", ".sse", ".response.jsonarray.json"})) {
        const QString stem
            = recording.path.section(QStringLiteral(".response"), 0, 0).section(QStringLiteral(".sse"), 0, 0);
        const QJsonObject meta = objectOf(fileBytes(stem + QStringLiteral(".meta.json")));
        const QByteArray url = meta[QStringLiteral("url")].toString().toUtf8();
        RecordedRequest request;
        request.name = recording.name;
        const qsizetype question = url.indexOf('?');
        request.path = url.mid(url.indexOf('/', 8), question < 0 ? -1 : question - url.indexOf('/', 8));
        request.query = question < 0 ? QByteArray() : url.mid(question + 1);
        request.body = fileBytes(stem + QStringLiteral(".request.json"));
        if (!request.body.isEmpty() && recording.status == 200)
            found.push_back(request);
    }
    return found;
}

} // namespace

class GeminiInboundTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsThePath_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<bool>("stream");
        const auto row = [](const char *path, const char *model, bool stream = false) {
            QTest::newRow(path) << QByteArray(path) << QByteArray(model) << stream;
        };
        row("/v1beta/models/gemini-x:generateContent", "gemini-x");
        row("/v1/models/gemini-x:streamGenerateContent", "gemini-x", true);
        row("/models/gemini-x:streamGenerateContent", "gemini-x", true);
        row("/v1beta/models/openai/gpt-x:generateContent", "openai/gpt-x");
        row("/v1beta/openai/gpt-x:generateContent", "openai/gpt-x");
        row("/v1beta/models/models/gemini-x:generateContent", "gemini-x");
        row("/v1beta/models/ollama/llama3:8b:streamGenerateContent", "ollama/llama3:8b", true);
        row("/v1beta/models/lab/models/x:generateContent", "lab/models/x");
        row("/v1beta/tunedModels/mine:generateContent", "tunedModels/mine");
        row("/v1beta/models/x", "");
        row("/v1beta/models/:generateContent", "");
        row("/v1/chat/completions", "");
    }
    void readsThePath()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, model);
        QFETCH(bool, stream);
        const QByteArray body = js("{'contents':[{'parts':[{'text':'Hi'}]}]}");
        const auto head = kInbound.peek(call(body, path));
        QCOMPARE(head.has_value(), !model.isEmpty());
        if (!head)
            return;
        QCOMPARE(head->model, model);
        QCOMPARE(head->stream, stream);
        const auto request = kInbound.decodeRequest(call(body, path));
        QCOMPARE(request->model, model);
        QCOMPARE(request->stream, stream);
        QCOMPARE(request->dialect, QByteArray("gemini"));
    }

    void writesThePath()
    {
        QCOMPARE(wire::gemini::pathOf("a b/c", "countTokens"), QByteArray("/models/a%20b%2Fc:countTokens"));
        QCOMPARE(wire::gemini::pathOf("models/x", "m"), QByteArray("/models/x:m"));
        QCOMPARE(wire::gemini::pathOf("tunedModels/x", "m"), QByteArray("/tunedModels/x:m"));
    }

    void complainsInWords_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char *body, const char *words) {
            QTest::newRow(words) << js(body) << QByteArray(words);
        };
        row("[]", "The request body must be a JSON object.");
        row("{}", "contents must be a non-empty array.");
        row("{'contents':'Hi'}", "contents must be a non-empty array.");
        row("{'contents':[7]}", "contents[0] must be an object with role and parts.");
        row("{'contents':[{'role':'pirate','parts':[]}]}", "contents[0].role must be user or model.");
        row("{'contents':[{'parts':'Hi'}]}", "contents[0].parts must be an array.");
        row("{'contents':[{'parts':['Hi']}]}", "contents[0].parts[0] must be an object.");
        row("{'contents':[{'parts':[{'text':7}]}]}", "contents[0].parts[0].text must be a string.");
        row("{'contents':[{'parts':[{'functionCall':{}}]}]}",
            "contents[0].parts[0].functionCall.name must be a non-empty string.");
        row("{'contents':[{'parts':[{}]}],'generationConfig':7}", "generationConfig must be an object.");
        row("{'contents':[{'parts':[{}]}],'generation_config':{'top_p':'x'}}",
            "generation_config.top_p must be a number.");
        row("{'contents':[{'parts':[{}]}],'tools':[{'functionDeclarations':[{}]}]}",
            "tools[0].functionDeclarations[0].name must be a non-empty string.");
    }
    void complainsInWords()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, words);
        const auto request = kInbound.decodeRequest(call(body));
        QVERIFY(!request);
        QCOMPARE(request.error().message(), words);
    }

    void readsRecordedRequests()
    {
        const auto requests = recordedRequests();
        for (const RecordedRequest &recorded : requests) {
            auto request = kInbound.decodeRequest(call(recorded.body, recorded.path));
            QVERIFY2(request.has_value(), recorded.name.constData());
            QVERIFY(!request->model.isEmpty());
            QCOMPARE(request->stream, recorded.path.endsWith(":streamGenerateContent"));
            Losses losses;
            const auto again = kUpstream.encodeRequest(*request, Quirks(), losses);
            QVERIFY2(again.has_value(), recorded.name.constData());
            QVERIFY2(losses.isEmpty(), (recorded.name + ' ' + lossesOf(losses)).constData());
            const QByteArray got = QJsonDocument(meaningOf(again->body)).toJson();
            const QByteArray wanted = QJsonDocument(meaningOf(recorded.body)).toJson();
            QVERIFY2(got == wanted, (recorded.name + '\n' + got + "\nwanted\n" + wanted).constData());
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY(requests.size() >= 70);
    }

    void passesThroughToTheByte()
    {
        const QByteArray odd = "{ \"contents\" : [{\"parts\":[{\"text\":\"\\u00e9\"}]}],\n\"new\":1.0e2 }\n";
        auto bodies = recordedRequests();
        RecordedRequest own;
        own.path = "/v1beta/models/x:streamGenerateContent";
        own.query = "alt=sse";
        own.body = odd;
        bodies.push_back(own);
        for (const RecordedRequest &recorded : bodies) {
            const InboundCall asked = call(recorded.body, recorded.path);
            const auto passed = kInbound.passThrough(asked, "other", Quirks());
            QVERIFY(passed.has_value());
            QCOMPARE(passed->body, recorded.body);
            QVERIFY(!passed->usageForced);
            wire::PassedRequest outward;
            outward.model = "other/name";
            outward.stream = kInbound.peek(asked)->stream;
            outward.callerQuery = &recorded.query;
            const QByteArray path = kUpstream.passThroughCall(std::move(outward), Quirks()).path;
            const QByteArray method = recorded.path.mid(recorded.path.lastIndexOf(':'));
            QCOMPARE(
                path,
                "/models/other%2Fname" + method + (recorded.query.isEmpty() ? "" : "?") + recorded.query);
        }
    }

    void asksForTheCallersFraming_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<bool>("stream");
        QTest::addColumn<QByteArray>("sent");
        const auto row = [](const char *query, bool stream, const char *sent) {
            QTest::addRow("%s %d", query, stream) << QByteArray(query) << stream << QByteArray(sent);
        };
        row("", true, "");
        row("key=secret", true, "");
        row("key=secret&alt=sse&access_token=t", true, "?alt=sse");
        row("alt=sse", false, "");
        row("$alt=json;enum-encoding=int&prettyPrint=false", false,
            "?$alt=json;enum-encoding=int&prettyPrint=false");
        row("alt=proto&%6Bey=x", false, "");
    }
    void asksForTheCallersFraming()
    {
        QFETCH(QByteArray, query);
        QFETCH(bool, stream);
        QFETCH(QByteArray, sent);
        wire::PassedRequest outward;
        outward.model = "m";
        outward.stream = stream;
        outward.callerQuery = &query;
        const QByteArray path = kUpstream.passThroughCall(std::move(outward), Quirks()).path;
        QCOMPARE(path.mid(path.indexOf("Content") + 7), sent);
    }

    void readsContents()
    {
        QCOMPARE(
            contents(
                "{'parts':[{'text':'a'},{'text':''},{'text':'b'}]},{'role':'user','parts':[{'text':'c'}]}"),
            QByteArray("user\n  text a\n  text b\nuser\n  text c\n"));
        // As a chat of Google's own client keeps what it streamed.
        QCOMPARE(
            contents("{'role':'user','parts':[{'text':'q'}]},"
                     "{'role':'model','parts':[{'text':'**Pl','thought':true}]},"
                     "{'role':'model','parts':[{'text':'an**','thought':true,'thoughtSignature':'c2ln'}]},"
                     "{'role':'model','parts':[{'text':'Hel'}]},{'role':'model','parts':[{'text':'lo'}]},"
                     "{'role':'model','parts':[{'text':'','thought_signature':'bW9yZQ=='}]},"
                     "{'role':'model','parts':[{'text':''}]}"),
            QByteArray("user\n  text q\nassistant\n  thought **Plan** [c2ln] gemini\n  text Hello\n"
                       "  thought  [bW9yZQ==] gemini\n"));
        QCOMPARE(
            contents(
                "{'role':'model','parts':[{'executableCode':{'code':'1'}},{'text':'x','thoughtSignature':"
                "'skip_thought_signature_validator'},{'partMetadata':{}}]}"),
            "assistant\n  unknown executableCode " + js("{'executableCode':{'code':'1'}}") + "\n  text x\n");
    }

    void matchesResponsesToCalls()
    {
        QCOMPARE(
            contents(
                "{'role':'model','parts':[{'functionCall':{'name':'a','args':{'z':1.0,'b':2}},"
                "'thoughtSignature':'c2ln'},{'function_call':{'name':'a'}},{'functionCall':{'id':'own1','"
                "name'"
                ":'b'},'thoughtSignature':'skip_thought_signature_validator'}]},"
                "{'role':'user','parts':[{'functionResponse':{'id':'own1','name':'b','response':{'error':"
                "'boom'}}},{'functionResponse':{'name':'a','response':{'output':'one'}}},"
                "{'function_response':{'name':'a','response':{'result':{'n':1},'x':2},'parts':["
                "{'inlineData':{'mimeType':'image/png','data':'iVBO'}}]}},{'text':'and?'}]},"
                "{'role':'function','parts':[{'functionResponse':{'name':'stray','response':{}}}]}"),
            "assistant\n  call call_0 a " + js("{'z':1.0,'b':2}") + " [c2ln]\n  call call_1 a {} []\n"
                + "  call own1 b {} []\ntool\n  result own1 b failed | boom\ntool\n  result call_0 a | one\n"
                + "tool\n  result call_1 a | " + js("{'result':{'n':1},'x':2}")
                + " | image image/png iVBO \nuser\n  text and?\ntool\n  result call_2 stray | {}\n");
    }

    void readsMedia()
    {
        const QByteArray clip = "{'fileData':{'fileUri':'https://youtu.be/x'},'videoMetadata':{'fps':1}}";
        const ChatRequest request = decoded(
            "{'contents':[{'parts':[{'text':'a'}]},{'parts':[{'inlineData':{'mimeType':'image/"
            "png','data':'-_8'},'mediaResolution':{'level':'MEDIA_RESOLUTION_LOW'}},"
            "{'inline_data':{'mime_type':'audio/wav','data':'AAAA'}},"
            "{'fileData':{'fileUri':'https://example.org/a.pdf','mimeType':'application/pdf'}},"
            "{'file_data':{'file_uri':'gs://bucket/a.mp4','mime_type':'video/mp4'}},"
            + clip + "]}]}");
        QCOMPARE(
            describe(request.messages.at(1)),
            QByteArray("user\n  image image/png +/8= low\n  audio audio/wav AAAA \n"
                       "  file application/pdf https://example.org/a.pdf \n"
                       "  file video/mp4 gs://bucket/a.mp4 \n  file  https://youtu.be/x \n"));
        QCOMPARE(request.messages.at(1).place, QByteArray("contents[1]"));
        QCOMPARE(request.misfits.at(0).field, QByteArray("contents[1].parts[4].videoMetadata"));
        Losses losses;
        QVERIFY(kUpstream.encodeRequest(request, Quirks(), losses)->body.contains(js(clip)));
    }

    void readsEverySetting()
    {
        const ChatRequest request = decoded(
            "{'contents':[{'parts':[{'text':'Hi'}]}],'system_instruction':{'role':'user','parts':[{'text':'"
            "Be "
            "brief.'}]},'generation_config':{'temperature':1.70,'topP':0.9,'top_k':40,'presencePenalty':0.10,"
            "'frequency_penalty':-1,'candidateCount':2,'max_output_tokens':99,'stopSequences':['END'],'seed':"
            "7,'responseLogprobs':true,'logprobs':3,'responseMimeType':'application/json','responseSchema':"
            "{'type':'OBJECT'},'thinkingConfig':{'thinkingBudget':-1,'includeThoughts':true,'thinkingLevel':"
            "'HIGH'},'speechConfig':{'voice':1},'responseModalities':['AUDIO']},'safetySettings':[],"
            "'cached_content':'c/1','labels':{'a':'b'},'serviceTier':'STANDARD','brandNew':1e2}");
        QCOMPARE(request.messages.at(0).role, Role::System);
        QCOMPARE(describe(request.messages.at(0)), QByteArray("system\n  text Be brief.\n"));
        QCOMPARE(request.temperature, QByteArray("1.70"));
        QCOMPARE(request.topP, QByteArray("0.9"));
        QCOMPARE(request.topK, QByteArray("40"));
        QCOMPARE(request.presencePenalty, QByteArray("0.10"));
        QCOMPARE(request.frequencyPenalty, QByteArray("-1"));
        QCOMPARE(request.n, 2);
        QCOMPARE(request.maxOutputTokens, 99);
        QCOMPARE(request.stop, std::vector<QByteArray>{"END"});
        QCOMPARE(request.seed, 7);
        QCOMPARE(request.logprobs, true);
        QCOMPARE(request.topLogprobs, 3);
        QVERIFY(request.responseFormat->kind == ResponseFormat::Kind::JsonSchema);
        QCOMPARE(request.responseFormat->schema, js("{'type':'object'}"));
        QCOMPARE(request.reasoning->budgetTokens, -1);
        QCOMPARE(request.reasoning->includeText, true);
        QCOMPARE(request.reasoning->effort, QByteArray("high"));
        QCOMPARE(request.serviceTier, QByteArray("default"));
        QVERIFY(request.includeUsage);
        const std::vector<std::pair<QByteArray, RawJson>> extras{
            {"generation_config.speechConfig", js("{'voice':1}")},
            {"generation_config.responseModalities", js("['AUDIO']")},
            {"safetySettings", "[]"},
            {"cached_content", js("'c/1'")},
            {"labels", js("{'a':'b'}")},
            {"brandNew", "1e2"},
        };
        QCOMPARE(request.extras, extras);
    }

    void readsToolChoice_data()
    {
        QTest::addColumn<QByteArray>("config");
        QTest::addColumn<int>("mode"); // -1: none said
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("tools");
        const auto row = [](const char *config, int mode, const char *name, const char *tools = "f g web") {
            QTest::newRow(config) << QByteArray(config) << mode << QByteArray(name) << QByteArray(tools);
        };
        row("{}", -1, "");
        row("{'mode':'AUTO'}", 0, "");
        row("{'mode':'NONE'}", 1, "");
        row("{'mode':'ANY'}", 2, "");
        row("{'mode':'any','allowed_function_names':['f']}", 3, "f");
        row("{'mode':'ANY','allowedFunctionNames':['g','h']}", 2, "", "g web");
        row("{'mode':'VALIDATED'}", 0, "");
    }
    void readsToolChoice()
    {
        QFETCH(QByteArray, config);
        QFETCH(int, mode);
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, tools);
        const ChatRequest request = decoded(
            "{'contents':[{'parts':[{'text':'Hi'}]}],'tools':[{'functionDeclarations':[{'name':'f',"
            "'description':'d','parameters':{'type':'OBJECT'}},{'name':'g','parameters_json_schema':{'type':"
            "'object'}}],'googleSearch':{}}],'toolConfig':{'functionCallingConfig':"
            + config + "}}");
        QCOMPARE(request.toolChoice ? static_cast<int>(request.toolChoice->mode) : -1, mode);
        if (request.toolChoice)
            QCOMPARE(request.toolChoice->name, name);
        QByteArray kept;
        for (const Tool &tool : request.tools) {
            kept += (kept.isEmpty() ? "" : " ")
                    + (tool.kind == Tool::Kind::BuiltIn ? QByteArray("web") : tool.name);
            if (tool.kind == Tool::Kind::Function)
                QCOMPARE(tool.parameters, js("{'type':'object'}"));
            else
                QCOMPARE(tool.json, js("{'googleSearch':{}}"));
        }
        QCOMPARE(kept, tools);
        QCOMPARE(request.misfits.size(), std::size_t(config.contains("VALIDATED") ? 1 : 0));
        QVERIFY(request.extras.empty());
    }

    void reportsLossesInItsOwnWords()
    {
        ChatRequest request = decoded(
            "{'contents':[{'parts':[{'text':'Hi'}]}],'generationConfig':{'topK':3,'candidateCount':2},"
            "'safetySettings':[]}");
        Losses losses;
        QVERIFY(wire::findWire("anthropic")->upstream->encodeRequest(request, Quirks(), losses).has_value());
        const QByteArray told = lossesOf(wire::inCallersWords(losses, request.dialect));
        QVERIFY2(told.contains("generationConfig.candidateCount"), told.constData());
        QVERIFY2(told.contains("dropped=safetySettings") && !told.contains("=n"), told.constData());
        QCOMPARE(lossesOf(wire::inCallersWords(losses, "openai-chat")), lossesOf(losses));
    }

    /// A strict route must not refuse what the caller never said.
    void tellsLossesFromWhatWasChosen()
    {
        for (const QByteArrayView dialect : {"gemini", "ollama", "openai-chat"}) {
            Losses losses;
            losses.chosen("max_tokens", "required here and not given");
            losses.renamed("messages[0].role", "developer is sent as system");
            const Losses harmless = wire::inCallersWords(losses, dialect);
            for (const wire::Loss &loss : harmless.list())
                QVERIFY2(loss.harmless, loss.field.constData());
            losses.approximated("max_tokens", "at least 16 here");
            losses.dropped("seed");
            const Losses told = wire::inCallersWords(losses, dialect);
            QCOMPARE(told.list().size(), std::size_t(3));
            QVERIFY(!told.list()[0].harmless && told.list()[1].harmless && !told.list()[2].harmless);
        }
    }

    void readsSchemas_data()
    {
        QTest::addColumn<QByteArray>("schema");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const char *schema, const char *expected) {
            QTest::newRow(name) << js(schema) << js(expected);
        };
        const char *const plain
            = "{ 'type' : 'object', 'properties':{'type':{'type':'string'},'min_items':{'type':"
              "['integer','null'],'maximum':1.0}}, 'x-own':[] }";
        row("untouched", plain, plain);
        row("capitals",
            "{'type':'OBJECT','properties':{'type':{'type':'STRING','enum':['STRING']},'b':{'type':'ARRAY',"
            "'items':{'type':'INTEGER'}}},'required':['b']}",
            "{'type':'object','properties':{'type':{'type':'string','enum':['STRING']},'b':{'type':'array',"
            "'items':{'type':'integer'}}},'required':['b']}");
        row("nullable", "{'type':'STRING','nullable':true}", "{'type':['string','null']}");
        row("nullable union", "{'anyOf':[{'type':'STRING'}],'nullable':true}",
            "{'anyOf':[{'type':'string'},{'type':'null'}]}");
        row("not nullable", "{'type':'string','nullable':false}", "{'type':'string'}");
        row("limits and snakes", "{'type':'array','min_items':'2','any_of':[{'type':'NUMBER'}]}",
            "{'type':'array','minItems':2,'anyOf':[{'type':'number'}]}");
        row("order", "{'type':'object','properties':{'a':{},'z':{},'m':{}},'propertyOrdering':['z','a','q']}",
            "{'type':'object','properties':{'z':{},'a':{},'m':{}}}");
        row("unspecified", "{'type':'TYPE_UNSPECIFIED','description':'d'}", "{'description':'d'}");
    }
    void readsSchemas()
    {
        QFETCH(QByteArray, schema);
        QFETCH(QByteArray, expected);
        const auto document = fairlead::json::Document::parse(schema);
        QVERIFY(document.has_value());
        QCOMPARE(wire::gemini::jsonSchemaOf(document->root()), expected);
    }
};

QTEST_GUILESS_MAIN(GeminiInboundTest)
#include "GeminiInboundTest.moc"

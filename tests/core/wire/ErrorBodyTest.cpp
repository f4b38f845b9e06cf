// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ErrorBody.h"

#include "core/wire/Shared.h"

#include <QDir>
#include <QTest>

using fairlead::Headers;
using fairlead::chat::Failure;
using fairlead::chat::FailureClass;
using fairlead::wire::failureFromResponse;
using fairlead::wire::parseDuration;
using std::chrono::milliseconds;

class ErrorBodyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void classifies_data();
    void classifies();
    void classifiesRecordings_data();
    void classifiesRecordings();
    void readsErrorsInsideAnswers();
    void readsWaits_data();
    void readsWaits();
    void readsDurations_data();
    void readsDurations();
    void keepsMessagesShort();
};

void ErrorBodyTest::classifies_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<QByteArray>("message");
    QTest::addColumn<QByteArray>("code");

    const auto row = [](const char *name, int status, const char *body, const char *expected,
                        const char *message, const char *code = "") {
        QTest::newRow(name) << status << QByteArray(body) << QByteArray(expected) << QByteArray(message)
                            << QByteArray(code);
    };
    row("openai key", 401,
        R"({"error":{"message":"no","type":"invalid_request_error","code":"invalid_api_key"}})", "credential",
        "no", "invalid_api_key");
    row("gemini key is a 400", 400,
        R"({"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})",
        "credential", "API key not valid. Please pass a valid API key.", "400");
    row("xai key is a 400", 400, R"({"code":"invalid-argument","error":"Incorrect API key provided: x"})",
        "credential", "Incorrect API key provided: x", "invalid-argument");
    row("mistral key", 401, R"({"detail":"Invalid API Key"})", "credential", "Invalid API Key");
    row("bedrock", 403, R"({"Message":"User is not authorized"})", "permission", "User is not authorized");
    row("quota is not speed", 429,
        R"({"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}})", "quota", "m",
        "insufficient_quota");
    row("gemini's quota is speed", 429,
        R"({"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED"}})",
        "rate_limit", "You exceeded your current quota", "429");
    row("402", 402, R"({"error":{"message":"Insufficient Balance","code":"invalid_request_error"}})", "quota",
        "Insufficient Balance", "invalid_request_error");
    row("anthropic credit", 400,
        R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to go on"}})",
        "quota", "Your credit balance is too low to go on");
    row("rate limit", 429, R"({"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}})",
        "rate_limit", "m", "rate_limit_exceeded");
    row("capacity", 429,
        R"({"object":"error","message":"Service tier capacity exceeded for this model.","code":null})",
        "overloaded", "Service tier capacity exceeded for this model.");
    row("overloaded", 529, R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
        "overloaded", "Overloaded");
    row("array", 503, R"([{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}])", "overloaded",
        "busy", "503");
    row("context openai", 400, R"({"error":{"message":"m","code":"context_length_exceeded"}})",
        "context_length", "m", "context_length_exceeded");
    row("context anthropic", 400,
        R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}})",
        "context_length", "prompt is too long: 9 tokens > 8 maximum");
    row("context gemini", 400,
        R"({"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8)."}})",
        "context_length", "The input token count (9) exceeds the maximum number of tokens allowed (8).",
        "400");
    row("context deepseek", 400,
        R"({"error":{"message":"This model's maximum context length is 8 tokens."}})", "context_length",
        "This model's maximum context length is 8 tokens.");
    row("filter", 400,
        R"({"error":{"message":"m","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
        "content_policy", "m", "content_filter");
    row("moderation", 403, R"({"error":{"code":403,"message":"m","metadata":{"reasons":["violence"]}}})",
        "content_policy", "m", "403");
    row("model by code", 400, R"({"error":{"message":"m","code":"model_not_found"}})", "model_missing", "m",
        "model_not_found");
    row("model by status", 404, R"({"error":"model 'x' not found"})", "model_missing", "model 'x' not found");
    row("wrapped provider error", 502,
        R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"{\"error\":{\"message\":\"inner\"}}"}}})",
        "transient", "inner", "502");
    row("fastapi", 422,
        R"({"detail":[{"loc":["body","x"],"msg":"no such field"},{"loc":["y"],"msg":"bad"}]})",
        "caller_fault", R"(["body","x"]: no such field; ["y"]: bad)");
    row("message is an object", 422,
        R"({"object":"error","message":{"detail":[{"loc":["x"],"msg":"bad"}]},"type":"invalid_request_error"})",
        "caller_fault", R"(["x"]: bad)");
    row("errors list", 400, R"({"errors":[{"message":"one"},{"message":"two"}]})", "caller_fault",
        "one; two");
    row("temperature", 400, R"({"error":{"message":"Unsupported value: temperature","param":"temperature"}})",
        "caller_fault", "Unsupported value: temperature");
    row("server error", 500, R"({"error":{"message":"m","type":"server_error"}})", "transient", "m");
    row("empty body", 400, "", "caller_fault", "The provider answered HTTP 400 with an empty body.");
    row("empty object", 500, "{}", "transient", "The provider answered HTTP 500 and gave no reason.");
    row("plain text", 503, "upstream timeout\n", "overloaded",
        "The provider answered HTTP 503: upstream timeout");
    row("web page", 502, "<html>\n<head><title>502 Bad\n Gateway</title></head></html>", "transient",
        "The provider answered HTTP 502 with a web page instead of JSON: 502 Bad Gateway");
    row("wrong address", 404, "<!DOCTYPE html><p>", "protocol",
        "The provider answered HTTP 404 with a web page instead of JSON. Check its base URL.");
}

void ErrorBodyTest::classifies()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    QFETCH(QByteArray, message);
    QFETCH(QByteArray, code);
    const Failure failure = failureFromResponse(status, Headers(), body);
    QCOMPARE(failureClassName(failure.failureClass), expected);
    QCOMPARE(failure.message, message);
    QCOMPARE(failure.code, code);
    QCOMPARE(failure.status, status);
}

void ErrorBodyTest::classifiesRecordings_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *file, int status, const char *expected) {
        QTest::newRow(file) << QString::fromLatin1(file) << status << QByteArray(expected);
    };
    row("_constructed/anthropic.403-permission.response.json", 403, "permission");
    row("_constructed/anthropic.413-too-large.response.json", 413, "context_length");
    row("_constructed/anthropic.429-rate-limit.response.json", 429, "rate_limit");
    row("_constructed/anthropic.500-api-error.response.json", 500, "transient");
    row("_constructed/anthropic.529-overloaded.response.json", 529, "overloaded");
    row("_constructed/azure.400-content-filter.response.json", 400, "content_policy");
    row("_constructed/bedrock.429-throttling.response.json", 429, "rate_limit");
    row("_constructed/bedrock.503.response.json", 503, "overloaded");
    row("_constructed/cohere.429.response.json", 429, "rate_limit");
    row("_constructed/deepseek.402-insufficient-balance.response.json", 402, "quota");
    row("_constructed/google.403-permission.response.json", 403, "permission");
    row("_constructed/google.500-internal.response.json", 500, "transient");
    row("_constructed/google.503-overloaded.response.json", 503, "overloaded");
    row("_constructed/google.jsonarray-503.response.json", 503, "overloaded");
    row("_constructed/groq.429-rate-limit.response.json", 429, "rate_limit");
    row("_constructed/mistral.422-extra.response.json", 422, "caller_fault");
    row("_constructed/mistral.429-capacity.response.json", 429, "overloaded");
    row("_constructed/mistral.429-rate-limited.response.json", 429, "rate_limit");
    row("_constructed/openai.429-insufficient-quota.response.json", 429, "quota");
    row("_constructed/openai.429-rate-limit.response.json", 429, "rate_limit");
    row("_constructed/openai.500-server-error.response.json", 500, "transient");
    row("_constructed/openai.502-html.response.html", 502, "transient");
    row("_constructed/openai.503-overloaded.response.json", 503, "overloaded");
    row("_constructed/openrouter.402-credits.response.json", 402, "quota");
    row("_constructed/openrouter.502-provider.response.json", 502, "transient");
    row("_constructed/qwen.400-data-inspection.response.json", 400, "content_policy");
    row("_constructed/qwen.400-data-inspection-native.response.json", 400, "content_policy");
    row("anthropic/anthropic.error-400-1.response.json", 400, "caller_fault");
    row("anthropic/anthropic.error-404-1.response.json", 404, "model_missing");
    row("azure/openai-chat.error-404-1.response.json", 404, "model_missing");
    row("azure/openai-embeddings.error-401-1.response.json", 401, "credential");
    row("bedrock/bedrock-converse.error-400-1.response.json", 400, "model_missing");
    row("google/gemini.error-404-1.response.json", 404, "model_missing");
    row("google/gemini.error-429-1.response.json", 429, "rate_limit");
    row("groq/openai-chat.error-400-1.response.json", 400, "caller_fault");
    row("groq/openai-chat.error-404-1.response.json", 404, "model_missing");
    row("ollama/ollama-chat.error-404-1.response.json", 404, "model_missing");
    row("openai/openai-chat.error-400-1.response.json", 400, "caller_fault");
    row("openai/openai-chat.error-400-3.response.json", 400, "caller_fault");
    row("openai/openai-chat.error-401-1.response.json", 401, "credential");
    row("openai/openai-chat.error-404-2.response.json", 404, "model_missing");
    row("openai/openai-responses.error-400-1.response.json", 400, "model_missing");
    row("openai/openai-responses.error-429-1.response.json", 429, "quota");
    row("openrouter/openai-chat.error-429-1.response.json", 429, "rate_limit");
    row("qwen/dashscope-native.error-401-1.response.json", 401, "credential");
    row("qwen/rerank.error-400-1.response.json", 400, "model_missing");
    row("voyage/openai-embeddings.error-400-1.response.json", 400, "model_missing");
}

void ErrorBodyTest::classifiesRecordings()
{
    if (!QDir(fairlead::test::recordings()).exists())
        return; // the rows above hold the same shapes
    QFETCH(QString, file);
    QFETCH(int, status);
    QFETCH(QByteArray, expected);
    const QByteArray body = fairlead::test::fileBytes(fairlead::test::recordings() + QLatin1Char('/') + file);
    QVERIFY(!body.isEmpty());
    const Failure failure = failureFromResponse(status, Headers(), body);
    QCOMPARE(failureClassName(failure.failureClass), expected);
    QVERIFY(!failure.message.isEmpty());
    QVERIFY2(failure.message != "Provider returned error", failure.message.constData());
}

void ErrorBodyTest::readsErrorsInsideAnswers()
{
    using fairlead::json::Document;
    const auto read = [](const char *json) {
        const auto document = Document::parse(QByteArray(json));
        return fairlead::wire::failureFromJson(document->root());
    };
    const auto holds = [](const char *json) {
        const auto document = Document::parse(QByteArray(json));
        return fairlead::wire::holdsError(document->root());
    };
    const Failure groq = read(R"({"error":{"message":"m","code":"tool_use_failed","status_code":400}})");
    QCOMPARE(groq.failureClass, FailureClass::CallerFault);
    QCOMPARE(groq.status, 400);
    const Failure openRouter = read(R"({"error":{"message":"m","code":429},"choices":[]})");
    QCOMPARE(openRouter.failureClass, FailureClass::RateLimit);
    QCOMPARE(openRouter.status, 429);
    const Failure openAi = read(R"({"error":{"message":"m","type":"server_error","code":null}})");
    QCOMPARE(openAi.failureClass, FailureClass::Transient);
    QCOMPARE(openAi.status, 0);
    const Failure anthropic
        = read(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
    QCOMPARE(anthropic.failureClass, FailureClass::Overloaded);
    QCOMPARE(
        read(R"({"error":{}})").message, QByteArray("The provider reported an error and gave no reason."));

    QVERIFY(holds(R"({"error":{"message":"m"},"choices":[]})"));
    QVERIFY(holds(R"({"error":"m"})"));
    QVERIFY(holds(R"({"object":"error","message":"m"})"));
    QVERIFY(holds(R"([{"error":{"message":"m"}}])"));
    QVERIFY(!holds(R"({"error":null,"choices":[]})"));
    QVERIFY(!holds(R"({"error":{},"choices":[]})"));
    QVERIFY(!holds(R"({"choices":[]})"));
    QVERIFY(!holds(R"("error")"));
}

void ErrorBodyTest::readsWaits_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<qint64>("expected");

    QTest::newRow("seconds") << QByteArray("Retry-After") << QByteArray("7") << qint64(7000);
    QTest::newRow("fraction") << QByteArray("retry-after") << QByteArray(" 0.5") << qint64(500);
    QTest::newRow("milliseconds") << QByteArray("retry-after-ms") << QByteArray("1234") << qint64(1234);
    QTest::newRow("date") << QByteArray("retry-after") << QByteArray("Sun, 22 Nov 2026 10:00:30 GMT")
                          << qint64(30000);
    QTest::newRow("date gone by") << QByteArray("retry-after") << QByteArray("Sun, 22 Nov 2026 09:00:00 GMT")
                                  << qint64(0);
    QTest::newRow("a year") << QByteArray("retry-after") << QByteArray("31536000") << qint64(86'400'000);
    QTest::newRow("negative") << QByteArray("retry-after") << QByteArray("-5") << qint64(-1);
    QTest::newRow("nonsense") << QByteArray("retry-after") << QByteArray("soon") << qint64(-1);
}

void ErrorBodyTest::readsWaits()
{
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(qint64, expected);
    const Headers headers{
        {"date", "Sun, 22 Nov 2026 10:00:00 GMT"}, {name, value}, {"x-should-retry", "false"}};
    const Failure failure = failureFromResponse(429, headers, R"({"error":{"message":"m"}})");
    QCOMPARE(failure.retryAfter.value_or(milliseconds(-1)).count(), expected);
    QCOMPARE(failure.shouldRetry, std::optional<bool>(false));
}

void ErrorBodyTest::readsDurations_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("expected");

    QTest::newRow("ms") << QByteArray("494ms") << qint64(494);
    QTest::newRow("s") << QByteArray("6s") << qint64(6000);
    QTest::newRow("fraction") << QByteArray("34.4s") << qint64(34400);
    QTest::newRow("minutes") << QByteArray("1m0.052s") << qint64(60052);
    QTest::newRow("hours") << QByteArray("1h2m3.5s") << qint64(3723500);
    QTest::newRow("plain seconds") << QByteArray("2") << qint64(2000);
    QTest::newRow("empty") << QByteArray("") << qint64(-1);
    QTest::newRow("no number") << QByteArray("s") << qint64(-1);
    QTest::newRow("unknown unit") << QByteArray("3y") << qint64(-1);
    QTest::newRow("two dots") << QByteArray("1.2.3s") << qint64(-1);

    // In the message only.
    QTest::newRow("words") << QByteArray("Limit 3. Please try again in 494ms. Visit") << qint64(494);
}

void ErrorBodyTest::readsDurations()
{
    QFETCH(QByteArray, text);
    QFETCH(qint64, expected);
    if (text.contains(' ')) {
        const Failure failure = failureFromResponse(429, Headers(), R"({"message":")" + text + R"("})");
        QCOMPARE(failure.retryAfter.value_or(milliseconds(-1)).count(), expected);
        return;
    }
    QCOMPARE(parseDuration(text).value_or(milliseconds(-1)).count(), expected);
    if (text == "34.4s") {
        const Failure gemini = failureFromResponse(
            429, Headers(), R"({"error":{"code":429,"message":"m","details":[{"retryDelay":"34.4s"}]}})");
        QCOMPARE(gemini.retryAfter, std::optional<milliseconds>(milliseconds(34400)));
    }
}

void ErrorBodyTest::keepsMessagesShort()
{
    const QByteArray tall = QByteArray("\xC3\xA9").repeated(100'000);
    const Failure failure = failureFromResponse(500, Headers(), R"({"message":")" + tall + R"("})");
    QVERIFY(failure.message.size() < 5000);
    QVERIFY(QString::fromUtf8(failure.message).toUtf8() == failure.message);
    QByteArray nested = R"({"message":)";
    const Failure deep
        = failureFromResponse(500, Headers(), nested.repeated(100) + "1" + QByteArray("}").repeated(100));
    QVERIFY(!deep.message.isEmpty());
}

QTEST_GUILESS_MAIN(ErrorBodyTest)

#include "ErrorBodyTest.moc"

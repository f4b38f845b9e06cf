// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/Addressing.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::providers;

namespace {

/// A provider of the catalogue, filled in; the error's words if that fails.
ProviderSpec filled(const char *id, const Params &params, QByteArray *problem = nullptr)
{
    ProviderSpec spec = *Catalogue::builtIn().find(id);
    const auto done = fillIn(spec, params);
    if (!done && problem)
        *problem = done.error().message();
    else if (!done)
        qWarning() << id << done.error().message();
    return spec;
}

QByteArray problemOf(const char *id, const Params &params)
{
    QByteArray problem;
    filled(id, params, &problem);
    return problem;
}

class Variable
{
public:
    Variable(const char *name, const QByteArray &value)
        : m_name(name)
    {
        qputenv(name, value);
    }
    ~Variable() { qunsetenv(m_name); }
    Q_DISABLE_COPY_MOVE(Variable)

private:
    const char *m_name;
};

} // namespace

class AddressingTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        // Whatever this machine is set up for.
        for (const ProviderSpec &spec : Catalogue::builtIn().all()) {
            for (const Parameter &parameter : spec.params) {
                for (const QByteArray &variable : parameter.environment)
                    qunsetenv(variable.constData());
            }
        }
    }

    void addressesTheClouds_data()
    {
        QTest::addColumn<QByteArray>("id");
        QTest::addColumn<Params>("params");
        QTest::addColumn<QByteArray>("url"); ///< of a streamed answer of model "m-1"
        QTest::addColumn<QByteArray>("path");
        const auto row
            = [](const char *name, const char *id, const Params &params, const char *path, const char *url) {
                  QTest::newRow(name) << QByteArray(id) << params << QByteArray(url) << QByteArray(path);
              };
        row("Bedrock", "aws-bedrock", {{"region", "eu-central-1"}}, "/model/m-1/converse-stream",
            "https://bedrock-runtime.eu-central-1.amazonaws.com/model/m-1/converse-stream");
        row("Azure v1", "azure-openai", {{"resource", "lab"}}, "/chat/completions",
            "https://lab.openai.azure.com/openai/v1/chat/completions");
        row("Azure classic", "azure-openai-classic", {{"resource", "lab"}}, "/chat/completions",
            "https://lab.openai.azure.com/openai/deployments/m-1/chat/completions?api-version=2024-10-21");
        row("Azure classic, version", "azure-openai-classic",
            {{"resource", "lab"}, {"api_version", "2024-02-01"}}, "/embeddings",
            "https://lab.openai.azure.com/openai/deployments/m-1/embeddings?api-version=2024-02-01");
        row("Foundry", "azure-ai-models", {{"resource", "lab"}}, "/chat/completions",
            "https://lab.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview");
        row("Vertex", "google-vertex", {{"project", "p"}, {"location", "europe-west4"}},
            "/models/m-1:streamGenerateContent?alt=sse",
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/"
            "google"
            "/models/m-1:streamGenerateContent?alt=sse");
        row("Vertex, everywhere", "google-vertex", {{"project", "p"}}, "/models/m-1:generateContent",
            "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google"
            "/models/m-1:generateContent");
        row("Vertex, Claude", "google-vertex-anthropic", {{"project", "p"}, {"location", "us-east5"}},
            "/v1/messages",
            "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic"
            "/models/m-1:streamRawPredict");
        row("Vertex, OpenAI's dialect", "google-vertex-openai", {{"project", "p"}, {"location", "eu"}},
            "/chat/completions",
            "https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu/endpoints/openapi"
            "/chat/completions");
        row("Qwen", "alibaba", {{"region", "us"}}, "/chat/completions",
            "https://dashscope-us.aliyuncs.com/compatible-mode/v1/chat/completions");
        row("Databricks", "databricks", {{"host", "https://lab.cloud.databricks.com/"}}, "/chat/completions",
            "https://lab.cloud.databricks.com/serving-endpoints/chat/completions");
        row("none to fill in", "groq", {}, "/chat/completions",
            "https://api.groq.com/openai/v1/chat/completions");
    }
    void addressesTheClouds()
    {
        QFETCH(QByteArray, id);
        QFETCH(Params, params);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, url);
        const ProviderSpec spec = filled(id.constData(), params);
        QCOMPARE(spec.baseUrl.toEncoded() + addressed(spec, path, "m-1", true), url);
        QVERIFY(!spec.modelsUrl.contains('{'));
    }

    void encodesTheModelInPaths()
    {
        const ProviderSpec spec = filled("google-vertex-anthropic", {{"project", "p"}});
        QCOMPARE(
            addressed(spec, "/v1/messages", "claude-3-7-sonnet@20250219", false),
            QByteArray("/models/claude-3-7-sonnet@20250219:rawPredict"));
        QCOMPARE(
            addressed(spec, "/v1/messages?beta=true", "a/b?c", false),
            QByteArray("/models/a%2Fb%3Fc:rawPredict"));
        QCOMPARE(
            addressed(spec, "/v1/messages/count_tokens", "x", false),
            QByteArray("/models/count-tokens:rawPredict"));
        QCOMPARE(addressed(spec, "/v1/other", "x", true), QByteArray("/v1/other"));
    }

    void looksIntoTheEnvironment()
    {
        const Variable region("AWS_REGION", "us-west-2");
        ProviderSpec spec = filled("aws-bedrock", {});
        QCOMPARE(spec.baseUrl.host(), QStringLiteral("bedrock-runtime.us-west-2.amazonaws.com"));
        QCOMPARE(spec.auth.region, QByteArray("us-west-2"));
        QCOMPARE(spec.modelsUrl, QByteArray("https://bedrock.us-west-2.amazonaws.com/foundation-models"));
        spec = filled("aws-bedrock", {{"region", "eu-west-1"}});
        QCOMPARE(spec.auth.region, QByteArray("eu-west-1"));
        const Variable project("GOOGLE_CLOUD_PROJECT", "from-env");
        QVERIFY(filled("google-vertex", {}).baseUrl.path().contains(QStringLiteral("/projects/from-env/")));
    }

    void saysWhatIsMissing_data()
    {
        QTest::addColumn<QByteArray>("id");
        QTest::addColumn<Params>("params");
        QTest::addColumn<QByteArrayList>("says");
        QTest::newRow("region") << QByteArray("aws-bedrock") << Params()
                                << QByteArrayList{"\"params\": { \"region\"", "eu-central-1", "AWS_REGION"};
        QTest::newRow("project") << QByteArray("google-vertex") << Params()
                                 << QByteArrayList{"\"project\"", "GOOGLE_CLOUD_PROJECT"};
        QTest::newRow("resource") << QByteArray("azure-openai") << Params() << QByteArrayList{"\"resource\""};
        QTest::newRow("unknown name") << QByteArray("azure-openai") << Params{{"resorce", "lab"}}
                                      << QByteArrayList{"\"resorce\"", "resource"};
        QTest::newRow("takes none") << QByteArray("groq") << Params{{"region", "eu"}}
                                    << QByteArrayList{"takes none"};
        QTest::newRow("unknown region")
            << QByteArray("alibaba") << Params{{"region", "mars"}} << QByteArrayList{"\"mars\"", "sg, us"};
        QTest::newRow("breaks out") << QByteArray("azure-openai") << Params{{"resource", "evil.test/x?"}}
                                    << QByteArrayList{"characters"};
        QTest::newRow("breaks the header")
            << QByteArray("openrouter") << Params{{"title", "a\r\nb"}} << QByteArrayList{"header field"};
    }
    void saysWhatIsMissing()
    {
        QFETCH(QByteArray, id);
        QFETCH(Params, params);
        QFETCH(QByteArrayList, says);
        const QByteArray problem = problemOf(id.constData(), params);
        for (const QByteArray &words : says)
            QVERIFY2(problem.contains(words), problem.constData());
    }

    void fillsHeaders()
    {
        ProviderSpec spec = filled("openrouter", {});
        QCOMPARE(spec.headers.value("x-title"), QByteArray("Fairlead"));
        QVERIFY(!spec.headers.contains("http-referer"));
        spec = filled("openrouter", {{"title", "My App"}, {"referer", "https://my.app/"}});
        QCOMPARE(spec.headers.value("x-title"), QByteArray("My App"));
        QCOMPARE(spec.headers.value("http-referer"), QByteArray("https://my.app/"));
        spec = filled("portkey", {{"provider", "@my-openai"}});
        QCOMPARE(spec.headers.value("x-portkey-provider"), QByteArray("@my-openai"));
        QVERIFY(!spec.headers.contains("x-portkey-config"));
        const Variable organization("OPENAI_ORG_ID", "org-1");
        QCOMPARE(filled("openai", {}).headers.value("openai-organization"), QByteArray("org-1"));
    }

    void leavesAnOwnAddressAlone()
    {
        ProviderSpec spec = *Catalogue::builtIn().find("aws-bedrock");
        spec.ownBaseUrl = true;
        spec.baseUrl = QUrl(QStringLiteral("http://127.0.0.1:9000"));
        QVERIFY(fillIn(spec, {{"region", "eu-west-1"}}).has_value());
        QCOMPARE(spec.baseUrl, QUrl(QStringLiteral("http://127.0.0.1:9000")));
        QVERIFY(spec.modelsUrl.isEmpty());
        QCOMPARE(spec.auth.region, QByteArray("eu-west-1"));
    }
};

QTEST_GUILESS_MAIN(AddressingTest)
#include "AddressingTest.moc"

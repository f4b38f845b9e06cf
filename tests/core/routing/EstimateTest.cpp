// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Estimate.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;

class EstimateTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTheCallerAllows_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<qint64>("output"); // -1 = not said
        const auto row = [](const char *name, const char *body, qint64 output) {
            QTest::newRow(name) << QByteArray(body) << output;
        };
        row("not said", "{\"model\":\"m\"}", -1);
        row("chat", "{\"max_tokens\":5}", 5);
        row("chat, new name", "{\"max_tokens\":5,\"max_completion_tokens\":7}", 7);
        row("responses", "{\"max_output_tokens\":8}", 8);
        row("gemini", "{\"generationConfig\":{\"maxOutputTokens\":9}}", 9);
        row("ollama", "{\"options\":{\"num_predict\":10}}", 10);
        row("ollama, no end", "{\"options\":{\"num_predict\":-1}}", -1);
        row("several answers", "{\"max_tokens\":5,\"n\":3}", 15);
        row("several long answers", "{\"n\":2}", 2 * Estimate::kUnsaidOutput);
        row("several of Gemini's", "{\"generationConfig\":{\"maxOutputTokens\":9,\"candidateCount\":2}}", 18);
        row("nonsense", "{\"max_tokens\":\"many\",\"n\":null}", -1);
    }
    void readsWhatTheCallerAllows()
    {
        QFETCH(QByteArray, body);
        QFETCH(qint64, output);
        const auto call = wire::InboundCall::parse({}, {}, {}, body);
        QVERIFY(call);
        QCOMPARE(estimateOf(*call).outputTokens.value_or(-1), output);
        QCOMPARE(estimateOf(*call).inputTokens, body.size() / 3 + 1);
    }

    void countsARequestInTheNeutralModel()
    {
        chat::ChatRequest request;
        request.maxOutputTokens = 11;
        QCOMPARE(estimateOf(request).outputTokens, std::int64_t(11));
        QVERIFY(estimateOf(request).inputTokens > 0);
    }
};

QTEST_GUILESS_MAIN(EstimateTest)
#include "EstimateTest.moc"

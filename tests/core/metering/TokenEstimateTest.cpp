// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/TokenEstimate.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::metering;

class TokenEstimateTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// Counts of OpenAI's o200k vocabulary, within a third (short texts: two tokens).
    void isNearRealCounts_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("tokens");
        QTest::newRow("a sentence") << QByteArray("The quick brown fox jumps over the lazy dog.") << 10;
        QTest::newRow("prose") << QByteArray(
            "A fairlead guides a line and keeps it from chafing. On a ship it is a ring, a hook or a roller "
            "through which a rope is led; without one the rope would rub against the rail and part in the "
            "first gale of the season.")
                               << 53;
        QTest::newRow("long words") << QByteArray(
            "Internationalisation notwithstanding, misunderstandings characteristically accompany "
            "telecommunications infrastructure.")
                                    << 12;
        QTest::newRow("code") << QByteArray(
            "for (std::size_t i = 0; i < values.size(); ++i) {\n    if (values[i] == nullptr)\n        "
            "return fail(ErrorKind::Invalid, \"value is missing\");\n    total += "
            "values[i]->countTokens();\n}\n")
                              << 52;
        QTest::newRow("json") << QByteArray("{\"type\":\"object\",\"properties\":{\"location\":{\"type\":"
                                            "\"string\",\"description\":\"City and "
                                            "country\"},\"unit\":{\"type\":\"string\",\"enum\":[\"celsius\","
                                            "\"fahrenheit\"]}},\"required\":[\"location\"]}")
                              << 41;
        QTest::newRow("numbers") << QByteArray(
            "Totals: 1234567, 89.25, 2026-11-22 and 0.0000375 per 1000000.")
                                 << 32;
        QTest::newRow("Chinese") << QByteArray("系船柱和导缆器是船上常见的设备,用来引导缆绳并防止其磨损。")
                                 << 31;
        QTest::newRow("Japanese") << QByteArray(
            "フェアリーダーは船の上でロープを導き、擦れを防ぐための金具です。")
                                  << 27;
        QTest::newRow("Korean") << QByteArray(
            "페어리드는 배 위에서 밧줄을 이끌고 마모를 막아 주는 장치입니다.")
                                << 25;
        QTest::newRow("Russian") << QByteArray(
            "Киповая планка направляет трос и не даёт ему перетираться о борт судна.")
                                 << 23;
        QTest::newRow("German") << QByteArray("Eine Lippklampe führt die Leine und schützt sie vor dem "
                                              "Durchscheuern an der Bordwand des Schiffes.")
                                << 25;
        QTest::newRow("Arabic") << QByteArray("يوجه دليل الحبال الحبل على ظهر السفينة ويحميه من التآكل.")
                                << 19;
        QTest::newRow("Hindi") << QByteArray("यह जहाज पर रस्सी को दिशा देता है और उसे घिसने से बचाता है।") << 21;
        QTest::newRow("emoji") << QByteArray("Done 🎉🚀 well ✅") << 7;
        QTest::newRow("paths") << QByteArray(
            "/usr/share/doc/fairlead/README.md https://example.com/v1/models?limit=2&after_id=abc")
                               << 25;
        QTest::newRow("markdown") << QByteArray(
            "# Title\n\n- **one**: first item\n- **two**: second item\n\n```js\nconsole.log('hi');\n```\n")
                                  << 29;
    }
    void isNearRealCounts()
    {
        QFETCH(QByteArray, text);
        QFETCH(int, tokens);
        const auto estimate = static_cast<int>(estimateTokens(text));
        const int slack = std::max(2, tokens / 3);
        QVERIFY2(std::abs(estimate - tokens) <= slack, QByteArray::number(estimate).constData());
    }

    void standsAnyBytes()
    {
        QCOMPARE(estimateTokens(QByteArray()), std::int64_t(0));
        QVERIFY(estimateTokens(QByteArray("\xff\xfe\x80\xc3", 4)) > 0);
        QVERIFY(estimateTokens(QByteArray("a\xf0\x9f", 3)) > 0);
        QCOMPARE(estimateTokens(QByteArray(1'000'000, 'a')), std::int64_t(111'111));
    }

    void countsEverythingTheModelReads()
    {
        chat::ChatRequest request;
        const std::int64_t nothing = estimateInputTokens(request);
        QVERIFY(nothing > 0);

        chat::Message message;
        message.parts.emplace_back(chat::TextPart{"What is a fairlead?", {}});
        request.messages.push_back(message);
        const std::int64_t withText = estimateInputTokens(request);
        QVERIFY(withText >= nothing + 5);

        chat::Tool tool;
        tool.name = "get_weather";
        tool.description = "Get the weather for a location";
        tool.parameters = "{\"type\":\"object\",\"properties\":{\"location\":{\"type\":\"string\"}}}";
        request.tools.push_back(tool);
        const std::int64_t withTool = estimateInputTokens(request);
        QVERIFY(withTool > withText + 20);

        chat::MediaPart image;
        image.mediaType = "image/png";
        image.base64 = QByteArray(4'000'000, 'A');
        request.messages.front().parts.emplace_back(image);
        const std::int64_t withImage = estimateInputTokens(request);
        QVERIFY(withImage > withTool + 200 && withImage < withTool + 2000); // not its bytes

        chat::ToolResultPart result;
        result.content.emplace_back(chat::TextPart{QByteArray("sunny ").repeated(100), {}});
        request.messages.front().parts.emplace_back(result);
        QVERIFY(estimateInputTokens(request) > withImage + 80);
    }
};

QTEST_GUILESS_MAIN(TokenEstimateTest)
#include "TokenEstimateTest.moc"

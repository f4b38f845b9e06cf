// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/KnownLimits.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using chat::Failure;
using chat::FailureClass;

namespace {

QByteArray js(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

Target target(const QByteArray &model, const QByteArray &provider = "lab")
{
    auto spec = std::make_shared<providers::ProviderSpec>();
    spec->id = provider;
    spec->priceProvider = provider;
    Target made;
    made.provider = std::move(spec);
    made.model = model;
    return made;
}

Failure refusal(const QByteArray &param, const QByteArray &message, const QByteArray &code = {})
{
    Failure failure(FailureClass::CallerFault, 400, message);
    failure.param = param;
    failure.code = code;
    return failure;
}

QByteArray described(const std::shared_ptr<const ModelLimits> &limits)
{
    QByteArray text;
    for (const auto &field : limits ? limits->refused : std::vector<ModelLimits::Field>())
        text += field.name + (field.learnt ? "! " : " ");
    if (limits && limits->noSystemRole)
        text += "-system";
    if (limits && limits->noDeveloperRole)
        text += "-developer";
    return text.trimmed();
}

} // namespace

class KnownLimitsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knowsTheCatalogue()
    {
        auto prices = metering::PriceBook::parse(js(
            "{'provider':'lab','models':{'deep':{'name':'Deep','status':'active','refuses':['temperature']},"
            "'plain':{'name':'Plain','status':'active'}}}"));
        QVERIFY2(prices.has_value(), prices ? "" : prices.error().message().constData());
        KnownLimits limits;
        QVERIFY(!limits.of(target("early"))); // without a catalogue nothing is known
        limits.setPrices(*prices);
        QCOMPARE(described(limits.of(target("deep"))), QByteArray("temperature"));
        QVERIFY(!limits.of(target("plain")));
        QVERIFY(!limits.of(target("deep", "elsewhere")));
    }

    void theShippedCatalogueKnowsReasoningModels()
    {
        KnownLimits limits;
        limits.setPrices(metering::PriceBook::builtIn());
        QCOMPARE(described(limits.of(target("o3", "openai"))), QByteArray("temperature max_tokens"));
        QVERIFY(!limits.of(target("gpt-4o", "openai")));
    }

    void learnsFromTheProvidersOwnWords_data()
    {
        QTest::addColumn<QByteArray>("param");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QByteArray>("code");
        QTest::addColumn<QByteArray>("lesson"); // empty = none
        const auto row = [](const char *name, const char *param, const char *message, const char *code,
                            const char *lesson) {
            QTest::newRow(name) << QByteArray(param) << QByteArray(message) << QByteArray(code)
                                << QByteArray(lesson);
        };
        row("by its code", "top_p", "no", "unsupported_parameter", "top_p!");
        row("a value", "temperature", "Only the default (1) value is supported.", "unsupported_value",
            "temperature!");
        row("code null, as recorded", "temperature",
            "Unsupported parameter: 'temperature' is not supported with this model.", "", "temperature!");
        row("cap", "max_tokens", "Unsupported parameter", "unsupported_parameter", "max_tokens!");
        row("role system, as recorded", "messages[0].role",
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "unsupported_value", "-system");
        row("role developer", "messages[3].role",
            "Unsupported value: 'messages[3].role' does not support 'developer' with this model.",
            "unsupported_value", "-developer");
        row("out of range", "temperature", "must be at most 2", "integer_above_max_value", "");
        row("cannot do without", "messages", "Unsupported", "unsupported_parameter", "");
        row("tools", "tools", "Unsupported", "unsupported_parameter", "");
        row("no field named", "", "Unsupported parameter", "unsupported_parameter", "");
        row("another role", "messages[0].role", "does not support 'wizard'", "unsupported_value", "");
    }
    void learnsFromTheProvidersOwnWords()
    {
        QFETCH(QByteArray, param);
        QFETCH(QByteArray, message);
        QFETCH(QByteArray, code);
        QFETCH(QByteArray, lesson);
        KnownLimits limits;
        QCOMPARE(limits.learn(target("m"), refusal(param, message, code)), !lesson.isEmpty());
        QCOMPARE(described(limits.of(target("m"))), lesson);
        QVERIFY(!limits.of(target("another"))); // of this model alone
        // The same again teaches nothing: nobody repeats for ever.
        QVERIFY(!limits.learn(target("m"), refusal(param, message, code)));
    }

    void onlyA400Teaches()
    {
        KnownLimits limits;
        Failure failure = refusal("temperature", "unsupported", "unsupported_parameter");
        failure.status = 422;
        QVERIFY(!limits.learn(target("m"), failure));
        failure.status = 400;
        failure.failureClass = FailureClass::ContextLength;
        QVERIFY(!limits.learn(target("m"), failure));
    }

    void neitherRoleIsNoLesson()
    {
        KnownLimits limits;
        QVERIFY(limits.learn(target("m"), refusal("messages[0].role", "not support 'system'")));
        QVERIFY(!limits.learn(target("m"), refusal("messages[0].role", "not support 'developer'")));
    }

    void staysBounded()
    {
        KnownLimits limits;
        for (int i = 0; i < 10'000; ++i)
            (void)limits.of(target("m" + QByteArray::number(i)));
        QVERIFY(limits.learn(target("m1"), refusal("seed", "unsupported")));
        QCOMPARE(described(limits.of(target("m1"))), QByteArray("seed!"));
    }
};

QTEST_GUILESS_MAIN(KnownLimitsTest)
#include "KnownLimitsTest.moc"

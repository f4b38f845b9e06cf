// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"
#include "config/ConfigKeys.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>

using namespace fairlead;
using namespace fairlead::config;

namespace {

struct SectionName {
    Section section;
    const char *definition; ///< in the schema's $defs; empty = the schema itself
};

constexpr SectionName kSections[]{
    {Section::Root, ""},
    {Section::Server, "server"},
    {Section::Tls, "tls"},
    {Section::App, "app"},
    {Section::Budget, "budget"},
    {Section::Limits, "limits"},
    {Section::ModelLimits, "model_limits"},
    {Section::Runaway, "runaway"},
    {Section::Key, "key"},
    {Section::Provider, "provider"},
    {Section::Timeouts, "timeouts"},
    {Section::Route, "route"},
    {Section::Target, "target"},
    {Section::Condition, "when"},
    {Section::Deadlines, "deadlines"},
    {Section::Hedge, "hedge"}};

QJsonObject readSchema()
{
    QFile file(QStringLiteral(FAIRLEAD_SOURCE_DIR "/resources/config.schema.json"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QJsonDocument::fromJson(file.readAll()).object();
}

const QJsonObject &schema()
{
    static const QJsonObject object = readSchema();
    return object;
}

QJsonObject definition(const QString &name)
{
    return name.isEmpty() ? schema() : schema()[u"$defs"][name].toObject();
}

/// A property with its $ref followed.
QJsonObject resolved(const QJsonObject &property)
{
    const QString reference = property[u"$ref"].toString();
    return reference.isEmpty() ? property : definition(reference.section(QLatin1Char('/'), -1));
}

QByteArray json(const QJsonValue &value)
{
    const QByteArray list = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return list.mid(1, list.size() - 2);
}

/// The smallest config with this one setting in it.
QByteArray configWith(Section section, const QByteArray &key, const QByteArray &value)
{
    const QByteArray member = "\"" + key + "\":" + value;
    const auto object = [&](const QList<QPair<QByteArray, QByteArray>> &needed) {
        QByteArray text = "{" + member;
        for (const auto &[name, content] : needed) {
            if (name != key)
                text += ",\"" + name + "\":" + content;
        }
        return text + "}";
    };
    switch (section) {
    case Section::Root:
        return object({});
    case Section::Server:
        return "{\"server\":" + object({}) + "}";
    case Section::Tls:
        return "{\"server\":{\"tls\":" + object({{"cert_file", "\"c\""}, {"key_file", "\"k\""}}) + "}}";
    case Section::App:
        return "{\"apps\":[" + object({{"name", "\"a\""}}) + "]}";
    case Section::Budget:
        return "{\"apps\":[{\"name\":\"a\",\"budget\":" + object({{"usd", "\"1\""}, {"per", "\"day\""}})
               + "}]}";
    case Section::Limits:
        return "{\"limits\":" + object({}) + "}";
    case Section::ModelLimits:
        return "{\"model_limits\":[" + object({{"model", "\"*\""}}) + "]}";
    case Section::Runaway:
        return "{\"runaway\":" + object({}) + "}";
    case Section::Provider:
        return "{\"providers\":[" + object({{"id", "\"p\""}}) + "]}";
    case Section::Key:
        return "{\"providers\":[{\"id\":\"p\",\"keys\":[" + object({}) + "]}]}";
    case Section::Timeouts:
        return "{\"providers\":[{\"id\":\"p\",\"timeouts\":" + object({}) + "}]}";
    case Section::Route:
        return "{\"routes\":[" + object({{"model", "\"m\""}, {"targets", "[\"p/m\",\"p/n\"]"}}) + "]}";
    case Section::Target:
        return "{\"routes\":[{\"model\":\"m\",\"targets\":[\"p/m\"," + object({{"target", "\"p/n\""}})
               + "]}]}";
    case Section::Condition:
        return "{\"routes\":[{\"model\":\"m\",\"targets\":[{\"target\":\"p/m\",\"when\":" + object({})
               + "}]}]}";
    case Section::Deadlines:
        return "{\"routes\":[{\"model\":\"m\",\"targets\":[\"p/m\"],\"deadlines\":" + object({}) + "}]}";
    case Section::Hedge:
        return "{\"routes\":[{\"model\":\"m\",\"targets\":[\"p/m\",\"p/n\"],\"hedge\":"
               + object({{"after", "\"p95\""}}) + "}]}";
    }
    return {};
}

QJsonArray namesAsJson(std::span<const QByteArrayView> names)
{
    QJsonArray array;
    for (const QByteArrayView name : names)
        array.append(QString::fromUtf8(name));
    return array;
}

void verifyAccepts(Section section, const QByteArray &key, const QJsonValue &value)
{
    const QByteArray text = configWith(section, key, json(value));
    const auto config = parseConfig(text);
    QVERIFY2(config, config ? "" : (text + ": " + config.error().message()).constData());
}

void verifyRefuses(Section section, const QByteArray &key, const QByteArray &value)
{
    const QByteArray text = configWith(section, key, value);
    QVERIFY2(!parseConfig(text), text.constData());
}

/// Every named property of every section, as rows.
void addPropertyRows()
{
    QTest::addColumn<Section>("section");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QJsonObject>("property");
    for (const auto &[section, name] : kSections) {
        const QJsonObject properties = definition(QLatin1String(name))[u"properties"].toObject();
        for (auto it = properties.begin(); it != properties.end(); ++it) {
            const QString row = QLatin1String(name) + QLatin1Char('.') + it.key();
            QTest::newRow(qPrintable(row)) << section << it.key() << resolved(it->toObject());
        }
    }
}

} // namespace

Q_DECLARE_METATYPE(fairlead::config::Section)

class ConfigSchemaTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isThere() { QVERIFY(schema()[u"$schema"].toString().contains(u"2020-12")); }

    void knowsTheSameKeys_data()
    {
        QTest::addColumn<Section>("section");
        QTest::addColumn<QString>("name");
        for (const auto &[section, name] : kSections)
            QTest::newRow(*name ? name : "root") << section << QString::fromLatin1(name);
        QCOMPARE(
            definition({})[u"$defs"].toObject().size(),
            qsizetype(std::size(kSections))); // "model" stands for the root
    }
    void knowsTheSameKeys()
    {
        QFETCH(Section, section);
        QFETCH(QString, name);
        QStringList parser;
        for (const QByteArrayView key : keysOf(section))
            parser.append(QString::fromUtf8(key));
        parser.sort();
        const QJsonObject object = definition(name);
        QCOMPARE(object[u"properties"].toObject().keys(), parser);
        QCOMPARE(object[u"additionalProperties"], QJsonValue(false));
        QCOMPARE(object[u"type"].toString(), QStringLiteral("object"));
        QVERIFY(!object[u"description"].toString().isEmpty());
    }

    void everyPropertyIsDescribedAndTyped_data() { addPropertyRows(); }
    void everyPropertyIsDescribedAndTyped()
    {
        QFETCH(QJsonObject, property);
        QVERIFY(property[u"description"].toString().size() > 5);
        QVERIFY(property.contains(u"type") || property.contains(u"enum"));
    }

    void everyExampleAndDefaultIsRead_data() { addPropertyRows(); }
    void everyExampleAndDefaultIsRead()
    {
        QFETCH(Section, section);
        QFETCH(QString, key);
        QFETCH(QJsonObject, property);
        QJsonArray values = property[u"examples"].toArray();
        for (const QJsonValue name : property[u"enum"].toArray())
            values.append(name);
        if (property.contains(u"default"))
            values.append(property[u"default"]);
        if (property[u"type"].toString() == u"boolean")
            values = {true, false};
        // Lists of objects and objects have their own rows, by their sections.
        const bool nested
            = property[u"type"].toString() == u"object" || property[u"items"].toObject().contains(u"$ref");
        QVERIFY(nested || !values.isEmpty());
        for (const QJsonValue value : values)
            verifyAccepts(section, key.toUtf8(), value);
    }

    void rangesAndTypesAreTheSame_data() { addPropertyRows(); }
    void rangesAndTypesAreTheSame()
    {
        QFETCH(Section, section);
        QFETCH(QString, key);
        QFETCH(QJsonObject, property);
        const QByteArray name = key.toUtf8();
        verifyRefuses(section, name, "null");
        const QString type = property[u"type"].toString();
        const QJsonArray types = property[u"type"].toArray(); // several: with texts among them
        if (type != u"object")
            verifyRefuses(section, name, "{}");
        if (type != u"array")
            verifyRefuses(section, name, "[]");
        if (type != u"boolean")
            verifyRefuses(section, name, "true");
        if (type != u"integer") {
            if (!types.contains(QStringLiteral("integer")))
                verifyRefuses(section, name, "7");
            return;
        }
        QVERIFY(property.contains(u"minimum") && property.contains(u"maximum"));
        const qint64 least = property[u"minimum"].toInteger();
        const qint64 most = property[u"maximum"].toInteger();
        verifyAccepts(section, name, least);
        verifyAccepts(section, name, most);
        verifyRefuses(section, name, QByteArray::number(least - 1));
        verifyRefuses(section, name, QByteArray::number(most + 1));
        verifyRefuses(section, name, "2.5");
    }

    void enumsAreTheSame()
    {
        QCOMPARE(
            definition(QStringLiteral("provider"))[u"properties"][u"wire"][u"enum"].toArray(),
            namesAsJson(wireNames()));
        QCOMPARE(
            definition(QStringLiteral("provider"))[u"properties"][u"auth"][u"enum"].toArray(),
            namesAsJson(authenticationNames()));
        QCOMPARE(
            definition(QStringLiteral("budget"))[u"properties"][u"per"][u"enum"].toArray(),
            namesAsJson(budgetPeriods()));
        QCOMPARE(
            definition(QStringLiteral("route"))[u"properties"][u"strategy"][u"enum"].toArray(),
            namesAsJson(strategyNames()));
        QCOMPARE(
            definition(QStringLiteral("route"))[u"properties"][u"recovery"][u"enum"].toArray(),
            namesAsJson(recoveryNames()));
        QCOMPARE(
            definition(QStringLiteral("when"))[u"properties"][u"days"][u"items"][u"enum"].toArray(),
            namesAsJson(dayNames()));
        QCOMPARE(
            definition(QStringLiteral("hedge"))[u"properties"][u"per"][u"enum"].toArray(),
            namesAsJson(budgetPeriods()));
    }

    void requiredIsRequired_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("app") << QStringLiteral("app") << QByteArray("{\"apps\":[{@}]}");
        QTest::newRow("budget") << QStringLiteral("budget")
                                << QByteArray("{\"apps\":[{\"name\":\"a\",\"budget\":{@}}]}");
        QTest::newRow("tls") << QStringLiteral("tls") << QByteArray("{\"server\":{\"tls\":{@}}}");
        QTest::newRow("model limits")
            << QStringLiteral("model_limits") << QByteArray("{\"model_limits\":[{@}]}");
        QTest::newRow("provider") << QStringLiteral("provider") << QByteArray("{\"providers\":[{@}]}");
        QTest::newRow("route") << QStringLiteral("route") << QByteArray("{\"routes\":[{@}]}");
        QTest::newRow("target") << QStringLiteral("target")
                                << QByteArray("{\"routes\":[{\"model\":\"m\",\"targets\":[{@}]}]}");
        QTest::newRow("hedge")
            << QStringLiteral("hedge")
            << QByteArray("{\"routes\":[{\"model\":\"m\",\"targets\":[\"p/m\",\"p/n\"],\"hedge\":{@}}]}");
    }
    void requiredIsRequired()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, text);
        const QJsonObject object = definition(name);
        const QJsonArray needed = object[u"required"].toArray();
        QVERIFY(!needed.isEmpty());
        // Each one left out in turn, then (-1) none.
        for (qsizetype left = needed.size() - 1; left >= -1; --left) {
            QByteArray members;
            for (qsizetype i = 0; i < needed.size(); ++i) {
                if (i == left)
                    continue;
                const QString key = needed[i].toString();
                const QJsonObject property = object[u"properties"][key].toObject();
                const QJsonValue value
                    = property.contains(u"enum") ? property[u"enum"][0] : property[u"examples"][0];
                members += (members.isEmpty() ? "\"" : ",\"") + key.toUtf8() + "\":" + json(value);
            }
            const QByteArray config = QByteArray(text).replace("@", members);
            QVERIFY2(parseConfig(config).has_value() == (left == -1), config.constData());
        }
    }

    /// What the schema's pattern takes, the parser takes, and the other way round.
    void patternsAreTheSame_data() { addPropertyRows(); }
    void patternsAreTheSame()
    {
        QFETCH(Section, section);
        QFETCH(QString, key);
        QFETCH(QJsonObject, property);
        const bool isList = property[u"type"].toString() == u"array";
        const QJsonObject rule = isList ? resolved(property[u"items"].toObject()) : property;
        if (!rule.contains(u"pattern"))
            return;
        const QRegularExpression pattern(rule[u"pattern"].toString());
        QVERIFY(pattern.isValid());
        const qsizetype most = rule[u"maxLength"].toInt(1 << 20);
        const QStringList samples{
            QString(),
            QStringLiteral("a"),
            QStringLiteral("A"),
            QStringLiteral("_a"),
            QStringLiteral("9"),
            QStringLiteral("9_A"),
            QStringLiteral("a b"),
            QStringLiteral(" a"),
            QStringLiteral("a "),
            QStringLiteral("p/m"),
            QStringLiteral("P/m"),
            QStringLiteral("p/"),
            QStringLiteral("/m"),
            QStringLiteral("p/m/n:free"),
            QStringLiteral("p/m n"),
            QStringLiteral("a.b-c_d"),
            QStringLiteral("-a"),
            QStringLiteral("A_B2"),
            QStringLiteral("*"),
            QStringLiteral("gpt-*"),
            QStringLiteral("ü"),
            QStringLiteral("0"),
            QStringLiteral("12.5"),
            QStringLiteral("1."),
            QStringLiteral(".5"),
            QStringLiteral("1e3"),
            QStringLiteral("-1"),
            QStringLiteral("0.000000001"),
            QStringLiteral("0.0000000001"),
            QStringLiteral("https://h"),
            QStringLiteral("https://h/"),
            QStringLiteral("http://[::1]:80"),
            QStringLiteral("https://h/v1"),
            QStringLiteral("ftp://h"),
            QStringLiteral("https://u:p@h/v1"),
            QStringLiteral("https://h/v1?a=b"),
            QStringLiteral("https://h/v1#a"),
            QStringLiteral("tauri://localhost"),
            QStringLiteral("5%"),
            QStringLiteral("0%"),
            QStringLiteral("0.0%"),
            QStringLiteral("99.9%"),
            QStringLiteral("100%"),
            QStringLiteral("22:00-06:00"),
            QStringLiteral("24:00-06:00"),
            QString(64, QLatin1Char('z')),
            QString(65, QLatin1Char('z')),
            QString(256, QLatin1Char('z')),
            QString(257, QLatin1Char('z'))};
        for (const QString &sample : samples) {
            // Zero is no budget; a pattern cannot say so.
            if ((key.startsWith(u"usd") || key.endsWith(u"usd") || key.endsWith(u"budget_left"))
                && sample == u"0")
                continue;
            // Unlike a pattern, the parser bounds names of variables: 128 is plenty.
            if (key.endsWith(u"env") && sample.size() > 128)
                continue;
            const bool fits = sample.size() <= most && pattern.match(sample).hasMatch();
            const QByteArray value = isList ? json(QJsonArray{sample}) : json(sample);
            const QByteArray text = configWith(section, key.toUtf8(), value);
            QVERIFY2(parseConfig(text).has_value() == fits, text.constData());
        }
    }
};

QTEST_GUILESS_MAIN(ConfigSchemaTest)
#include "ConfigSchemaTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QStringList>

namespace fairlead::test {

/// The part of JSON Schema (2020-12) our schemas use, checked with none of our own readers.
class JsonSchema
{
public:
    explicit JsonSchema(QJsonObject schema)
        : m_root(std::move(schema))
    { }

    /// What is wrong with a value, one line each; a keyword not known here is wrong too.
    [[nodiscard]] QStringList problems(const QJsonValue &value) const { return check(m_root, value, {}); }

private:
    QStringList check(const QJsonObject &schema, const QJsonValue &value, const QString &where) const
    {
        QStringList found;
        for (auto rule = schema.begin(); rule != schema.end(); ++rule) {
            const QString &name = rule.key();
            if (name == u"$ref") {
                found += check(definition(rule.value().toString()), value, where);
            } else if (name == u"type") {
                if (!isOfType(value, rule.value().toString()))
                    found += where + QStringLiteral(": is no ") + rule.value().toString();
            } else if (name == u"enum") {
                if (!rule.value().toArray().contains(value))
                    found += where + QStringLiteral(": is none of the values");
            } else if (name == u"pattern") {
                if (!QRegularExpression(rule.value().toString()).match(value.toString()).hasMatch())
                    found += where + QStringLiteral(": does not match ") + rule.value().toString();
            } else if (name == u"required") {
                for (const QJsonValue &key : rule.value().toArray()) {
                    if (value.isObject() && !value.toObject().contains(key.toString()))
                        found += where + QStringLiteral(": lacks ") + key.toString();
                }
            } else if (name == u"minimum") {
                if (value.toDouble() < rule.value().toDouble())
                    found += where + QStringLiteral(": is too small");
            } else if (name == u"minItems") {
                if (value.toArray().size() < rule.value().toInt())
                    found += where + QStringLiteral(": has too few items");
            } else if (name == u"items") {
                for (const QJsonValue &item : value.toArray())
                    found += check(rule.value().toObject(), item, where + QStringLiteral("[]"));
            } else if (name == u"oneOf") {
                if (matching(rule.value().toArray(), value) != 1)
                    found += where + QStringLiteral(": fits not exactly one of the forms");
            } else if (name == u"additionalProperties") {
                found += others(schema, rule.value(), value.toObject(), where);
            } else if (name == u"properties") {
                found += members(rule.value().toObject(), value.toObject(), where);
            } else if (!isAnnotation(name)) {
                found += where + QStringLiteral(": the schema's \"%1\" is not known here").arg(name);
            }
        }
        return found;
    }

    [[nodiscard]] QJsonObject definition(const QString &reference) const
    {
        const QString name = reference.section(u'/', -1);
        return m_root[QStringLiteral("$defs")][name].toObject();
    }

    static bool isAnnotation(const QString &name)
    {
        static const QStringList kNames{QStringLiteral("$schema"), QStringLiteral("$defs"),
                                        QStringLiteral("title"),   QStringLiteral("format"),
                                        QStringLiteral("default"), QStringLiteral("description"),
                                        QStringLiteral("examples")};
        return kNames.contains(name);
    }

    static bool isOfType(const QJsonValue &value, const QString &type)
    {
        if (type == u"integer")
            return value.isDouble() && value.toDouble() == static_cast<double>(value.toInteger());
        return (type == u"object" && value.isObject()) || (type == u"array" && value.isArray())
               || (type == u"string" && value.isString()) || (type == u"boolean" && value.isBool());
    }

    [[nodiscard]] qsizetype matching(const QJsonArray &forms, const QJsonValue &value) const
    {
        qsizetype count = 0;
        for (const QJsonValue &form : forms)
            count += check(form.toObject(), value, {}).isEmpty() ? 1 : 0;
        return count;
    }

    [[nodiscard]] QStringList
    members(const QJsonObject &properties, const QJsonObject &object, const QString &where) const
    {
        QStringList found;
        for (auto member = object.begin(); member != object.end(); ++member) {
            if (properties.contains(member.key()))
                found += check(
                    properties[member.key()].toObject(), member.value(), where + u'.' + member.key());
        }
        return found;
    }

    [[nodiscard]] QStringList others(
        const QJsonObject &schema, const QJsonValue &rule, const QJsonObject &object,
        const QString &where) const
    {
        QStringList found;
        const QJsonObject properties = schema[QStringLiteral("properties")].toObject();
        for (auto member = object.begin(); member != object.end(); ++member) {
            if (properties.contains(member.key()))
                continue;
            if (rule.isBool() && !rule.toBool())
                found += where + QStringLiteral(": has an unknown ") + member.key();
            else if (rule.isObject())
                found += check(rule.toObject(), member.value(), where + u'.' + member.key());
        }
        return found;
    }

    QJsonObject m_root;
};

} // namespace fairlead::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/SchemaReader.h"

#include "wire/gemini/Fields.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace fairlead::wire::gemini {

namespace {

using json::View;

constexpr std::array<QByteArrayView, 7> kTypes{"STRING", "NUMBER", "INTEGER", "BOOLEAN",
                                               "ARRAY",  "OBJECT", "NULL"};
constexpr std::array<QByteArrayView, 5> kOneSchema{
    "items", "additionalProperties", "not", "contains", "propertyNames"};
constexpr std::array<QByteArrayView, 4> kSchemaLists{"anyOf", "oneOf", "allOf", "prefixItems"};
constexpr std::array<QByteArrayView, 4> kSchemaMaps{
    "properties", "patternProperties", "$defs", "definitions"};
constexpr std::array<QByteArrayView, 6> kLimits{"minItems",  "maxItems",      "minLength",
                                                "maxLength", "minProperties", "maxProperties"};
// The words of Google's Schema that have another spelling in snake_case; all else keeps the caller's.
constexpr std::array<QByteArrayView, 8> kRespelled{"anyOf",         "minItems",        "maxItems",
                                                   "minLength",     "maxLength",       "minProperties",
                                                   "maxProperties", "propertyOrdering"};

template<std::size_t N>
bool isOneOf(const std::array<QByteArrayView, N> &list, QByteArrayView word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

class Converter
{
public:
    [[nodiscard]] bool changed() const { return m_changed; }

    void write(View schema, json::Writer &writer)
    {
        if (!schema.isObject()) {
            writer.raw(schema.raw());
            return;
        }
        const bool nullable = schema["nullable"].booleanOr(false);
        writer.beginObject();
        for (const auto &[key, value] : schema.members()) {
            QByteArray word = camelCase(key);
            if (word != key && !isOneOf(kRespelled, word))
                word = key;
            m_changed = m_changed || word != key;
            writeMember(word, value, schema, nullable, writer);
        }
        writer.endObject();
    }

private:
    void writeMember(const QByteArray &word, View value, View schema, bool nullable, json::Writer &writer)
    {
        if (word == "type") {
            writeType(value, nullable, writer);
        } else if (word == "nullable" && value.boolean()) {
            m_changed = true; // said by the type
        } else if (word == "propertyOrdering") {
            m_changed = true; // said by the order of the properties
        } else if (isOneOf(kSchemaMaps, word) && value.isObject()) {
            writer.key(word);
            writeMap(value, word == "properties" ? field(schema, "propertyOrdering") : View(), writer);
        } else if (isOneOf(kOneSchema, word) && value.isObject()) {
            writer.key(word);
            write(value, writer);
        } else if (isOneOf(kSchemaLists, word) && value.isArray()) {
            writeList(word, value, nullable && !schema["type"].exists(), writer);
        } else if (isOneOf(kLimits, word) && value.isString()) {
            m_changed = true; // int64 travels as a string in protobuf's JSON
            writer.key(word).integer(value.stringOr({}).toLongLong());
        } else {
            writer.memberRaw(word, value.raw());
        }
    }

    void writeType(View type, bool nullable, json::Writer &writer)
    {
        if (type.equals("TYPE_UNSPECIFIED")) {
            m_changed = true;
            return;
        }
        writer.key("type");
        if (type.isArray() || nullable)
            writer.beginArray();
        for (const View one : type.elements())
            writer.string(typeWord(one));
        if (!type.isArray())
            writer.string(typeWord(type));
        if (nullable)
            writer.string("null");
        if (type.isArray() || nullable)
            writer.endArray();
    }

    QByteArray typeWord(View type)
    {
        const QByteArray word = type.stringOr({});
        if (!isOneOf(kTypes, word))
            return word;
        m_changed = true;
        return word.toLower();
    }

    void writeMap(View map, View ordering, json::Writer &writer)
    {
        std::vector<std::pair<QByteArray, View>> members;
        for (const View name : ordering.elements()) {
            if (const View value = map[name.stringOr({})]; value.exists())
                members.emplace_back(name.stringOr({}), value);
        }
        const std::size_t ordered = members.size();
        for (const auto &[name, value] : map.members()) {
            const auto end = members.begin() + static_cast<std::ptrdiff_t>(ordered);
            const bool known = std::any_of(
                members.begin(), end, [&name = name](const auto &member) { return member.first == name; });
            if (!known)
                members.emplace_back(name, value);
        }
        writer.beginObject();
        for (const auto &[name, value] : members) {
            writer.key(name);
            write(value, writer);
        }
        writer.endObject();
    }

    void writeList(QByteArrayView word, View list, bool orNull, json::Writer &writer)
    {
        writer.key(word).beginArray();
        for (const View one : list.elements())
            write(one, writer);
        if (orNull && word == "anyOf")
            writer.beginObject().member("type", "null").endObject();
        writer.endArray();
    }

    bool m_changed = false;
};

} // namespace

QByteArray jsonSchemaOf(View schema)
{
    json::Writer writer(schema.raw().size());
    Converter converter;
    converter.write(schema, writer);
    return converter.changed() ? writer.take() : schema.rawCopy();
}

} // namespace fairlead::wire::gemini

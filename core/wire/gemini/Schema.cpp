// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Schema.h"

#include "json/Splice.h"
#include "json/View.h"
#include "json/Writer.h"

#include <QList>

#include <algorithm>
#include <array>
#include <vector>

namespace fairlead::wire::gemini {

namespace {

using json::View;

// References that fan out can grow without bound: no honest schema has this many parts.
constexpr int kMostNodes = 5000;

// Fields of google.ai.generativelanguage Schema whose values need no change.
constexpr std::array<QByteArrayView, 16> kKept{
    "title",    "description", "nullable",  "default",         "required",      "minItems",
    "maxItems", "minLength",   "maxLength", "minProperties",   "maxProperties", "minimum",
    "maximum",  "pattern",     "example",   "propertyOrdering"};
constexpr std::array<QByteArrayView, 6> kFormats{"enum", "date-time", "int32", "int64", "float", "double"};
// Words that only annotate or that are handled elsewhere: leaving them out loses nothing worth a report.
constexpr std::array<QByteArrayView, 8> kSilent{
    "$schema", "$id", "$defs", "definitions", "$comment", "examples", "additionalProperties", "$anchor"};

template<std::size_t N>
bool isOneOf(const std::array<QByteArrayView, N> &list, QByteArrayView word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

class Converter
{
public:
    Converter(View root, QByteArray &lost)
        : m_root(root)
        , m_lost(lost)
    { }

    void write(View schema, json::Writer &writer)
    {
        const std::size_t expanding = m_expanding.size();
        const View target = follow(schema);
        ++m_nodes;
        if (m_nodes > kMostNodes || !target.isObject()) {
            writer.beginObject().member("type", "OBJECT").endObject();
        } else {
            writer.beginObject();
            bool nullable = writeType(target, writer);
            for (const auto &[key, value] : target.members())
                writeMember(key, value, writer, nullable);
            if (nullable && !target["nullable"].exists())
                writer.memberBoolean("nullable", true);
            writer.endObject();
        }
        m_expanding.resize(expanding);
    }

private:
    /// What a $ref (or a chain of them) means; missing for a reference we are inside of already.
    View follow(View schema)
    {
        View target = schema;
        while (target["$ref"].isString()) {
            const QByteArray reference = target["$ref"].stringOr({});
            if (std::find(m_expanding.begin(), m_expanding.end(), reference) != m_expanding.end())
                return {};
            m_expanding.push_back(reference);
            target = resolve(reference);
        }
        return target;
    }

    /// True if null is among the types.
    bool writeType(View schema, json::Writer &writer)
    {
        const View type = schema["type"];
        std::vector<QByteArray> types;
        if (type.isString())
            types.push_back(type.stringOr({}));
        for (const View element : type.elements())
            types.push_back(element.stringOr({}));
        const bool nullable = std::erase(types, QByteArrayLiteral("null")) > 0;
        if (types.size() == 1) {
            writer.member("type", types.front().toUpper());
        } else if (types.size() > 1) {
            writer.key("anyOf").beginArray();
            for (const QByteArray &one : types)
                writer.beginObject().member("type", one.toUpper()).endObject();
            writer.endArray();
        } else if (schema["properties"].isObject()) {
            writer.member("type", "OBJECT");
        } else if (schema["const"].isString() || schema["enum"].isArray()) {
            writer.member("type", "STRING");
        }
        return nullable;
    }

    void writeMember(QByteArrayView key, View value, json::Writer &writer, bool &nullable)
    {
        if (key == "type") {
            return; // written first
        } else if (key == "properties") {
            writer.key(key).beginObject();
            for (const auto &[name, property] : value.members()) {
                writer.key(name);
                write(property, writer);
            }
            writer.endObject();
        } else if (key == "items") {
            writer.key(key);
            write(value, writer);
        } else if (key == "anyOf" || key == "oneOf" || (key == "allOf" && value.count() == 1)) {
            writeBranches(value, writer, nullable);
        } else if (key == "enum" || key == "const") {
            writeEnum(key, value, writer);
        } else if (key == "format") {
            if (isOneOf(kFormats, value.stringOr({})))
                writer.memberRaw(key, value.raw());
        } else if (isOneOf(kKept, key)) {
            writer.memberRaw(key, value.raw());
        } else if (!isOneOf(kSilent, key)) {
            lose(key);
        }
    }

    void writeBranches(View branches, json::Writer &writer, bool &nullable)
    {
        writer.key("anyOf").beginArray();
        for (const View branch : branches.elements()) {
            if (branch["type"].equals("null"))
                nullable = true;
            else
                write(branch, writer);
        }
        writer.endArray();
    }

    /// The subset's enums hold strings only.
    void writeEnum(QByteArrayView key, View value, json::Writer &writer)
    {
        std::vector<View> values;
        if (key == "const")
            values.push_back(value);
        for (const View element : value.elements())
            values.push_back(element);
        std::erase_if(values, [](View v) { return v.isNull(); });
        if (values.empty()
            || !std::all_of(values.begin(), values.end(), [](View v) { return v.isString(); })) {
            lose(key);
            return;
        }
        writer.key("enum").beginArray();
        for (const View v : values)
            writer.raw(v.raw());
        writer.endArray();
    }

    /// "#/$defs/Name/..." within this schema; anything else is missing.
    View resolve(const QByteArray &reference) const
    {
        if (!reference.startsWith('#'))
            return {};
        View at = m_root;
        const QList<QByteArray> steps = reference.mid(1).split('/');
        for (qsizetype i = 1; i < steps.size(); ++i) {
            QByteArray step = QByteArray::fromPercentEncoding(steps[i]);
            step.replace("~1", "/").replace("~0", "~");
            at = at[step];
        }
        return at;
    }

    void lose(QByteArrayView key)
    {
        if (m_lost.split(' ').contains(key.toByteArray()))
            return;
        if (!m_lost.isEmpty())
            m_lost += ' ';
        m_lost += key;
    }

    View m_root;
    QByteArray &m_lost;
    std::vector<QByteArray> m_expanding; ///< the references we are inside of
    int m_nodes = 0;
};

} // namespace

Result<QByteArray> plainSchema(const QByteArray &schema)
{
    const auto document = json::Document::parse(schema);
    if (!document)
        return fail(document.error());
    if (!document->root().isObject())
        return fail(ErrorKind::Invalid, "a schema must be an object");
    return json::Splice(*document).remove(document->root(), "$schema").apply();
}

Result<QByteArray> subsetSchema(const QByteArray &schema, QByteArray &lost)
{
    const auto document = json::Document::parse(schema);
    if (!document)
        return fail(document.error());
    if (!document->root().isObject())
        return fail(ErrorKind::Invalid, "a schema must be an object");
    json::Writer writer(schema.size());
    Converter(document->root(), lost).write(document->root(), writer);
    return writer.take();
}

} // namespace fairlead::wire::gemini

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/FieldReader.h"

namespace fairlead::wire::openai_chat {

using json::View;

void FieldReader::wrong(const QByteArray &path, const char *expected)
{
    if (m_complaint.isEmpty())
        m_complaint = path + " must be " + expected + '.';
}

QByteArray FieldReader::string(View value, const QByteArray &path)
{
    if (!value)
        return {};
    const auto text = value.string();
    if (!text)
        wrong(path, "a string");
    return text.value_or(QByteArray());
}

QByteArray FieldReader::requiredString(View value, const QByteArray &path)
{
    const QByteArray text = value.stringOr({});
    if (text.isEmpty())
        wrong(path, "a non-empty string");
    return text;
}

std::optional<std::int64_t> FieldReader::integer(View value, const QByteArray &path)
{
    if (!value)
        return std::nullopt;
    const auto number = value.integer();
    if (!number)
        wrong(path, "an integer");
    return number;
}

std::optional<bool> FieldReader::boolean(View value, const QByteArray &path)
{
    if (!value)
        return std::nullopt;
    const auto found = value.boolean();
    if (!found)
        wrong(path, "true or false");
    return found;
}

chat::RawJson FieldReader::number(View value, const QByteArray &path)
{
    if (!value)
        return {};
    if (!value.isNumber()) {
        wrong(path, "a number");
        return {};
    }
    return value.rawCopy();
}

chat::RawJson FieldReader::object(View value, const QByteArray &path)
{
    if (!value)
        return {};
    if (!value.isObject()) {
        wrong(path, "an object");
        return {};
    }
    return value.rawCopy();
}

bool FieldReader::array(View value, const QByteArray &path)
{
    if (value && !value.isArray())
        wrong(path, "an array");
    return value.isArray();
}

std::optional<chat::CacheMark> FieldReader::cacheMark(View part)
{
    View mark = part["cache_control"];
    if (!mark.isObject())
        mark = part["prompt_cache_breakpoint"]; // OpenAI's own, without lifetimes
    if (!mark.isObject())
        return std::nullopt;
    chat::CacheMark cache;
    cache.ttl = mark["ttl"].stringOr({});
    return cache;
}

QByteArray indexed(const QByteArray &path, qsizetype index)
{
    return path + '[' + QByteArray::number(index) + ']';
}

} // namespace fairlead::wire::openai_chat

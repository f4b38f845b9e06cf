// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/ConfigReader.h"

#include "config/ConfigValues.h"

#include <algorithm>

namespace fairlead::config {

namespace {

using json::View;

constexpr auto kTokenHint = "Tokens are never written in this file: \"fairleadctl app add NAME\" makes one, "
                            "or name the environment variable "
                            "that holds it in \"token_env\".";

QByteArray described(View value)
{
    switch (value.kind()) {
    case json::Kind::Object:
        return "an object";
    case json::Kind::Array:
        return "a list";
    case json::Kind::String:
        return "a text";
    case json::Kind::Number:
        return "a number";
    case json::Kind::Bool:
        return "true or false";
    case json::Kind::Null:
    case json::Kind::Missing:
        return "null";
    }
    return {};
}

QByteArray joined(std::span<const QByteArrayView> names)
{
    QByteArray all;
    for (const QByteArrayView name : names) {
        if (!all.isEmpty())
            all += ", ";
        all += name;
    }
    return all;
}

} // namespace

tl::unexpected<Error> ConfigReader::error(View at, const QByteArray &where, const QByteArray &what) const
{
    return fail(
        ErrorKind::Invalid,
        "line " + QByteArray::number(lineOf(at)) + ": " + (where.isEmpty() ? "" : where + ": ") + what);
}

tl::unexpected<Error>
ConfigReader::wrongType(View value, const QByteArray &where, const QByteArray &need) const
{
    return error(value, where, "must be " + need + ", not " + described(value));
}

tl::unexpected<Error>
ConfigReader::unknownKey(View value, Section section, QByteArrayView key, const QByteArray &where) const
{
    if (isNameForKeys(key) || looksLikeKey(key)) {
        const bool token = section == Section::App || section == Section::Server;
        return error(value, where, token ? kTokenHint : kKeyHint);
    }
    const QByteArrayView near = nearest(key, keysOf(section));
    QByteArray what = "\"" + key.first(std::min<qsizetype>(key.size(), 64)).toByteArray()
                      + "\" is not a setting of " + nameOf(section).toByteArray();
    if (near.isEmpty())
        what += "; it has " + joined(keysOf(section));
    else
        what += "; did you mean \"" + near.toByteArray() + "\"?";
    return error(value, where, what);
}

Result<>
ConfigReader::object(View value, const QByteArray &where, Section section, const OnMember &read) const
{
    if (!value.isObject())
        return wrongType(value, where, "an object ({...})");
    const auto known = keysOf(section);
    std::vector<bool> seen(known.size());
    for (const auto &[key, member] : value.members()) {
        const auto at = std::find(known.begin(), known.end(), QByteArrayView(key));
        if (at == known.end())
            return unknownKey(member, section, key, where);
        const auto index = static_cast<size_t>(at - known.begin());
        const QByteArray place = where.isEmpty() ? key : where + "." + key;
        if (seen[index])
            return error(member, place, "is written twice");
        seen[index] = true;
        if (auto done = read(key, member, place); !done)
            return done;
    }
    return {};
}

Result<QByteArray>
ConfigReader::text(View value, const QByteArray &where, Accepts accepts, QByteArrayView need) const
{
    const auto content = value.string();
    // The value is not repeated: what does not fit might be a key in the wrong place.
    if (!content)
        return error(value, where, "must be " + need.toByteArray() + ", not " + described(value));
    if (!accepts(*content))
        return error(value, where, "must be " + need.toByteArray());
    return *content;
}

Result<QByteArray>
ConfigReader::choice(View value, const QByteArray &where, std::span<const QByteArrayView> names) const
{
    const QByteArray content = value.stringOr({});
    if (std::find(names.begin(), names.end(), QByteArrayView(content)) != names.end())
        return content;
    QByteArray what = "must be one of " + joined(names);
    if (const QByteArrayView near = nearest(content, names); !content.isEmpty() && !near.isEmpty())
        what += "; did you mean \"" + near.toByteArray() + "\"?";
    return error(value, where, what);
}

Result<qint64> ConfigReader::whole(View value, const QByteArray &where, qint64 least, qint64 most) const
{
    const auto number = value.integer();
    if (number && *number >= least && *number <= most)
        return *number;
    return error(
        value, where,
        "must be a whole number from " + QByteArray::number(least) + " to " + QByteArray::number(most));
}

Result<bool> ConfigReader::flag(View value, const QByteArray &where) const
{
    const auto state = value.boolean();
    if (!state)
        return error(value, where, "must be true or false, not " + described(value));
    return *state;
}

Result<NanoUsd> ConfigReader::money(View value, const QByteArray &where) const
{
    const auto amount = NanoUsd::fromDecimal(value.stringOr({}));
    if (!amount || amount->nano() <= 0)
        return error(value, where, "must be an amount in US dollars above zero, written as a text: \"5.00\"");
    return *amount;
}

Result<QDate> ConfigReader::date(View value, const QByteArray &where) const
{
    const QDate day = QDate::fromString(QString::fromUtf8(value.stringOr({})), Qt::ISODate);
    if (!day.isValid())
        return error(value, where, "must be a date such as \"2027-03-31\"");
    return day;
}

Result<QByteArray>
ConfigReader::required(const QByteArray &found, View value, const QByteArray &where, QByteArrayView key) const
{
    if (found.isEmpty())
        return error(value, where, "needs \"" + key.toByteArray() + "\"");
    return found;
}

} // namespace fairlead::config

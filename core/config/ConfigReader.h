// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"
#include "config/ConfigKeys.h"
#include "json/View.h"

#include <QDate>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace fairlead::config {

/// Reads values of one document; `where` is the place in words, "providers[1].base_url". What stands where is
/// its users' knowledge.
class ConfigReader
{
public:
    using View = json::View;
    using Accepts = bool (*)(QByteArrayView);
    using OnMember = std::function<Result<>(QByteArrayView key, View value, const QByteArray &where)>;

    explicit ConfigReader(const json::Document &document)
        : m_document(document)
    { }

    [[nodiscard]] tl::unexpected<Error> error(View at, const QByteArray &where, const QByteArray &what) const;
    [[nodiscard]] View root() const { return m_document.root(); }
    [[nodiscard]] int lineOf(View at) const { return m_document.lineOf(at); }

    /// Calls `read` for each member of an object that may hold only this section's keys, each once.
    [[nodiscard]] Result<>
    object(View value, const QByteArray &where, Section section, const OnMember &read) const;
    template<typename T, typename Read>
    [[nodiscard]] Result<> list(View value, const QByteArray &where, std::vector<T> &into, Read read) const;
    /// As list(), but a single value may stand for a list of one.
    template<typename T, typename Read>
    [[nodiscard]] Result<>
    oneOrMore(View value, const QByteArray &where, std::vector<T> &into, Read read) const;

    [[nodiscard]] Result<QByteArray>
    text(View value, const QByteArray &where, Accepts accepts, QByteArrayView need) const;
    [[nodiscard]] Result<QByteArray>
    choice(View value, const QByteArray &where, std::span<const QByteArrayView> names) const;
    [[nodiscard]] Result<qint64> whole(View value, const QByteArray &where, qint64 least, qint64 most) const;
    [[nodiscard]] Result<bool> flag(View value, const QByteArray &where) const;
    [[nodiscard]] Result<NanoUsd> money(View value, const QByteArray &where) const;
    [[nodiscard]] Result<QDate> date(View value, const QByteArray &where) const;
    [[nodiscard]] Result<QByteArray>
    required(const QByteArray &found, View value, const QByteArray &where, QByteArrayView key) const;
    /// Refuses the second of two entries with the same name.
    template<typename Range, typename NameOf>
    [[nodiscard]] Result<> unique(View list, const Range &entries, QByteArrayView what, NameOf nameOf) const;
    /// "must be an object ({...}), not a list".
    [[nodiscard]] tl::unexpected<Error>
    wrongType(View value, const QByteArray &where, const QByteArray &need) const;

private:
    [[nodiscard]] tl::unexpected<Error>
    unknownKey(View value, Section section, QByteArrayView key, const QByteArray &where) const;

    const json::Document &m_document;
};

/// Stores a read value, or hands its error on.
template<typename From, typename To>
[[nodiscard]] Result<> put(Result<From> value, To &into)
{
    if (!value)
        return fail(value.error());
    into = std::move(*value);
    return {};
}

[[nodiscard]] inline Result<> putText(Result<QByteArray> value, std::optional<QString> &into)
{
    return put(value.map([](const QByteArray &text) { return QString::fromUtf8(text); }), into);
}

template<typename T, typename Read>
Result<> ConfigReader::list(View value, const QByteArray &where, std::vector<T> &into, Read read) const
{
    if (!value.isArray())
        return wrongType(value, where, "a list ([...])");
    for (const View element : value.elements()) {
        const QByteArray place = where + "[" + QByteArray::number(qsizetype(into.size())) + "]";
        Result<T> item = read(element, place);
        if (!item)
            return fail(item.error());
        into.push_back(std::move(*item));
    }
    return {};
}

template<typename T, typename Read>
Result<> ConfigReader::oneOrMore(View value, const QByteArray &where, std::vector<T> &into, Read read) const
{
    if (value.isArray()) {
        auto done = list(value, where, into, read);
        return done && into.empty() ? Result<>(error(value, where, "must name at least one")) : done;
    }
    Result<T> only = read(value, where);
    if (!only)
        return fail(only.error());
    into.push_back(std::move(*only));
    return {};
}

template<typename Range, typename NameOf>
Result<> ConfigReader::unique(View list, const Range &entries, QByteArrayView what, NameOf nameOf) const
{
    for (std::size_t i = 0; i < entries.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (nameOf(entries[i]) == nameOf(entries[j]))
                return error(
                    list.at(static_cast<qsizetype>(i)), {},
                    "a second " + what.toByteArray() + " \"" + nameOf(entries[i]) + "\"");
        }
    }
    return {};
}

/// What to do instead of writing a key into the file.
inline constexpr auto kKeyHint
    = "Keys are never written in this file: store it with \"fairleadctl key set NAME\" and write "
      "\"keys\": [{\"keychain\": \"NAME\"}], or [{\"env\": \"VARIABLE\"}] to take it from the environment.";

} // namespace fairlead::config

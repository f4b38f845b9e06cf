// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>
#include <utility>
#include <vector>

namespace fairlead {

/// HTTP header fields in the order they came. Names compare without case (RFC 9110 section 5.1).
class Headers
{
public:
    using Field = std::pair<QByteArray, QByteArray>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields)
        : m_fields(fields)
    { }

    /// The first field of that name, or nullopt.
    [[nodiscard]] std::optional<QByteArray> get(QByteArrayView name) const;
    [[nodiscard]] QByteArray value(QByteArrayView name) const { return get(name).value_or(QByteArray()); }
    [[nodiscard]] bool contains(QByteArrayView name) const;
    [[nodiscard]] qsizetype count(QByteArrayView name) const;
    void add(QByteArray name, QByteArray value) { m_fields.emplace_back(std::move(name), std::move(value)); }
    /// Replaces every field of that name by one.
    void set(const QByteArray &name, QByteArray value);
    void remove(QByteArrayView name);
    void reserve(std::size_t fields) { m_fields.reserve(fields); }

    [[nodiscard]] auto begin() const { return m_fields.begin(); }
    [[nodiscard]] auto end() const { return m_fields.end(); }
    [[nodiscard]] bool isEmpty() const { return m_fields.empty(); }
    [[nodiscard]] std::size_t size() const { return m_fields.size(); }

private:
    std::vector<Field> m_fields;
};

[[nodiscard]] bool equalLettersIgnoringCase(const char *a, const char *b, qsizetype size);

/// ASCII comparison without case, for header names and tokens. Inline as far as the lengths: most names in a
/// head differ in it.
[[nodiscard]] inline bool equalsIgnoringCase(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() && equalLettersIgnoringCase(a.data(), b.data(), a.size());
}

} // namespace fairlead

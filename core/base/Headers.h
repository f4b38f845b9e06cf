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
    void add(QByteArray name, QByteArray value)
    {
        if (m_fields.capacity() == 0)
            m_fields.reserve(kUsualFields);
        m_fields.emplace_back(std::move(name), std::move(value));
    }
    /// String literals are used where they stand, not copied.
    template<std::size_t N>
    void add(const char (&name)[N], QByteArray value)
    {
        add(QByteArray::fromRawData(name, N - 1), std::move(value));
    }
    template<std::size_t N, std::size_t M>
    void add(const char (&name)[N], const char (&value)[M])
    {
        add(QByteArray::fromRawData(name, N - 1), QByteArray::fromRawData(value, M - 1));
    }
    template<std::size_t N, typename Value>
    void add(char (&name)[N], Value &&value) = delete; // a buffer is no literal
    /// Replaces every field of that name by one.
    void set(const QByteArray &name, QByteArray value);
    void remove(QByteArrayView name);
    void reserve(std::size_t fields) { m_fields.reserve(fields); }

    [[nodiscard]] auto begin() const { return m_fields.begin(); }
    [[nodiscard]] auto end() const { return m_fields.end(); }
    [[nodiscard]] bool isEmpty() const { return m_fields.empty(); }
    [[nodiscard]] std::size_t size() const { return m_fields.size(); }

private:
    static constexpr std::size_t kUsualFields = 8;

    std::vector<Field> m_fields;
};

/// `name` as a field name of its own; names everybody uses share their bytes.
[[nodiscard]] QByteArray fieldName(QByteArrayView name);

/// RFC 9110 section 5.1: a token.
[[nodiscard]] bool isFieldName(QByteArrayView text);
/// Nothing that would end the line, so that a value cannot become a field of its own (RFC 9110 section 5.5).
[[nodiscard]] bool isFieldValue(QByteArrayView text);

[[nodiscard]] bool equalLettersIgnoringCase(const char *a, const char *b, qsizetype size);

/// ASCII comparison without case, for header names and tokens. Inline as far as the lengths: most names in a
/// head differ in it.
[[nodiscard]] inline bool equalsIgnoringCase(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() && equalLettersIgnoringCase(a.data(), b.data(), a.size());
}

} // namespace fairlead

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "json/Node.h"

#include <QByteArray>
#include <QByteArrayView>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace fairlead::json {

class MemberRange;
class ElementRange;

/// A value inside somebody else's JSON text: a slice of the caller's bytes and a kind. Nothing is copied,
/// re-ordered or rounded: `raw()` gives the value exactly as it was written (key order, number text,
/// escapes), which is how schemas, tool arguments and unknown fields travel.
///
/// Views are only made by Document (which validated the whole text first), so navigation cannot fail: what is
/// not there is `Kind::Missing`, and reading a missing or differently typed value gives nullopt or the
/// fallback. A copy of the document must outlive the view.
class View
{
public:
    View() = default;

    [[nodiscard]] Kind kind() const { return m_node ? static_cast<Kind>(m_node->kind) : Kind::Missing; }
    [[nodiscard]] bool exists() const { return m_node; }
    [[nodiscard]] bool isNull() const { return kind() == Kind::Null; }
    /// Neither missing nor null: the usual question, as most APIs treat the two alike.
    [[nodiscard]] explicit operator bool() const { return m_node && kind() != Kind::Null; }
    [[nodiscard]] bool isString() const { return kind() == Kind::String; }
    [[nodiscard]] bool isObject() const { return kind() == Kind::Object; }
    [[nodiscard]] bool isArray() const { return kind() == Kind::Array; }
    [[nodiscard]] bool isNumber() const { return kind() == Kind::Number; }

    /// The value's own bytes, without white space around it. Empty when missing.
    [[nodiscard]] QByteArrayView raw() const
    {
        return m_node ? QByteArrayView(m_text + m_node->begin, m_node->end - m_node->begin)
                      : QByteArrayView();
    }
    [[nodiscard]] QByteArray rawCopy() const { return raw().toByteArray(); }

    /// The member of that (unescaped) name; missing if this is no object or has none. Of duplicates the last
    /// one counts, as in JavaScript and Python. Linear in the number of members: to read many, iterate once.
    [[nodiscard]] View operator[](QByteArrayView key) const;
    template<std::size_t N>
    [[nodiscard]] View operator[](const char (&key)[N]) const
    {
        return (*this)[QByteArrayView(key, N - 1)];
    }
    /// Several members in one pass over the object, for large ones:
    /// `const auto [model, stream] = request.pick("model", "stream");`
    template<typename... Keys>
    [[nodiscard]] std::array<View, sizeof...(Keys)> pick(const Keys &...keys) const
    {
        const QByteArrayView names[] = {QByteArrayView(keys)...};
        std::array<View, sizeof...(Keys)> found;
        findMembers(names, found.data(), found.size());
        return found;
    }
    /// The element at that place; missing beyond the end or if this is no array.
    [[nodiscard]] View at(qsizetype index) const;
    /// An array or object with something in it.
    [[nodiscard]] bool hasAny() const;
    /// Number of members or elements; 0 for everything else.
    [[nodiscard]] qsizetype count() const;

    /// `for (const auto &[key, value] : view.members())`, in the order written. Keys are unescaped. Empty if
    /// no object.
    [[nodiscard]] MemberRange members() const;
    /// `for (const View element : view.elements())`. Empty if no array.
    [[nodiscard]] ElementRange elements() const;

    /// The unescaped UTF-8 text of a string; nullopt for anything else. A lone surrogate escape becomes
    /// U+FFFD here and stays what it is in raw().
    [[nodiscard]] std::optional<QByteArray> string() const;
    [[nodiscard]] QByteArray stringOr(QByteArrayView fallback) const;
    /// True if this is a string with exactly that text.
    [[nodiscard]] bool equals(QByteArrayView text) const;
    template<std::size_t N>
    [[nodiscard]] bool equals(const char (&text)[N]) const
    {
        return equals(QByteArrayView(text, N - 1));
    }
    /// A number that is a whole number in range ("7", "7.0", "7e0"); nullopt for anything else.
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    [[nodiscard]] std::int64_t integerOr(std::int64_t fallback) const { return integer().value_or(fallback); }
    /// Any number, as the nearest double; nullopt beyond the range of double ("1e400"). Never for money.
    [[nodiscard]] std::optional<double> number() const;
    [[nodiscard]] std::optional<bool> boolean() const;
    [[nodiscard]] bool booleanOr(bool fallback) const { return boolean().value_or(fallback); }

private:
    friend class Document;
    friend class MemberRange;
    friend class ElementRange;
    friend class Splice;
    View(const char *text, const Node *node)
        : m_text(text)
        , m_node(node)
    { }
    void findMembers(const QByteArrayView *keys, View *found, std::size_t count) const;
    /// Of a string, what stands between the quotes.
    [[nodiscard]] QByteArrayView between() const
    {
        return {m_text + m_node->begin + 1, m_node->end - m_node->begin - 2};
    }
    /// This is a string that means `text`.
    [[nodiscard]] bool means(QByteArrayView text) const;
    [[nodiscard]] View firstInside() const { return {m_text, m_node + 1}; }
    [[nodiscard]] View next() const { return {m_text, m_node->next()}; }

    const char *m_text = nullptr;
    const Node *m_node = nullptr;
};

/// A validated JSON text, the owner of its bytes and of its nodes (both shared, so cheap to copy).
class Document
{
public:
    struct Limits {
        int maxDepth = 128;
    };

    /// Checks the whole text: RFC 8259 grammar, strict UTF-8, depth, nothing but white space after the value.
    /// A leading BOM is refused as the RFC allows. The error names what is wrong and the byte, line and
    /// column where.
    [[nodiscard]] static Result<Document> parse(QByteArray text);
    [[nodiscard]] static Result<Document> parse(QByteArray text, Limits limits);

    [[nodiscard]] View root() const { return {m_text.constData(), m_nodes.get()}; }
    [[nodiscard]] View operator[](QByteArrayView key) const { return root()[key]; }
    template<std::size_t N>
    [[nodiscard]] View operator[](const char (&key)[N]) const
    {
        return root()[QByteArrayView(key, N - 1)];
    }
    [[nodiscard]] const QByteArray &text() const { return m_text; }
    /// 1-based line of a view of this document, for messages about configuration files; 0 if the view is
    /// missing.
    [[nodiscard]] int lineOf(View view) const;

private:
    Document(QByteArray text, std::shared_ptr<const Node[]> nodes)
        : m_text(std::move(text))
        , m_nodes(std::move(nodes))
    { }

    QByteArray m_text;
    std::shared_ptr<const Node[]> m_nodes;
};

/// One name and value of an object. The key is a copy of its own, safe to keep; while nobody keeps it the
/// iterator writes the next one into the same memory.
struct Member {
    QByteArray key;
    View value;
};

/// Input range over an object's members.
class MemberRange
{
public:
    class Iterator
    {
    public:
        const Member &operator*() const { return m_current; }
        const Member *operator->() const { return &m_current; }
        Iterator &operator++();
        bool operator==(const Iterator &other) const { return m_key == other.m_key; }

    private:
        friend class MemberRange;
        Iterator(const char *text, const Node *key, const Node *end);
        void read();

        const char *m_text;
        const Node *m_key;
        const Node *m_end;
        Member m_current;
    };

    [[nodiscard]] Iterator begin() const { return {m_text, m_begin, m_end}; }
    [[nodiscard]] Iterator end() const { return {m_text, m_end, m_end}; }

private:
    friend class View;
    MemberRange(const char *text, const Node *begin, const Node *end)
        : m_text(text)
        , m_begin(begin)
        , m_end(end)
    { }

    const char *m_text;
    const Node *m_begin; ///< keys, each before its value
    const Node *m_end;
};

/// Input range over an array's elements.
class ElementRange
{
public:
    class Iterator
    {
    public:
        const View &operator*() const { return m_current; }
        Iterator &operator++()
        {
            m_current = m_current.next();
            return *this;
        }
        bool operator==(const Iterator &other) const { return m_current.m_node == other.m_current.m_node; }

    private:
        friend class ElementRange;
        explicit Iterator(View current)
            : m_current(current)
        { }

        View m_current;
    };

    [[nodiscard]] Iterator begin() const { return Iterator(m_begin); }
    [[nodiscard]] Iterator end() const { return Iterator(m_end); }

private:
    friend class View;
    ElementRange(View begin, View end)
        : m_begin(begin)
        , m_end(end)
    { }

    View m_begin;
    View m_end;
};

} // namespace fairlead::json

// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Parser.h"

#include "json/Grammar.h"
#include "json/Scan.h"
#include "json/Text.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>

namespace fairlead::json {

namespace {

using Stage1 = simdjson::internal::dom_parser_implementation;

/// simdjson's first stage: UTF-8, control characters in strings, closed strings, and the place of every
/// token. It needs no padding. Its second stage is not used: that one copies all strings, and refuses lone
/// surrogate escapes and numbers beyond double, which RFC 8259 allows and which must pass through us
/// unchanged.
std::unique_ptr<Stage1> makeStage1(std::size_t capacity)
{
    std::unique_ptr<Stage1> stage1;
    // The depth sizes stage 2's stack only.
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, stage1))
        return nullptr;
    return stage1;
}

/// A stage of that capacity at least: this thread's own for usual sizes, else one for this text only, as its
/// index takes four times the text (untouched where strings are long).
class Stage1Lease
{
public:
    explicit Stage1Lease(std::size_t size)
    {
        static constexpr std::size_t kLeastKept = std::size_t(16) << 10;
        static constexpr std::size_t kMostKept = std::size_t(1) << 20;
        static thread_local std::unique_ptr<Stage1> kept;
        if (size > kMostKept) {
            m_own = makeStage1(size);
            m_stage1 = m_own.get();
            return;
        }
        if (!kept || kept->capacity() < size)
            kept = makeStage1(std::bit_ceil(std::max(size, kLeastKept)));
        m_stage1 = kept.get();
    }

    [[nodiscard]] Stage1 *get() const { return m_stage1; }

private:
    std::unique_ptr<Stage1> m_own;
    Stage1 *m_stage1 = nullptr;
};

/// Tokens at the places stage 1 found.
class IndexedTokens
{
public:
    IndexedTokens(QByteArrayView text, const Stage1 &stage1)
        : m_begin(text.begin())
        , m_end(text.end())
        , m_next(stage1.structural_indexes.get())
        , m_last(m_next + stage1.n_structural_indexes)
        , m_hasEscapes(find(m_begin, m_end, '\\') != m_end)
    { }

    [[nodiscard]] const char *end() const { return m_end; }
    [[nodiscard]] const char *next() { return m_next == m_last ? m_end : m_begin + *m_next++; }

    [[nodiscard]] TokenEnd stringEnd(const char *open) const
    {
        // Only white space stands between a closing quote and the next token.
        const char *close = m_next == m_last ? m_end : m_begin + *m_next;
        do {
            --close;
        } while (close > open && isSpace(*close));
        if (close == open || *close != '"')
            return {.faultAt = open, .fault = "the string is not closed"};
        TokenEnd end{.after = close + 1};
        if (!m_hasEscapes)
            return end;
        for (const char *at = open + 1;;) {
            const char *const backslash = find(at, close, '\\');
            if (backslash == close)
                return end;
            end.plain = false;
            at = afterEscape(backslash, close);
            if (!at)
                return {.faultAt = backslash, .fault = "invalid escape in a string"};
        }
    }

private:
    const char *m_begin;
    const char *m_end;
    const std::uint32_t *m_next;
    const std::uint32_t *m_last;
    bool m_hasEscapes; ///< one look at the whole text saves one at each string of most texts
};

/// Tokens found byte by byte: slow, but knows the exact place of every fault stage 1 only knows of.
class ScannedTokens
{
public:
    explicit ScannedTokens(QByteArrayView text)
        : m_at(text.begin())
        , m_end(text.end())
    { }

    [[nodiscard]] const char *end() const { return m_end; }

    [[nodiscard]] const char *next()
    {
        const char *const token = skipSpace(m_at, m_end);
        m_at = token;
        if (token == m_end || *token == '"')
            return token; // stringFault() moves on
        do {
            ++m_at;
        } while (!isMark(*token) && m_at != m_end && !isMark(*m_at) && !isSpace(*m_at));
        return token;
    }

    [[nodiscard]] TokenEnd stringEnd(const char *open)
    {
        for (const char *at = open + 1; at != m_end;) {
            if (*at == '"') {
                m_at = at + 1;
                return {.after = m_at};
            }
            if (static_cast<unsigned char>(*at) < 0x20)
                return {.faultAt = at, .fault = "control character in a string; write it as an escape"};
            if (*at == '\\') {
                const char *const after = afterEscape(at, m_end);
                if (!after)
                    return {.faultAt = at, .fault = "invalid escape in a string"};
                at = after;
            } else if (const int length = utf8Length(at, m_end)) {
                at += length;
            } else {
                return {.faultAt = at, .fault = "invalid UTF-8"};
            }
        }
        return {.faultAt = open, .fault = "the string is not closed"};
    }

private:
    static bool isMark(char c) { return c != '\0' && std::strchr("{}[],:\"", c); }

    const char *m_at;
    const char *m_end;
};

/// Writes nodes as the grammar finds values. There are never more than tokens.
class NodeWriter
{
public:
    NodeWriter(QByteArrayView text, std::size_t most)
        : m_text(text.data())
        , m_nodes(std::make_shared_for_overwrite<Node[]>(most))
        , m_at(m_nodes.get())
    { }

    [[nodiscard]] std::uint32_t open(const char *token, Kind kind)
    {
        const std::uint32_t place = count();
        leaf(token, token, kind, true);
        return place;
    }
    void close(std::uint32_t place, const char *after)
    {
        Node &node = m_nodes[place];
        node.end = offset(after);
        node.size = count() - place;
    }
    void leaf(const char *token, const char *after, Kind kind, bool plain)
    {
        *m_at++ = Node{
            .begin = offset(token),
            .end = offset(after),
            .size = 1,
            .kind = static_cast<std::uint32_t>(kind) & 7U,
            .plain = plain};
    }

    [[nodiscard]] std::shared_ptr<const Node[]> take() { return std::move(m_nodes); }

private:
    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(m_at - m_nodes.get()); }
    [[nodiscard]] std::uint32_t offset(const char *at) const
    {
        return static_cast<std::uint32_t>(at - m_text);
    }

    const char *m_text;
    std::shared_ptr<Node[]> m_nodes;
    Node *m_at;
};

/// For texts that are known to have a fault.
struct NoNodes {
    static std::uint32_t open(const char *, Kind) { return 0; }
    static void close(std::uint32_t, const char *) { }
    static void leaf(const char *, const char *, Kind, bool) { }
};

Error located(QByteArrayView text, Fault fault)
{
    const char *const begin = text.begin();
    const auto line = 1 + std::count(begin, fault.at, '\n');
    const char *lineStart = fault.at;
    while (lineStart != begin && lineStart[-1] != '\n')
        --lineStart;
    // People count characters: continuation bytes of UTF-8 are none.
    const auto column = 1 + std::count_if(lineStart, fault.at, [](char c) {
                            return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                        });
    return Error(
        ErrorKind::Invalid, "invalid JSON: " + QByteArray(fault.what) + " at line "
                                + QByteArray::number(qlonglong(line)) + ", column "
                                + QByteArray::number(qlonglong(column)) + " (byte "
                                + QByteArray::number(qlonglong(fault.at - begin)) + ')');
}

/// Where stage 1 only knows that there is a fault.
Error scannedFault(QByteArrayView text, int maxDepth)
{
    ScannedTokens tokens(text);
    NoNodes nodes;
    if (const auto fault = Grammar(tokens, nodes, maxDepth).check())
        return located(text, *fault);
    return Error(ErrorKind::Internal, "the JSON text could not be indexed");
}

} // namespace

const char *afterNumber(const char *at, const char *end)
{
    const auto digits = [&] {
        const char *const first = at;
        while (at != end && *at >= '0' && *at <= '9')
            ++at;
        return at - first;
    };
    if (at != end && *at == '-')
        ++at;
    if (at != end && *at == '0')
        ++at;
    else if (digits() == 0)
        return nullptr;
    if (at != end && *at == '.') {
        ++at;
        if (digits() == 0)
            return nullptr;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-'))
            ++at;
        if (digits() == 0)
            return nullptr;
    }
    return at;
}

TokenEnd scalarEnd(const char *at, const char *end)
{
    const auto literal = [&](QByteArrayView word) -> const char * {
        return QByteArrayView(at, end).startsWith(word) ? at + word.size() : nullptr;
    };
    const char *after = nullptr;
    switch (*at) {
    case 't':
        after = literal("true");
        break;
    case 'f':
        after = literal("false");
        break;
    case 'n':
        after = literal("null");
        break;
    default:
        after = afterNumber(at, end);
    }
    if (!after) {
        const bool number = *at == '-' || (*at >= '0' && *at <= '9');
        return {.faultAt = at, .fault = number ? "invalid number" : "expected a value"};
    }
    if (after != end && !isSpace(*after) && *after != ',' && *after != '}' && *after != ']')
        return {.faultAt = after, .fault = "unexpected character after a value"};
    return {.after = after};
}

const char *afterEscape(const char *backslash, const char *end)
{
    const char *const kind = backslash + 1;
    if (kind >= end)
        return nullptr;
    if (*kind != 'u')
        return *kind != '\0' && std::strchr("\"\\/bfnrt", *kind) ? kind + 1 : nullptr;
    if (end - kind < 5)
        return nullptr;
    const auto isHex
        = [](char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); };
    return std::all_of(kind + 1, kind + 5, isHex) ? kind + 5 : nullptr;
}

Result<std::shared_ptr<const Node[]>> parseNodes(QByteArrayView text, int maxDepth)
{
    if (static_cast<std::size_t>(text.size()) >= simdjson::SIMDJSON_MAXSIZE_BYTES)
        return fail(Error(ErrorKind::TooLarge, "the JSON text is over 4 GiB"));
    if (text.startsWith("\xEF\xBB\xBF"))
        return fail(Error(
            ErrorKind::Invalid,
            "invalid JSON: the text starts with a byte order mark (EF BB BF); send UTF-8 without one"));
    if (skipSpace(text.begin(), text.end()) == text.end())
        return fail(Error(ErrorKind::Invalid, "invalid JSON: the text is empty"));
    const Stage1Lease lease(static_cast<std::size_t>(text.size()));
    Stage1 *const stage1 = lease.get();
    const auto *bytes = reinterpret_cast<const std::uint8_t *>(text.data());
    if (!stage1
        || stage1->stage1(bytes, static_cast<std::size_t>(text.size()), simdjson::stage1_mode::regular))
        return fail(scannedFault(text, maxDepth));
    if (stage1->n_structural_indexes > Node::kMost)
        return fail(Error(ErrorKind::TooLarge, "the JSON text has more than 16 million values and marks"));
    IndexedTokens tokens(text, *stage1);
    NodeWriter nodes(text, stage1->n_structural_indexes);
    if (const auto fault = Grammar(tokens, nodes, maxDepth).check())
        return fairlead::fail(located(text, *fault));
    return nodes.take();
}

} // namespace fairlead::json

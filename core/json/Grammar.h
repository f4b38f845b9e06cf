// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/Node.h"
#include "json/Scan.h"

#include <QVarLengthArray>

#include <optional>

namespace fairlead::json {

/// What is wrong, and where.
struct Fault {
    const char *at;
    const char *what;
};

/// Where a token ends, or why it is none.
struct TokenEnd {
    const char *after = nullptr;
    bool plain = true; ///< no escapes
    const char *faultAt = nullptr;
    const char *fault = nullptr;
};

/// After the JSON number at `at` (RFC 8259, section 6), or nullptr if there is none.
[[nodiscard]] const char *afterNumber(const char *at, const char *end);
/// A number, true, false or null at `at`, and what follows it directly.
[[nodiscard]] TokenEnd scalarEnd(const char *at, const char *end);
/// `backslash` is inside a string that ends at `end`; the place after the escape, or nullptr if it is none.
[[nodiscard]] const char *afterEscape(const char *backslash, const char *end);

/// The grammar of RFC 8259 over a source of tokens: `next()` gives each token's first byte and `end()` after
/// the last one, `stringEnd(open)` judges the string that starts there. What is found goes to `nodes`.
/// Iterative, so depth costs no stack.
template<typename Tokens, typename Nodes>
class Grammar
{
public:
    Grammar(Tokens &tokens, Nodes &nodes, int maxDepth)
        : m_tokens(tokens)
        , m_nodes(nodes)
        , m_maxDepth(maxDepth)
    { }

    [[nodiscard]] std::optional<Fault> check()
    {
        bool justOpened = false;
        while (true) {
            const char *token = m_tokens.next();
            if (justOpened && peek(token) == m_open.back().closer) {
                close(token);
            } else {
                if (!m_open.isEmpty() && m_open.back().closer == '}' && !member(token))
                    return m_fault;
                const char first = peek(token);
                if (first == '{' || first == '[') {
                    if (m_open.size() >= m_maxDepth)
                        return Fault{token, "too deeply nested"};
                    m_open.append(
                        first == '{' ? Open{'}', m_nodes.open(token, Kind::Object)}
                                     : Open{']', m_nodes.open(token, Kind::Array)});
                    justOpened = true;
                    continue;
                }
                if (!plainValue(token, first))
                    return m_fault;
            }
            justOpened = false;
            if (!closeOrContinue())
                return m_fault;
            if (m_open.isEmpty())
                return std::nullopt;
        }
    }

private:
    struct Open {
        char closer;
        std::uint32_t node;
    };

    [[nodiscard]] char peek(const char *token) const { return token == m_tokens.end() ? '\0' : *token; }

    void close(const char *token)
    {
        m_nodes.close(m_open.back().node, token + 1);
        m_open.removeLast();
    }

    bool fail(const char *at, const char *what)
    {
        m_fault = Fault{at, at == m_tokens.end() ? "the text ends too early" : what};
        return false;
    }

    /// A key and its colon; moves `token` on to the value.
    bool member(const char *&token)
    {
        if (peek(token) != '"')
            return fail(token, "expected a member name in double quotes");
        if (!leaf(token, Kind::String, m_tokens.stringEnd(token)))
            return false;
        token = m_tokens.next();
        if (peek(token) != ':')
            return fail(token, "expected ':' after the member name");
        token = m_tokens.next();
        return true;
    }

    bool plainValue(const char *token, char first)
    {
        switch (first) {
        case '"':
            return leaf(token, Kind::String, m_tokens.stringEnd(token));
        case '\0':
        case ',':
        case ':':
        case '}':
        case ']':
            return fail(token, "expected a value");
        default:
            return leaf(token, kindOfScalar(first), scalarEnd(token, m_tokens.end()));
        }
    }

    bool leaf(const char *token, Kind kind, TokenEnd end)
    {
        if (end.fault) {
            m_fault = Fault{end.faultAt, end.fault};
            return false;
        }
        m_nodes.leaf(token, end.after, kind, end.plain);
        return true;
    }

    /// After a value: any number of closing brackets, then a comma or, at the top, the end of the text.
    bool closeOrContinue()
    {
        while (!m_open.isEmpty()) {
            const char *token = m_tokens.next();
            const char c = peek(token);
            if (c == ',')
                return true;
            if (c != m_open.back().closer)
                return fail(
                    token, m_open.back().closer == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
            close(token);
        }
        if (const char *token = m_tokens.next(); token != m_tokens.end())
            return fail(token, "unexpected text after the value");
        return true;
    }

    Tokens &m_tokens;
    Nodes &m_nodes;
    int m_maxDepth;
    QVarLengthArray<Open, 128> m_open;
    std::optional<Fault> m_fault;
};

} // namespace fairlead::json

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/Scan.h"

#include <QVarLengthArray>

#include <optional>

namespace fairlead::json {

/// What is wrong, and where.
struct Fault {
    const char *at;
    const char *what;
};

/// After the JSON number at `at` (RFC 8259, section 6), or nullptr if there is none.
[[nodiscard]] const char *afterNumber(const char *at, const char *end);
/// The fault of a number, true, false or null at `at`, and of what follows it directly.
[[nodiscard]] std::optional<Fault> scalarFault(const char *at, const char *end);
/// `backslash` is inside a string that ends at `end`; the place after the escape, or nullptr if it is none.
[[nodiscard]] const char *afterEscape(const char *backslash, const char *end);

/// The grammar of RFC 8259 over a source of tokens: `next()` gives each token's first byte and `end()` after
/// the last one, `stringFault(open)` judges the string that starts there. Iterative, so depth costs no stack.
template<typename Tokens>
class Grammar
{
public:
    Grammar(Tokens &tokens, int maxDepth)
        : m_tokens(tokens)
        , m_maxDepth(maxDepth)
    { }

    [[nodiscard]] std::optional<Fault> check()
    {
        bool justOpened = false;
        while (true) {
            const char *token = m_tokens.next();
            if (justOpened && peek(token) == m_closers.back()) {
                m_closers.removeLast();
            } else {
                if (!m_closers.isEmpty() && m_closers.back() == '}' && !member(token))
                    return m_fault;
                if (const char first = peek(token); first == '{' || first == '[') {
                    if (m_closers.size() >= m_maxDepth)
                        return Fault{token, "too deeply nested"};
                    m_closers.append(first == '{' ? '}' : ']');
                    justOpened = true;
                    continue;
                }
                if (!plainValue(token))
                    return m_fault;
            }
            justOpened = false;
            if (!closeOrContinue())
                return m_fault;
            if (m_closers.isEmpty())
                return std::nullopt;
        }
    }

private:
    [[nodiscard]] char peek(const char *token) const { return token == m_tokens.end() ? '\0' : *token; }

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
        if ((m_fault = m_tokens.stringFault(token)))
            return false;
        token = m_tokens.next();
        if (peek(token) != ':')
            return fail(token, "expected ':' after the member name");
        token = m_tokens.next();
        return true;
    }

    bool plainValue(const char *token)
    {
        switch (peek(token)) {
        case '"':
            m_fault = m_tokens.stringFault(token);
            return !m_fault;
        case '\0':
        case ',':
        case ':':
        case '}':
        case ']':
            return fail(token, "expected a value");
        default:
            m_fault = scalarFault(token, m_tokens.end());
            return !m_fault;
        }
    }

    /// After a value: any number of closing brackets, then a comma or, at the top, the end of the text.
    bool closeOrContinue()
    {
        while (!m_closers.isEmpty()) {
            const char *token = m_tokens.next();
            const char c = peek(token);
            if (c == ',')
                return true;
            if (c != m_closers.back())
                return fail(token, m_closers.back() == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
            m_closers.removeLast();
        }
        if (const char *token = m_tokens.next(); token != m_tokens.end())
            return fail(token, "unexpected text after the value");
        return true;
    }

    Tokens &m_tokens;
    int m_maxDepth;
    QVarLengthArray<char, 128> m_closers;
    std::optional<Fault> m_fault;
};

} // namespace fairlead::json

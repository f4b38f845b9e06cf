// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/layering/CoroutineLint.h"

#include "core/layering/SourceTree.h"

#include <QByteArrayView>

#include <algorithm>
#include <array>

namespace fairlead::test {

namespace {

struct Token {
    QByteArrayView text;
    qsizetype at;
};

bool isWord(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Words whole; "->" and "&&" whole; everything else one character each. Preprocessor lines are left out.
std::vector<Token> tokensOf(const QByteArray &code)
{
    std::vector<Token> tokens;
    const QByteArrayView text(code);
    bool lineStart = true;
    for (qsizetype at = 0; at < text.size();) {
        const char c = text[at];
        if (c == '#' && lineStart) {
            while (at < text.size() && !(text[at] == '\n' && text[at - 1] != '\\'))
                ++at;
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\n') {
            lineStart = lineStart || c == '\n';
            ++at;
            continue;
        }
        lineStart = false;
        qsizetype end = at + 1;
        if (isWord(c)) {
            while (end < text.size() && isWord(text[end]))
                ++end;
        } else if (text.sliced(at).startsWith("->") || text.sliced(at).startsWith("&&")) {
            ++end;
        }
        tokens.push_back({text.sliced(at, end - at), at});
        at = end;
    }
    return tokens;
}

template<std::size_t N>
bool isOneOf(QByteArrayView word, const std::array<QByteArrayView, N> &words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

class Linter
{
public:
    explicit Linter(const QByteArray &code)
        : m_code(withoutComments(code, true))
        , m_tokens(tokensOf(m_code))
    { }

    std::vector<LintProblem> run()
    {
        m_scopes.push_back({});
        for (m_index = 0; m_index < m_tokens.size(); ++m_index)
            step();
        endStatement();
        return m_problems;
    }

private:
    struct Statement {
        size_t begin = 0;
        qsizetype await = -1;
        bool braced = false;
        bool lambda = false;
        bool conditional = false;
    };
    enum class Brace { Block, LambdaBody, Object };
    struct Scope {
        Brace brace = Brace::Block;
        Statement statement; ///< the one being read; of an Object, unused: it belongs to the scope around
        int parentheses = 0;
    };

    [[nodiscard]] QByteArrayView token(size_t index) const
    {
        return index < m_tokens.size() ? m_tokens[index].text : QByteArrayView();
    }
    [[nodiscard]] QByteArrayView previous() const
    {
        return m_index == 0 ? QByteArrayView() : token(m_index - 1);
    }
    Scope &scope() { return m_scopes.back(); }
    /// The statement that tokens belong to here.
    Statement &statement()
    {
        const auto owner = std::find_if(
            m_scopes.rbegin(), m_scopes.rend(), [](const Scope &s) { return s.brace != Brace::Object; });
        return owner->statement;
    }

    void step()
    {
        const QByteArrayView now = token(m_index);
        if (now == "co_await" || now == "co_yield")
            statement().await = m_tokens[m_index].at;
        else if (now == "?")
            statement().conditional = true;
        else if (now == "(")
            ++scope().parentheses;
        else if (now == ")")
            --scope().parentheses;
        else if (now == ";")
            endStatement();
        else if (now == "[" && isLambda())
            statement().lambda = statement().lambda || capturesByValue();
        else if (now == "{")
            openBrace();
        else if (now == "}")
            closeBrace();
    }

    void endStatement()
    {
        Statement &done = statement();
        if (done.await >= 0) {
            if (done.braced)
                report(done, "a braced object");
            if (done.lambda)
                report(done, "a lambda that captures by value");
            if (done.conditional)
                report(done, "a conditional operator");
        }
        done = Statement();
        done.begin = m_index + 1;
    }
    void report(const Statement &at, QByteArrayView what)
    {
        m_problems.push_back({lineAt(m_code, at.await), what.toByteArray()});
    }

    void openBrace()
    {
        const Brace kind = kindOfBrace();
        if (kind == Brace::Object)
            statement().braced = true;
        if (kind == Brace::Block)
            endStatement(); // the head of an if, a loop or a function
        Scope inner;
        inner.brace = kind;
        inner.statement.begin = m_index + 1;
        m_scopes.push_back(inner);
    }
    void closeBrace()
    {
        if (m_scopes.size() == 1)
            return;
        const Brace kind = scope().brace;
        if (kind != Brace::Object)
            endStatement();
        m_scopes.pop_back();
        if (kind == Brace::Block)
            statement().begin = m_index + 1;
    }

    [[nodiscard]] Brace kindOfBrace()
    {
        static constexpr std::array<QByteArrayView, 9> kSpecifiers{
            "const", "noexcept", "override", "final", "mutable", "else", "do", "try", "constexpr"};
        const QByteArrayView before = previous();
        if (before == "]")
            return Brace::LambdaBody;
        const bool afterHead = before == ")" || isOneOf(before, kSpecifiers) || followsReturnType();
        if (afterHead && (scope().parentheses > 0 || scope().brace == Brace::Object || hasLambdaHead()))
            return Brace::LambdaBody;
        const bool betweenStatements = before.isEmpty() || before == ";" || before == "{" || before == "}"
                                       || (before == ":" && scope().parentheses == 0);
        const bool nested = scope().parentheses > 0 || scope().brace == Brace::Object;
        if (afterHead || (betweenStatements && !nested) || declaresType())
            return Brace::Block;
        return Brace::Object;
    }

    /// `) -> Type {`
    [[nodiscard]] bool followsReturnType() const
    {
        const size_t begin = beginOfStatement();
        for (size_t i = m_index; i > begin + 1; --i) {
            const QByteArrayView now = token(i - 1);
            if (now == "->")
                return token(i - 2) == ")" || token(i - 2) == "mutable" || token(i - 2) == "noexcept";
            const bool ofType = isWord(now.front()) || now == ":" || now == "<" || now == ">" || now == ","
                                || now == "*" || now == "&";
            if (!ofType)
                return false;
        }
        return false;
    }
    /// Whether the statement so far has a lambda's `[...]` at its outer level: `auto f = [&](int x) {`.
    [[nodiscard]] bool hasLambdaHead()
    {
        const size_t now = m_index;
        bool found = false;
        for (m_index = beginOfStatement(); m_index < now; ++m_index)
            found = found || (token(m_index) == "[" && isLambda());
        m_index = now;
        return found;
    }
    [[nodiscard]] bool declaresType() const
    {
        static constexpr std::array<QByteArrayView, 6> kTypes{"namespace", "class", "struct",
                                                              "union",     "enum",  "extern"};
        if (scope_().parentheses > 0 || scope_().brace == Brace::Object)
            return false;
        for (size_t i = beginOfStatement(); i < m_index; ++i) {
            if (isOneOf(token(i), kTypes))
                return true;
        }
        return false;
    }
    [[nodiscard]] const Scope &scope_() const { return m_scopes.back(); }
    [[nodiscard]] size_t beginOfStatement() const
    {
        const auto owner = std::find_if(
            m_scopes.rbegin(), m_scopes.rend(), [](const Scope &s) { return s.brace != Brace::Object; });
        return owner->statement.begin;
    }

    /// Whether this "[" begins a lambda: not a subscript, an attribute or a structured binding.
    [[nodiscard]] bool isLambda() const
    {
        static constexpr std::array<QByteArrayView, 3> kWords{"return", "co_return", "co_await"};
        const QByteArrayView before = previous();
        if (token(m_index + 1) == "[" || before == "[")
            return false;
        if (before.isEmpty() || isOneOf(before, kWords) || before == "co_yield")
            return true;
        if (before == "&" || before == "&&")
            return before == "&&" && m_index >= 2 && token(m_index - 2) != "auto";
        return !isWord(before.front()) && before != ")" && before != "]" && before != ">";
    }
    [[nodiscard]] bool capturesByValue() const
    {
        int depth = 0;
        bool atCapture = true;
        for (size_t i = m_index + 1; i < m_tokens.size(); ++i) {
            const QByteArrayView now = token(i);
            if (depth == 0 && now == "]")
                return false;
            if (atCapture && now != "&" && !(now == "this"))
                return true; // a name, `=`, `*this`
            atCapture = depth == 0 && now == ",";
            if (now == "(" || now == "{" || now == "[")
                ++depth;
            else if (now == ")" || now == "}" || now == "]")
                --depth;
        }
        return false;
    }

    QByteArray m_code;
    std::vector<Token> m_tokens;
    size_t m_index = 0;
    std::vector<Scope> m_scopes;
    std::vector<LintProblem> m_problems;
};

} // namespace

std::vector<LintProblem> lintCoroutines(const QByteArray &code)
{
    return Linter(code).run();
}

} // namespace fairlead::test

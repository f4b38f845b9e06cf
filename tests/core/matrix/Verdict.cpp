// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Verdict.h"

#include <QRegularExpression>

#include <algorithm>
#include <array>

namespace fairlead::test::matrix {

namespace {

using Status = metering::LedgerRecord::Status;

/// The names under which callers know an aspect.
struct Names {
    QByteArrayView aspect;
    const char *pattern;
};

// A part of the conversation is named by its place, in the caller's own list.
#define CONVERSATION "(messages|input|contents)\\[\\d+\\].*"
constexpr std::array kNames{
    Names{"system", "(system|instructions|systemInstruction|" CONVERSATION ")"},
    Names{"user", "(prompt|" CONVERSATION ")"},
    Names{"assistant", CONVERSATION},
    Names{"result", CONVERSATION},
    Names{"tool", "tools[.\\[][a-z_0-9]+\\]?"},
    Names{"strict", "tools(.*)\\.strict"},
    Names{"choice", "tool_choice|toolConfig\\.functionCallingConfig"},
    Names{
        "format",
        "response_format|text\\.format|output_config\\.format|generationConfig\\.responseSchema|format"},
    Names{
        "reasoning", "reasoning_effort|reasoning(\\..*)?|thinking(\\..*)?|generationConfig\\.thinkingConfig("
                     "\\..*)?|think"},
    Names{"max", "max_(output_|completion_)?tokens|generationConfig\\.maxOutputTokens|options\\.num_predict"},
    Names{"temperature", "(generationConfig\\.|options\\.)?temperature"},
    Names{"stop", "stop|stop_sequences|generationConfig\\.stopSequences|options\\.stop"},
    Names{"thought", "answer\\.reasoning"},
    Names{"sealed", "answer\\.reasoning_signature"},
    Names{"image", "answer\\.image"},
    Names{"call", "answer\\.tool_calls"},
    // Without calls, or with a refusal told as text, it ended for another reason.
    Names{"finish", "answer\\.(tool_calls|refusal|finish_reason)"},
};
#undef CONVERSATION

/// True if one of the losses is about that.
bool isTold(const QByteArray &losses, const QByteArray &line)
{
    const QByteArray aspect = aspectOf(line);
    const auto names
        = std::find_if(kNames.begin(), kNames.end(), [&](const Names &n) { return n.aspect == aspect; });
    if (names == kNames.end())
        return false;
    const QRegularExpression pattern(
        QRegularExpression::anchoredPattern(QString::fromLatin1(names->pattern)));
    const QList<QByteArray> told = losses.split(',');
    return std::any_of(told.begin(), told.end(), [&](const QByteArray &loss) {
        return pattern.match(QString::fromLatin1(loss.mid(loss.indexOf('=') + 1))).hasMatch();
    });
}

class Judge
{
public:
    Judge(const Cell &cell, const Outcome &outcome)
        : m_scenario(cell.scenario())
        , m_outcome(outcome)
    { }

    Lines judge()
    {
        expect(m_outcome.error.isEmpty(), m_outcome.error);
        expect(m_outcome.isOver, "it does not end, or leaves the provider's connection open");
        if (!m_problems.isEmpty())
            return m_problems;
        expect(m_outcome.sent.has_value(), "no request reached the provider");
        // Losses are told with an answer, and a refused request has none.
        if (m_outcome.sent && m_scenario.end != Scenario::End::Refused)
            compare("the request went", m_outcome.asked, *m_outcome.sent);
        expect(!m_outcome.passedThrough || m_outcome.row.losses.isEmpty(), "losses of the same dialect");
        switch (m_scenario.end) {
        case Scenario::End::Whole:
            judgeWhole();
            break;
        case Scenario::End::Refused:
            judgeError();
            break;
        case Scenario::End::CutOff:
            judgeStump();
            break;
        case Scenario::End::Left:
            expect(m_outcome.row.status == Status::Cancelled, "it is not booked as cancelled");
            break;
        }
        return m_problems;
    }

private:
    void expect(bool holds, const QByteArray &otherwise)
    {
        if (!holds)
            m_problems += otherwise;
    }

    void compare(const QByteArray &what, const Lines &from, const Lines &to)
    {
        for (const QByteArray &difference : untold(from, to, m_outcome.row.losses))
            m_problems += what + ' ' + difference;
    }

    void judgeWhole()
    {
        expect(m_outcome.status == 200, "status " + QByteArray::number(m_outcome.status));
        expect(m_outcome.row.status == Status::Ok, "it is not booked as done");
        compare("the answer came", m_outcome.said, m_outcome.told);
        // The header of a stream is gone before the answer is known.
        const bool inHeader = m_scenario.streamed ? m_outcome.row.losses.startsWith(m_outcome.lossesHeader)
                                                  : m_outcome.row.losses == m_outcome.lossesHeader;
        expect(inHeader, "the header does not say what the ledger says: " + m_outcome.lossesHeader);
    }

    void judgeError()
    {
        const chat::Failure &failure = m_outcome.failure;
        expect(m_outcome.status == 429, "status " + QByteArray::number(m_outcome.status));
        expect(failure.failureClass == chat::FailureClass::RateLimit, "the error is of another class");
        expect(failure.message.contains("Too many requests, slow down."), "message: " + failure.message);
        expect(failure.retryAfter == std::chrono::milliseconds(60'000), "retry-after is lost");
        expect(m_outcome.row.status == Status::Failed, "it is not booked as failed");
    }

    /// A stream that broke off must not look whole to anybody.
    void judgeStump()
    {
        const Lines &told = m_outcome.told;
        const auto isFailure = [](const QByteArray &line) { return aspectOf(line) == "failed"; };
        const auto isEnd = [](const QByteArray &line) { return aspectOf(line) == "finish"; };
        expect(
            m_outcome.wasCut || std::any_of(told.begin(), told.end(), isFailure), "the caller is not told");
        expect(std::none_of(told.begin(), told.end(), isEnd), "the caller is told it is whole");
        expect(m_outcome.row.status == Status::Incomplete, "it is not booked as incomplete");
    }

    const Scenario &m_scenario;
    const Outcome &m_outcome;
    Lines m_problems;
};

} // namespace

Lines untold(const Lines &in, const Lines &out, const QByteArray &losses)
{
    Lines differences;
    for (const QByteArray &line : without(in, out)) {
        if (!isTold(losses, line))
            differences += "without: " + line;
    }
    for (const QByteArray &line : without(out, in)) {
        // What some dialects demand takes nothing of what was said: a cap, a seal on thoughts without one,
        // counts where nobody counted.
        const bool demanded = aspectOf(line) == "max" || line == "sealed" || line == "usage 0 in 0 out";
        if (!demanded && !isTold(losses, line))
            differences += "with: " + line;
    }
    return differences;
}

Lines problemsOf(const Cell &cell, const Outcome &outcome)
{
    return Judge(cell, outcome).judge();
}

} // namespace fairlead::test::matrix

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Page.h"

#include "core/matrix/Verdict.h"

#include <algorithm>
#include <map>

namespace fairlead::test::matrix {

namespace {

constexpr const char *kHead = R"(# What arrives between dialects

Every caller's dialect goes through the gateway to every provider's dialect and back, in each of the scenarios
below. Either all of it arrives, or the gateway says what did not: in the header `x-fairlead-losses` and in the
ledger, under the caller's own name of the field (`answer.` stands before what an answer lost; a stream's header
is gone by then, so that is in the ledger only). This page is written by the test that runs the cells
(`tests/core/matrix`), which fails when the page no longer says what the code does.

)";

class Page
{
public:
    QByteArray write()
    {
        for (const Cell &cell : cells())
            note(cell);
        const QByteArray rows = table(); // which numbers the losses
        return kHead + rows + lossList() + wordsTable();
    }

private:
    using Place = std::pair<QByteArray, QByteArray>; ///< caller, provider

    void note(const Cell &cell)
    {
        const Outcome outcome = cell.run();
        const Place place(cell.inbound(), cell.upstream());
        if (!problemsOf(cell, outcome).isEmpty())
            m_failing[place] = true;
        if (outcome.row.losses.isEmpty())
            return;
        for (const QByteArray &loss : outcome.row.losses.split(',')) {
            // What a borrowed request loses stands where it belongs.
            if (cell.scenario().asks.isEmpty() && !loss.contains("=answer."))
                continue;
            QList<QByteArray> &where = m_losses[place][loss.trimmed()];
            if (!where.contains(cell.scenario().name))
                where += cell.scenario().name;
        }
    }

    /// The number of a loss in the list, which is in the order of first mention.
    QByteArray number(const QByteArray &loss, const QList<QByteArray> &where)
    {
        const qsizetype equals = loss.indexOf('=');
        const QByteArray said
            = '`' + loss.mid(equals + 1) + "` " + loss.left(equals) + " (" + where.join(", ") + ')';
        if (!m_notes.contains(said))
            m_notes += said;
        return QByteArray::number(m_notes.indexOf(said) + 1);
    }

    QByteArray entry(const Place &place)
    {
        if (m_failing.count(place) > 0)
            return "**fails**";
        if (wire::findWire(place.first)->passesThroughTo(place.second))
            return "the same bytes";
        const auto losses = m_losses.find(place);
        if (losses == m_losses.end())
            return "ok";
        QList<QByteArray> numbers;
        for (const auto &[loss, where] : losses->second)
            numbers += number(loss, where);
        std::sort(numbers.begin(), numbers.end(), [](const QByteArray &a, const QByteArray &b) {
            return a.toInt() < b.toInt();
        });
        return "ok but " + numbers.join(", ");
    }

    QByteArray table()
    {
        QByteArray rows = "| caller \\ provider |" + headOf(upstreamDialects());
        for (const QByteArray &caller : inboundDialects()) {
            rows += "| " + caller + " |";
            for (const QByteArray &provider : upstreamDialects())
                rows += ' ' + entry({caller, provider}) + " |";
            rows += '\n';
        }
        return rows + '\n';
    }

    static QByteArray headOf(const std::vector<QByteArray> &columns)
    {
        QByteArray head;
        QByteArray rule = "|---|";
        for (const QByteArray &column : columns) {
            head += ' ' + column + " |";
            rule += "---|";
        }
        return head + '\n' + rule + '\n';
    }

    QByteArray lossList() const
    {
        QByteArray list;
        for (qsizetype i = 0; i < m_notes.size(); ++i)
            list += QByteArray::number(i + 1) + ". " + m_notes[i] + '\n';
        return list;
    }

    static QByteArray wordsTable()
    {
        QByteArray rows = "\n## Who has words for what\n\nA: callers can ask it; P: providers can answer "
                          "it.\n\n| scenario |";
        std::vector<QByteArray> dialects = inboundDialects();
        dialects.emplace_back("bedrock");
        rows += headOf(dialects);
        for (const Scenario &scenario : scenarios()) {
            rows += "| " + scenario.name + " |";
            for (const QByteArray &name : dialects) {
                const Dialect &dialect = Dialect::of(name);
                rows += QByteArray(" ") + (dialect.canAsk(scenario) ? "A" : "")
                        + (dialect.canAnswer(scenario) ? "P" : "") + " |";
            }
            rows += '\n';
        }
        return rows;
    }

    std::map<Place, std::map<QByteArray, QList<QByteArray>>> m_losses;
    std::map<Place, bool> m_failing;
    QList<QByteArray> m_notes;
};

} // namespace

QByteArray writtenPage()
{
    return Page().write();
}

} // namespace fairlead::test::matrix

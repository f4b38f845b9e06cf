// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Strategies.h"

#include <algorithm>
#include <numeric>

namespace fairlead::routing {

namespace {

using std::chrono::milliseconds;

// Fewer answers say little about a target.
constexpr int kEnoughSamples = 3;
// What fails more often than it serves is not fast.
constexpr double kMostErrors = 0.5;
// An answer is as late as its last word: of about this many tokens.
constexpr double kAnswerTokens = 300;

QByteArray ordinal(std::size_t index)
{
    static constexpr std::array kSmall{"1st", "2nd", "3rd"};
    return index < kSmall.size() ? QByteArray(kSmall[index])
                                 : QByteArray::number(qsizetype(index + 1)) + "th";
}

QByteArray durationText(milliseconds time)
{
    if (time < std::chrono::seconds(1))
        return QByteArray::number(qlonglong(time.count())) + " ms";
    return QByteArray::number(double(time.count()) / 1000, 'f', 1) + " s";
}

std::vector<Ranked> asWritten(const std::vector<Contender> &contenders)
{
    std::vector<Ranked> ranked;
    for (std::size_t i = 0; i < contenders.size(); ++i)
        ranked.push_back({i, ordinal(i) + " of the route"});
    return ranked;
}

/// Draws one after the other, each by its weight among those that are left.
std::vector<Ranked> byWeight(const std::vector<Contender> &contenders, const Random &random)
{
    std::vector<std::size_t> left(contenders.size());
    std::iota(left.begin(), left.end(), std::size_t(0));
    std::vector<Ranked> ranked;
    while (!left.empty()) {
        qint64 all = 0;
        for (const std::size_t index : left)
            all += contenders[index].weight;
        double draw = random() * double(all);
        auto at = left.begin();
        while (at + 1 != left.end() && draw >= contenders[*at].weight) {
            draw -= contenders[*at].weight;
            ++at;
        }
        ranked.push_back(
            {*at, "drawn " + ordinal(ranked.size()) + ", weight " + QByteArray::number(contenders[*at].weight)
                      + " of " + QByteArray::number(all)});
        left.erase(at);
    }
    return ranked;
}

/// Sorts by a figure, smallest first; without one last.
template<typename FigureOf, typename ReasonOf>
std::vector<Ranked> byFigure(const std::vector<Contender> &contenders, FigureOf figureOf, ReasonOf reasonOf)
{
    std::vector<Ranked> ranked;
    for (std::size_t i = 0; i < contenders.size(); ++i)
        ranked.push_back({i, reasonOf(contenders[i])});
    std::stable_sort(ranked.begin(), ranked.end(), [&](const Ranked &a, const Ranked &b) {
        const auto left = figureOf(contenders[a.index]);
        const auto right = figureOf(contenders[b.index]);
        if (left && right)
            return *left < *right;
        return left.has_value() && !right.has_value();
    });
    return ranked;
}

std::vector<Ranked> byCost(const std::vector<Contender> &contenders)
{
    return byFigure(
        contenders, [](const Contender &c) { return c.cost; },
        [](const Contender &c) {
            return c.cost ? "about $" + c.cost->toDecimal() + " for this request"
                          : QByteArray("its price is not known");
        });
}

std::vector<Ranked> byLoad(const std::vector<Contender> &contenders)
{
    return byFigure(
        contenders, [](const Contender &c) { return std::optional(c.view.inFlight); },
        [](const Contender &c) { return QByteArray::number(c.view.inFlight) + " under way there"; });
}

bool isMeasured(const Contender &contender)
{
    return contender.view.timed >= kEnoughSamples && contender.view.firstTokenP50;
}

bool isFailing(const Contender &contender)
{
    return contender.view.samples >= kEnoughSamples && contender.view.errorShare.value_or(0) > kMostErrors;
}

/// In milliseconds; speed counts only where it is known of all.
std::optional<double> slowness(const Contender &contender, bool withSpeed)
{
    if (isFailing(contender))
        return std::nullopt;
    // One request at a time finds out about a target of which nothing is known.
    if (!isMeasured(contender))
        return contender.view.inFlight == 0 ? std::optional(0.0) : std::nullopt;
    const double first = double(contender.view.firstTokenP50->count());
    return withSpeed ? first + kAnswerTokens * 1000 / *contender.view.tokensPerSecond : first;
}

QByteArray speedText(const Contender &contender)
{
    if (isFailing(contender))
        return "fails too often";
    if (!isMeasured(contender))
        return contender.view.inFlight == 0 ? "not measured yet, so tried"
                                            : "not measured yet, being tried by another request";
    QByteArray text = "first token " + durationText(*contender.view.firstTokenP50);
    if (contender.view.tokensPerSecond)
        text += ", " + QByteArray::number(*contender.view.tokensPerSecond, 'f', 0) + " tokens/s";
    return text;
}

std::vector<Ranked> bySpeed(const std::vector<Contender> &contenders)
{
    const bool withSpeed = std::all_of(contenders.begin(), contenders.end(), [](const Contender &c) {
        return !isMeasured(c) || c.view.tokensPerSecond.value_or(0) > 0;
    });
    return byFigure(
        contenders, [withSpeed](const Contender &c) { return slowness(c, withSpeed); }, speedText);
}

} // namespace

bool needsCost(QByteArrayView strategy)
{
    return strategy == "cheapest";
}

bool needsViews(QByteArrayView strategy)
{
    return strategy == "fastest" || strategy == "least_busy";
}

std::vector<Ranked>
rank(QByteArrayView strategy, const std::vector<Contender> &contenders, const Random &random)
{
    if (strategy == "weighted")
        return byWeight(contenders, random);
    if (strategy == "cheapest")
        return byCost(contenders);
    if (strategy == "fastest")
        return bySpeed(contenders);
    if (strategy == "least_busy")
        return byLoad(contenders);
    return asWritten(contenders);
}

} // namespace fairlead::routing

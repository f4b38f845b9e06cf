// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Simulation.h"

#include "routing/Router.h"

#include <QRandomGenerator>

#include <algorithm>
#include <map>

namespace fairlead::routing {

namespace {

using chat::TokenKind;
using metering::AttemptRecord;
using metering::LedgerRecord;
using metering::Micros;

// The same rows and the same rule give the same answer.
constexpr quint32 kSeed = 20'261'122;

QByteArray nameOf(const Target &target)
{
    return target.provider->id + '/' + target.model;
}

/// The model as it was asked for: an answer may name a dated snapshot.
QByteArray serverOf(const LedgerRecord &row)
{
    const QByteArray &model = row.attempts.empty() ? row.model : row.attempts.back().model;
    return row.provider + '/' + model;
}

bool failedAt(const LedgerRecord &row, const Target &target)
{
    return std::any_of(row.attempts.begin(), row.attempts.end(), [&](const AttemptRecord &attempt) {
        return !attempt.failureClass.isEmpty() && attempt.provider == target.provider->id
               && attempt.model == target.model;
    });
}

template<typename T>
std::optional<T> median(std::vector<T> values)
{
    if (values.empty())
        return std::nullopt;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

milliseconds inMs(Micros time)
{
    return std::chrono::duration_cast<milliseconds>(time);
}

/// How fast each target was, in the rows themselves.
class Measured
{
public:
    void add(const LedgerRecord &row)
    {
        Samples &samples = m_samples[serverOf(row)];
        if (row.firstText)
            samples.first.push_back(inMs(*row.firstText));
        if (const auto speed = row.tokensPerSecond())
            samples.speed.push_back(*speed);
    }
    void finish()
    {
        for (const auto &[name, samples] : m_samples) {
            TargetView view;
            view.samples = view.timed = static_cast<int>(samples.first.size());
            view.firstTokenP50 = median(samples.first);
            view.tokensPerSecond = median(samples.speed);
            m_views.insert(name, view);
        }
    }
    [[nodiscard]] TargetView view(const QByteArray &name) const { return m_views.value(name); }

private:
    struct Samples {
        std::vector<milliseconds> first;
        std::vector<double> speed;
    };
    std::map<QByteArray, Samples> m_samples;
    QHash<QByteArray, TargetView> m_views;
};

/// The row's tokens at another target, whose cache knows nothing of them.
std::optional<NanoUsd>
costElsewhere(const LedgerRecord &row, const Target &target, const metering::PriceBook *prices)
{
    const WallTime when{milliseconds(row.startedMs)};
    const auto price
        = prices
              ? prices->find(target.provider->priceProvider, target.model, when, row.usage.totalInput(), {})
              : std::nullopt;
    if (!price)
        return target.provider->local ? std::optional(NanoUsd(0)) : std::nullopt;
    chat::Usage usage = row.usage;
    std::int64_t input = 0;
    for (const TokenKind kind :
         {TokenKind::Input, TokenKind::CacheRead, TokenKind::CacheWrite5m, TokenKind::CacheWrite1h})
        input += usage.valueOrZero(kind);
    if (usage.isEmpty() || input == 0)
        return std::nullopt;
    usage = chat::Usage();
    usage.set(TokenKind::Input, input);
    for (const TokenKind kind :
         {TokenKind::AudioInput, TokenKind::Output, TokenKind::Reasoning, TokenKind::AudioOutput}) {
        if (const auto tokens = row.usage.get(kind))
            usage.set(kind, *tokens);
    }
    return metering::PriceBook::cost(usage, price).total;
}

void add(std::optional<NanoUsd> &sum, const std::optional<NanoUsd> &amount)
{
    sum = sum && amount ? std::optional(*sum + *amount) : std::nullopt;
}

class Run
{
public:
    Run(const RoutingTable &table, const std::shared_ptr<const metering::PriceBook> &prices)
        : m_table(table)
        , m_prices(prices)
        , m_router(
              m_clock,
              [this](const QByteArray &provider, const QByteArray &model) {
                  return m_measured.view(provider + '/' + model);
              },
              [this] { return m_random.generateDouble(); })
    {
        m_router.setPrices(prices);
    }

    Simulation of(const config::RouteConfig &route, const std::vector<LedgerRecord> &rows)
    {
        for (const LedgerRecord &row : rows) {
            if (row.role == LedgerRecord::Role::Request && !row.provider.isEmpty())
                m_measured.add(row);
        }
        m_measured.finish();
        for (const LedgerRecord &row : rows) {
            const bool counts = row.role == LedgerRecord::Role::Request
                                && row.kind == LedgerRecord::Kind::Chat && !row.provider.isEmpty();
            if (counts && m_table.routeFor(row.modelAsked) == &route)
                takeRow(route, row);
        }
        return finish();
    }

private:
    void takeRow(const config::RouteConfig &route, const LedgerRecord &row)
    {
        ++m_result.requests;
        RoutePlan plan;
        plan.asked = row.modelAsked;
        plan.route = &route;
        RequestFacts facts;
        facts.app = row.app;
        facts.modelAsked = row.modelAsked;
        facts.now = WallTime(milliseconds(row.startedMs));
        facts.look = [&row] {
            RequestContent content;
            if (!row.usage.isEmpty())
                content.inputTokens = row.usage.totalInput();
            return content;
        };
        const auto failure = m_router.order(m_table, plan, facts);
        m_result.undecided += plan.undecided ? 1 : 0;
        if (failure) {
            ++m_result.refused;
            return;
        }
        // What was down then would have been down for this rule too.
        const auto up = std::find_if(plan.targets.begin(), plan.targets.end(), [&](const Target &target) {
            return nameOf(target) == serverOf(row) || !failedAt(row, target);
        });
        count(row, up == plan.targets.end() ? plan.targets.front() : *up);
    }

    void count(const LedgerRecord &row, const Target &target)
    {
        const QByteArray from = serverOf(row);
        const QByteArray to = nameOf(target);
        const bool moves = from != to;
        const std::optional<NanoUsd> was = row.bookedCost();
        const std::optional<NanoUsd> would = moves ? costElsewhere(row, target, m_prices.get()) : was;
        if (was && would) {
            m_result.was += *was;
            m_result.would += *would;
        } else {
            ++m_result.unpriced;
        }
        if (row.firstText) {
            const auto there = moves ? m_measured.view(to).firstTokenP50 : inMs(*row.firstText);
            if (there) {
                m_firstWas.push_back(inMs(*row.firstText));
                m_firstWould.push_back(*there);
            }
        }
        if (!moves)
            return;
        ++m_result.moved;
        m_result.cacheLost += row.usage.valueOrZero(TokenKind::CacheRead);
        const auto known
            = m_moves.try_emplace({from, to}, Simulation::Move{from, to, 0, NanoUsd(), NanoUsd()});
        Simulation::Move &move = known.first->second;
        ++move.requests;
        add(move.was, was);
        add(move.would, would);
    }

    Simulation finish()
    {
        for (auto &[way, move] : m_moves)
            m_result.moves.push_back(std::move(move));
        std::stable_sort(m_result.moves.begin(), m_result.moves.end(), [](const auto &a, const auto &b) {
            return a.requests > b.requests;
        });
        m_result.firstTokenWas = median(std::move(m_firstWas));
        m_result.firstTokenWould = median(std::move(m_firstWould));
        return std::move(m_result);
    }

    const RoutingTable &m_table;
    std::shared_ptr<const metering::PriceBook> m_prices;
    SystemClock m_clock;
    QRandomGenerator m_random{kSeed};
    Measured m_measured;
    Router m_router;
    Simulation m_result;
    std::map<std::pair<QByteArray, QByteArray>, Simulation::Move> m_moves;
    std::vector<milliseconds> m_firstWas;
    std::vector<milliseconds> m_firstWould;
};

} // namespace

Simulation simulate(
    const RoutingTable &table, const QByteArray &route, const std::vector<LedgerRecord> &rows,
    std::shared_ptr<const metering::PriceBook> prices)
{
    const config::RouteConfig *config = table.routeFor(route);
    if (!config)
        return {};
    return Run(table, prices).of(*config, rows);
}

} // namespace fairlead::routing

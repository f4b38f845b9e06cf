// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/GateRules.h"

namespace fairlead::routing {

namespace {

void addMoney(Rule &rule, Period period, const std::optional<NanoUsd> &most, bool hard)
{
    if (!most)
        return;
    MoneyLimit limit;
    limit.period = period;
    limit.most = *most;
    limit.hard = hard;
    rule.money.push_back(limit);
}

Rule ruleOf(Scope::Kind kind, const QByteArray &name, const config::Limits &limits)
{
    Rule rule;
    rule.scope.kind = kind;
    rule.scope.name = name;
    rule.requests = limits.requestsPerMinute;
    rule.tokens = limits.tokensPerMinute;
    rule.concurrent = limits.concurrent;
    rule.hard = limits.hard;
    addMoney(rule, Period::Day, limits.usdPerDay, limits.hard);
    addMoney(rule, Period::Week, limits.usdPerWeek, limits.hard);
    addMoney(rule, Period::Month, limits.usdPerMonth, limits.hard);
    return rule;
}

RunawayRule runawayOf(const config::RunawayLimits &limits, RunawayRule otherwise)
{
    otherwise.sameCalls = limits.sameCalls.value_or(otherwise.sameCalls);
    if (limits.usdPerMinute)
        otherwise.usdPerMinute = limits.usdPerMinute;
    return otherwise;
}

} // namespace

QByteArray Scope::words() const
{
    switch (kind) {
    case Kind::All:
        return QByteArrayLiteral("All requests together");
    case Kind::App:
        return "The app \"" + name + '"';
    case Kind::Model:
        return "The model \"" + name + '"';
    case Kind::Provider:
        return "The provider \"" + name + '"';
    }
    Q_UNREACHABLE();
}

QByteArray scopeName(Scope::Kind kind)
{
    switch (kind) {
    case Scope::Kind::All:
        return QByteArrayLiteral("all");
    case Scope::Kind::App:
        return QByteArrayLiteral("app");
    case Scope::Kind::Model:
        return QByteArrayLiteral("model");
    case Scope::Kind::Provider:
        return QByteArrayLiteral("provider");
    }
    Q_UNREACHABLE();
}

GateRules rulesOf(const config::Config &config)
{
    GateRules rules;
    const auto add = [&rules](Rule rule) {
        if (rule.requests || rule.tokens || rule.concurrent || !rule.money.empty())
            rules.rules.push_back(std::move(rule));
    };
    add(ruleOf(Scope::Kind::All, {}, config.limits));
    rules.runaway = runawayOf(config.runaway, RunawayRule());
    for (const config::AppConfig &app : config.apps) {
        Rule rule = ruleOf(Scope::Kind::App, app.name, app.limits);
        if (app.budget) {
            const auto period = periodByName(app.budget->per).value_or(Period::Day);
            addMoney(rule, period, app.budget->usd, app.budget->hard);
        }
        add(std::move(rule));
        const RunawayRule runaway = runawayOf(app.runaway, rules.runaway);
        if (runaway != rules.runaway)
            rules.runawayOfApp.insert(app.name, runaway);
    }
    for (const config::ProviderConfig &provider : config.providers)
        add(ruleOf(Scope::Kind::Provider, provider.id, provider.limits));
    for (const config::ModelLimits &entry : config.modelLimits)
        add(ruleOf(Scope::Kind::Model, entry.model, entry.limits));
    return rules;
}

} // namespace fairlead::routing

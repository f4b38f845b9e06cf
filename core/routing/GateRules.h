// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/Config.h"
#include "routing/Budget.h"

#include <QHash>

#include <vector>

namespace fairlead::routing {

/// Whose limits they are.
struct Scope {
    enum class Kind { All, App, Model, Provider };
    Kind kind = Kind::All;
    QByteArray name; ///< empty for all; of models a pattern
    bool operator==(const Scope &) const = default;
    [[nodiscard]] QByteArray words() const; ///< "All requests together", "The app \"my-editor\""
};
[[nodiscard]] QByteArray scopeName(Scope::Kind kind); ///< "all", "app", "model", "provider"

struct MoneyLimit {
    Period period = Period::Day;
    NanoUsd most;
    bool hard = true;
};

/// The limits of one scope.
struct Rule {
    Scope scope;
    std::optional<qint64> requests; ///< a minute
    std::optional<qint64> tokens; ///< a minute
    std::optional<qint64> concurrent;
    std::vector<MoneyLimit> money;
    bool hard = true; ///< of the first three
};

/// What stops an app that seems to run in circles.
struct RunawayRule {
    qint64 sameCalls = config::RunawayLimits::kDefaultSameCalls; ///< 0 = does not count
    std::optional<NanoUsd> usdPerMinute;
    bool operator==(const RunawayRule &) const = default;
};

/// Who is kept out until somebody lets him in again.
struct Pause {
    QByteArray app; ///< empty = everybody
    QByteArray reason; ///< for people; empty = none given
};

/// More money for a while.
struct Raise {
    QByteArray app; ///< empty = all together
    NanoUsd amount;
    qint64 untilMs = 0;
};

/// All that the gate goes by, as one value.
struct GateRules {
    std::vector<Rule> rules;
    RunawayRule runaway;
    QHash<QByteArray, RunawayRule> runawayOfApp; ///< where it differs
    std::vector<Pause> pauses;
    std::vector<Raise> raises;
};

/// What the config says; pauses and raises are nobody's setting.
[[nodiscard]] GateRules rulesOf(const config::Config &config);

} // namespace fairlead::routing

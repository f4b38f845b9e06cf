// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"

#include <QByteArray>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace fairlead::config {

/// What to do when an answer breaks after its first byte.
enum class Recovery {
    Off, ///< the caller gets its dialect's error
    Auto, ///< passed on as it comes; a break is mended where one coherent answer can be made
    Hold, ///< told only when it is whole
};

/// Where a value stands in the file. No part of the value: two files that say the same are equal.
struct FileLine {
    int number = 0; ///< 0 = not from a file
    bool operator==(const FileLine &) const { return true; }
};

/// When a target may be taken. Everything that is said must hold.
struct Condition {
    struct Header {
        QByteArray name; ///< lower case
        QByteArray value; ///< pattern with '*'
        bool operator==(const Header &) const = default;
    };
    /// Of the local day, in minutes; to <= from goes on past midnight.
    struct Hours {
        int from = 0;
        int to = 0;
        bool operator==(const Hours &) const = default;
    };

    std::vector<QByteArray> apps; ///< "app": patterns with '*', one of which must match
    std::vector<QByteArray> models; ///< "model": likewise, for the name that was asked for
    std::vector<Header> headers; ///< "header": all of them
    std::optional<qint64> leastTokens, mostTokens; ///< of the prompt, as estimated
    std::optional<bool> tools, images; ///< whether the request has any
    std::optional<Hours> hours; ///< "hours": "22:00-06:00"
    std::vector<int> days; ///< "days": 1 = Monday; empty = every day
    std::optional<NanoUsd> leastBudget, mostBudget; ///< of what the app has left
    bool operator==(const Condition &) const = default;
};

/// One place of a route.
struct RouteTarget {
    RouteTarget() = default;
    RouteTarget(QByteArray name_) // as most are written
        : name(std::move(name_))
    { }
    RouteTarget(const char *name_)
        : name(name_)
    { }

    QByteArray name; ///< "provider/model", or another route's name
    int weight = 1; ///< for the strategy "weighted"
    std::optional<Condition> when;
    std::optional<int> sharePermille; ///< "share": a canary, or how much a shadow copies
    bool shadow = false; ///< gets a copy; its answer goes to nobody
    FileLine line;
    bool operator==(const RouteTarget &) const = default;

    [[nodiscard]] bool isCanary() const { return sharePermille && !shadow; }
};

/// How long a route waits; unsaid = the provider's own.
struct RouteDeadlines {
    std::optional<std::chrono::milliseconds> connect, firstToken, idle, total;
    bool adaptive = true; ///< from the model's own measured times, within bounds
    bool operator==(const RouteDeadlines &) const = default;
};

/// A second try when the first token is late.
struct Hedge {
    std::optional<int> percentile; ///< "p95": of the first target's own first-token times; else `after`
    std::optional<std::chrono::milliseconds> after;
    NanoUsd mostUsd = NanoUsd(1'000'000'000); ///< "max_usd": what such second tries may cost
    QByteArray per = "day";
    bool operator==(const Hedge &) const = default;
};

struct RouteConfig {
    QByteArray model; ///< the alias tools ask for; '*' in it stands for anything
    QByteArray strategy = "priority";
    std::vector<RouteTarget> targets; ///< in order
    bool sticky = false; ///< a conversation stays where its prompt cache is warm
    std::optional<Recovery> recovery; ///< unsaid = recoveryOf()
    RouteDeadlines deadlines;
    std::optional<Hedge> hedge;
    std::optional<int> mostAttempts; ///< "max_attempts"
    bool strict = false; ///< refuse what a translation would lose
    FileLine line;
    bool operator==(const RouteConfig &) const = default;

    [[nodiscard]] bool isPattern() const { return model.contains('*'); }
};

/// What was said, else "auto" where there is a second target to go on with. Null: a model named directly.
[[nodiscard]] Recovery recoveryOf(const RouteConfig *route);

inline constexpr int kMostAttempts = 6;

/// "5%", "0.5%" as parts of a thousand.
[[nodiscard]] std::optional<int> permilleFrom(QByteArrayView text);
[[nodiscard]] QByteArray permilleText(int permille);
/// "22:00-06:00".
[[nodiscard]] std::optional<Condition::Hours> hoursFrom(QByteArrayView text);
[[nodiscard]] QByteArray hoursText(Condition::Hours hours);

} // namespace fairlead::config

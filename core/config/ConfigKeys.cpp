// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/ConfigKeys.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace fairlead::config {

namespace {

using View = QByteArrayView;

constexpr std::array kRoot{View("$schema"), View("server"), View("apps"),         View("providers"),
                           View("routes"),  View("limits"), View("model_limits"), View("runaway")};
constexpr std::array kServer{View("host"),         View("port"), View("auth"), View("max_body_bytes"),
                             View("cors_origins"), View("lan"),  View("tls")};
constexpr std::array kTls{View("cert_file"), View("key_file")};
constexpr std::array kApp{View("name"),   View("token_env"), View("models"),  View("budget"),
                          View("limits"), View("runaway"),   View("expires"), View("program")};
constexpr std::array kBudget{View("usd"), View("per"), View("hard")};
constexpr std::array kLimits{
    View("requests_per_minute"), View("tokens_per_minute"), View("concurrent"), View("usd_per_day"),
    View("usd_per_week"),        View("usd_per_month"),     View("hard")};
constexpr std::array kModelLimits{View("model"), View("limits")};
constexpr std::array kRunaway{View("same_calls"), View("usd_per_minute")};
constexpr std::array kProvider{View("id"),     View("name"),   View("wire"),    View("base_url"),
                               View("params"), View("auth"),   View("keys"),    View("key_use"),
                               View("models"), View("http2"),  View("ca_file"), View("timeouts"),
                               View("limits"), View("enabled")};
constexpr std::array kKey{View("keychain"), View("env")};
constexpr std::array kTimeouts{View("connect_ms"), View("first_byte_ms"), View("idle_ms"), View("total_ms")};
constexpr std::array kRoute{View("model"),  View("strategy"),     View("targets"),
                            View("sticky"), View("recovery"),     View("deadlines"),
                            View("hedge"),  View("max_attempts"), View("strict")};
constexpr std::array kTarget{View("target"), View("weight"), View("when"), View("share"), View("shadow")};
constexpr std::array kCondition{
    View("app"),        View("model"),           View("header"),         View("min_tokens"),
    View("max_tokens"), View("tools"),           View("images"),         View("hours"),
    View("days"),       View("min_budget_left"), View("max_budget_left")};
constexpr std::array kDeadlines{
    View("connect_ms"), View("first_token_ms"), View("idle_ms"), View("total_ms"), View("adaptive")};
constexpr std::array kHedge{View("after"), View("max_usd"), View("per")};

constexpr std::array kWires{View("openai-chat"), View("openai-responses"), View("anthropic"), View("gemini"),
                            View("ollama"),      View("cohere"),           View("bedrock")};
constexpr std::array kAuthentications{
    View("bearer"),
    View("x-api-key"),
    View("x-goog-api-key"),
    View("api-key"),
    View("x-portkey-api-key"),
    View("api-key-prefix"),
    View("aws-sigv4"),
    View("google-service-account"),
    View("none")};
constexpr std::array kKeyUses{View("order"), View("rotate")};
constexpr std::array kPeriods{View("day"), View("week"), View("month")};
constexpr std::array kStrategies{
    View("priority"), View("weighted"), View("cheapest"), View("fastest"), View("least_busy")};
constexpr std::array kRecoveries{View("off"), View("auto"), View("hold")};
constexpr std::array kPercentiles{View("p50"), View("p95"), View("p99")};
constexpr std::array kDays{View("mon"), View("tue"), View("wed"), View("thu"),
                           View("fri"), View("sat"), View("sun")};

/// Levenshtein distance; the words are short.
qsizetype distance(View a, View b)
{
    std::vector<qsizetype> row(static_cast<size_t>(b.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i + 1;
        for (qsizetype j = 0; j < b.size(); ++j) {
            const auto at = static_cast<size_t>(j) + 1;
            const qsizetype replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[at];
            row[at] = std::min({replaced, row[at] + 1, row[at - 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::span<const QByteArrayView> keysOf(Section section)
{
    switch (section) {
    case Section::Root:
        return kRoot;
    case Section::Server:
        return kServer;
    case Section::Tls:
        return kTls;
    case Section::App:
        return kApp;
    case Section::Budget:
        return kBudget;
    case Section::Limits:
        return kLimits;
    case Section::ModelLimits:
        return kModelLimits;
    case Section::Runaway:
        return kRunaway;
    case Section::Provider:
        return kProvider;
    case Section::Key:
        return kKey;
    case Section::Timeouts:
        return kTimeouts;
    case Section::Route:
        return kRoute;
    case Section::Target:
        return kTarget;
    case Section::Condition:
        return kCondition;
    case Section::Deadlines:
        return kDeadlines;
    case Section::Hedge:
        return kHedge;
    }
    return {};
}

QByteArrayView nameOf(Section section)
{
    switch (section) {
    case Section::Root:
        return "the config file";
    case Section::Server:
        return "\"server\"";
    case Section::Tls:
        return "\"tls\"";
    case Section::App:
        return "an app";
    case Section::Budget:
        return "\"budget\"";
    case Section::Limits:
        return "\"limits\"";
    case Section::ModelLimits:
        return "an entry of \"model_limits\"";
    case Section::Runaway:
        return "\"runaway\"";
    case Section::Provider:
        return "a provider";
    case Section::Key:
        return "a key";
    case Section::Timeouts:
        return "\"timeouts\"";
    case Section::Route:
        return "a route";
    case Section::Target:
        return "a target";
    case Section::Condition:
        return "\"when\"";
    case Section::Deadlines:
        return "\"deadlines\"";
    case Section::Hedge:
        return "\"hedge\"";
    }
    return {};
}

std::span<const QByteArrayView> wireNames()
{
    return kWires;
}

std::span<const QByteArrayView> authenticationNames()
{
    return kAuthentications;
}

std::span<const QByteArrayView> budgetPeriods()
{
    return kPeriods;
}

std::span<const QByteArrayView> keyUseNames()
{
    return kKeyUses;
}

std::span<const QByteArrayView> strategyNames()
{
    return kStrategies;
}

std::span<const QByteArrayView> recoveryNames()
{
    return kRecoveries;
}

std::span<const QByteArrayView> percentileNames()
{
    return kPercentiles;
}

std::span<const QByteArrayView> dayNames()
{
    return kDays;
}

QByteArrayView nearest(QByteArrayView word, std::span<const QByteArrayView> known)
{
    constexpr qsizetype kLongestWord = 64;
    if (word.size() > kLongestWord)
        return {};
    QByteArray folded = word.toByteArray().toLower();
    folded.replace('-', '_').replace(' ', '_');
    QByteArrayView best;
    qsizetype bestDistance = std::max<qsizetype>(2, word.size() / 3) + 1;
    for (const QByteArrayView candidate : known) {
        QByteArray other = candidate.toByteArray();
        other.replace('-', '_');
        // "baseUrl" for "base_url": case and separators are the usual slips, so they cost nothing.
        const bool sameLetters = QByteArray(folded).replace("_", "") == QByteArray(other).replace("_", "");
        const qsizetype far = sameLetters ? 0 : distance(folded, other);
        if (far < bestDistance) {
            bestDistance = far;
            best = candidate;
        }
    }
    return best;
}

} // namespace fairlead::config

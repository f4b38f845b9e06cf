// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "metering/UsageMeter.h"
#include "net/Deadlines.h"
#include "providers/ProviderClient.h"
#include "routing/Course.h"
#include "routing/Experience.h"
#include "routing/Race.h"
#include "routing/Refusals.h"
#include "routing/RequestFacts.h"
#include "routing/Serving.h"

#include <functional>
#include <memory>
#include <vector>

namespace fairlead::routing {

/// Makes the request for a target; the gateway implements it (it knows the caller's dialect).
class CallSource
{
public:
    CallSource() = default;
    virtual ~CallSource() = default;
    Q_DISABLE_COPY_MOVE(CallSource)
    [[nodiscard]] virtual tl::expected<PreparedCall, chat::Failure> prepare(const Target &target) = 0;
    /// The same, to be continued behind `begun`, the visible text of an answer that broke off. Only for
    /// targets that are known to do so.
    [[nodiscard]] virtual tl::expected<PreparedCall, chat::Failure>
    prepareOnward(const Target &target, const QByteArray &begun);
    /// Why a target cannot serve such a request at all; the next one is then tried.
    [[nodiscard]] virtual std::optional<chat::Failure> whyUnfit(const Target &) { return std::nullopt; }
    /// What is in the request, for routes whose rules ask. Whoever has no chat to read knows nothing.
    [[nodiscard]] virtual RequestContent look() { return {}; }
    /// The caller's; null = not known.
    [[nodiscard]] virtual const Headers *headers() const { return nullptr; }
    /// How often one target may be tried again.
    [[nodiscard]] virtual int mostRetries() const { return kMostRetries; }

    static constexpr int kMostRetries = 2;
};

/// Tries targets in order until one begins to answer. Nothing reaches the caller before that, so every
/// failure up to the first event of the answer can be survived; what to do about which is RetryPolicy's rule
/// alone, and where a request stands among its targets and keys is its Course.
class Failover
{
public:
    using Keys = KeysOf;
    /// Told before each attempt, for the live view.
    using Progress = std::function<void(const Target &target, int attempt)>;

    Failover(providers::ProviderClient &client, Experience &experience, Clock &clock, Keys keys);

    /// `meter`, `calls` and `gate` (if any) must outlive the task (the caller awaits it).
    [[nodiscard]] Task<tl::expected<Serving, chat::Failure>> open(
        RoutePlan plan, CallSource &calls, metering::UsageMeter &meter, CancelToken cancel, Progress progress,
        TargetGate *gate = nullptr);

    /// How the answer ended, for what is remembered of its target. An answer that is dropped without either
    /// was cancelled and says nothing.
    void completed(Serving &serving, std::optional<double> tokensPerSecond);
    void broke(Serving &serving, const chat::Failure &failure);

    /// Where the limits of known models are read.
    void setPrices(std::shared_ptr<const metering::PriceBook> prices);
    [[nodiscard]] Experience &experience() { return m_experience; }

    static constexpr int kMostRetries = CallSource::kMostRetries;

private:
    struct Attempt;
    struct Refused;
    struct Request;
    struct Lane;
    [[nodiscard]] tl::expected<Attempt, Refused> prepare(const Course &course, const Request &request);
    void setLimits(Attempt &attempt, const Course &course, const config::RouteConfig &route);
    [[nodiscard]] bool thinksLong(const Target &target) const;
    [[nodiscard]] Task<Race::Outcome> send(Attempt attempt);
    [[nodiscard]] std::optional<milliseconds>
    hedgeAfter(const Course &course, const Attempt &attempt, const config::RouteConfig *route) const;
    [[nodiscard]] Task<Race::Outcome>
    sendTwice(Course &course, Attempt first, Request request, milliseconds after);
    void takeSecond(Course &course, const Request &request, Race &race, std::vector<Lane> &lanes);
    [[nodiscard]] Race::Outcome conclude(Course &course, const Request &request, std::vector<Lane> &lanes);
    [[nodiscard]] std::optional<NanoUsd>
    costOfLosing(const metering::UsageMeter &meter, const Target &target) const;

    providers::ProviderClient &m_client;
    Experience &m_experience;
    Clock &m_clock;
    Keys m_keys;
    std::shared_ptr<const metering::PriceBook> m_prices;
    net::Deadlines m_deadlines;
};

} // namespace fairlead::routing

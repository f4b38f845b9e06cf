// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "metering/UsageMeter.h"
#include "net/Deadlines.h"
#include "providers/ProviderClient.h"
#include "routing/Course.h"
#include "routing/Experience.h"
#include "routing/Leash.h"
#include "routing/Refusals.h"
#include "routing/RequestFacts.h"
#include "routing/TargetGate.h"

#include <functional>
#include <memory>
#include <vector>

namespace fairlead::routing {

/// A request as one target wants it.
struct PreparedCall {
    wire::UpstreamCall call;
    bool stream = false;
    bool passThrough
        = false; ///< same dialect on both sides: the bytes of the answer go to the caller as they are
    bool usageForced = false; ///< we asked for usage, the caller did not
    wire::Losses losses;
    /// Reads the answer of a call that is no chat, in place of the wire's own decoder. Used once.
    std::unique_ptr<wire::StreamDecoder> reader;
};

/// Makes the request for a target; the gateway implements it (it knows the caller's dialect).
class CallSource
{
public:
    CallSource() = default;
    virtual ~CallSource() = default;
    Q_DISABLE_COPY_MOVE(CallSource)
    [[nodiscard]] virtual tl::expected<PreparedCall, chat::Failure> prepare(const Target &target) = 0;
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

/// An answer somebody has begun to give: its first meaningful event has been seen and is among `held`.
struct Serving {
    Target target;
    PreparedCall prepared; ///< without the body
    std::unique_ptr<Leash> leash; ///< outlives the answer; null if the caller's own token ends it
    std::unique_ptr<providers::ProviderAnswer> answer;
    std::vector<providers::Piece> held;
    TargetStats::Flight flight;
    TargetGate::Place place;
    int attempts = 0;
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
    [[nodiscard]] static tl::expected<Attempt, Refused>
    prepare(const Course &course, CallSource &calls, TargetGate *gate);
    [[nodiscard]] Task<tl::expected<Serving, chat::Failure>> send(Attempt attempt);

    providers::ProviderClient &m_client;
    Experience &m_experience;
    Clock &m_clock;
    Keys m_keys;
    std::shared_ptr<const metering::PriceBook> m_prices;
    net::Deadlines m_deadlines;
};

} // namespace fairlead::routing

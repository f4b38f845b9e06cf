// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "metering/UsageMeter.h"
#include "providers/ProviderClient.h"
#include "routing/KnownLimits.h"
#include "routing/RoutingTable.h"
#include "routing/TargetHealth.h"

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
    /// How often one target may be tried again.
    [[nodiscard]] virtual int mostRetries() const { return kMostRetries; }

    static constexpr int kMostRetries = 2;
};

/// An answer somebody has begun to give: its first meaningful event has been seen and is among `held`.
struct Serving {
    Target target;
    PreparedCall prepared; ///< without the body
    std::unique_ptr<providers::ProviderAnswer> answer;
    std::vector<providers::Piece> held;
    int attempts = 0;
};

/// Why a key that is plainly another provider's is not sent.
[[nodiscard]] chat::Failure
foreignKey(const providers::ProviderSpec &provider, const secrets::LoadedKey &key);

/// Tries targets in order until one begins to answer. Nothing reaches the caller before that, so every
/// failure up to the first event of the answer can be survived; what to do about which is RetryPolicy's rule
/// alone.
class Failover
{
public:
    using Keys = std::function<std::vector<secrets::LoadedKey>(const QByteArray &provider)>;
    /// Told before each attempt, for the live view.
    using Progress = std::function<void(const Target &target, int attempt)>;

    Failover(providers::ProviderClient &client, TargetHealth &health, Clock &clock, Keys keys);

    /// `meter` and `calls` must outlive the task (the caller awaits it). Attempts are bounded by the plan's
    /// length and the calls' mostRetries(); the total wait for back-off is bounded by RetryPolicy.
    [[nodiscard]] Task<tl::expected<Serving, chat::Failure>> open(
        RoutePlan plan, CallSource &calls, metering::UsageMeter &meter, CancelToken cancel,
        Progress progress);

    /// Where the limits of known models are read.
    void setPrices(std::shared_ptr<const metering::PriceBook> prices) { m_limits.setPrices(std::move(prices)); }

    static constexpr int kMostRetries = CallSource::kMostRetries;
    /// How much one request may teach about one target: each lesson costs an attempt.
    static constexpr int kMostLessons = 3;

private:
    struct Failed;
    [[nodiscard]] Task<tl::expected<Serving, Failed>> attempt(
        Target target, secrets::LoadedKey key, CallSource &calls, metering::UsageMeter &meter,
        CancelToken cancel);

    providers::ProviderClient &m_client;
    TargetHealth &m_health;
    Clock &m_clock;
    Keys m_keys;
    KnownLimits m_limits;
};

} // namespace fairlead::routing

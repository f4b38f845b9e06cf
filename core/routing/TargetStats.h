// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <QByteArray>
#include <QHash>

#include <memory>
#include <optional>
#include <vector>

namespace fairlead::routing {

/// What is known of a target from its own last answers. nullopt = nothing seen lately, never 0.
struct TargetView {
    int inFlight = 0; ///< attempts and answers under way
    int samples = 0; ///< finished attempts the figures below are made from
    std::optional<double> errorShare; ///< of `samples`, in [0, 1]
    int timed = 0; ///< streamed answers the first-token figures are made from
    std::optional<milliseconds> firstTokenP50;
    std::optional<milliseconds> firstTokenP95;
    std::optional<milliseconds> firstTokenP99;
    std::optional<double> tokensPerSecond; ///< median
};

/// One finished attempt, as the ledger knows it too.
struct TargetSample {
    QByteArray provider;
    QByteArray model; ///< as the target names it
    WallTime finished;
    bool failed = false; ///< by the target's fault; an attempt that was cancelled is no sample
    std::optional<std::chrono::microseconds>
        firstToken; ///< since the attempt began; of streamed answers only
    std::optional<double> tokensPerSecond;
};

/// What happened at each target in the last hours: strategies, deadlines and hedging go by it. Lives on the
/// gateway thread; the last kMostSamples attempts of each target within kWindow count.
class TargetStats
{
    struct Entry;

public:
    /// One attempt under way. Dropped without a word, it was cancelled and says nothing about the target.
    class Flight
    {
    public:
        Flight() = default;
        Flight(Flight &&other) noexcept;
        Flight &operator=(Flight &&other) noexcept;
        Flight(const Flight &) = delete;
        Flight &operator=(const Flight &) = delete;
        ~Flight();

        /// The first meaningful event came this long after the attempt began.
        void begun(std::chrono::microseconds firstToken) { m_firstToken = firstToken; }
        void ended(std::optional<double> tokensPerSecond);
        void failed();

    private:
        friend class TargetStats;
        Flight(TargetStats &stats, std::shared_ptr<Entry> entry);
        void land(bool failed, std::optional<double> tokensPerSecond);

        TargetStats *m_stats = nullptr;
        std::shared_ptr<Entry> m_entry; ///< null once it has landed
        std::optional<std::chrono::microseconds> m_firstToken;
    };

    explicit TargetStats(Clock &clock);
    ~TargetStats();
    Q_DISABLE_COPY_MOVE(TargetStats)

    [[nodiscard]] Flight begin(const QByteArray &provider, const QByteArray &model);
    [[nodiscard]] TargetView view(const QByteArray &provider, const QByteArray &model) const;
    /// As the percentiles of view(), for any of them; nullopt with fewer than `leastTimed` answers.
    [[nodiscard]] std::optional<milliseconds>
    firstToken(const QByteArray &provider, const QByteArray &model, int percentile, int leastTimed) const;
    /// Adds what the ledger remembers, in any order; for the start.
    void warm(const std::vector<TargetSample> &samples);

    static constexpr std::chrono::hours kWindow{6};
    static constexpr int kMostSamples = 256;

private:
    using Key = std::pair<QByteArray, QByteArray>;

    [[nodiscard]] std::shared_ptr<Entry> entryOf(const QByteArray &provider, const QByteArray &model);

    Clock &m_clock;
    QHash<Key, std::shared_ptr<Entry>> m_entries;
    Key m_latestKey; ///< most requests go where the last one went
    std::shared_ptr<Entry> m_latest;
};

} // namespace fairlead::routing

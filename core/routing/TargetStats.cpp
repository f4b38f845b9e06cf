// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/TargetStats.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fairlead::routing {

namespace {

using std::chrono::microseconds;

// Callers may name any model: what nobody has asked for lately is forgotten beyond this many.
constexpr qsizetype kMostTargets = 1024;
// A view stands while fewer than one in so many samples are newer than it, for a moment.
constexpr std::size_t kFewNew = 16;
constexpr milliseconds kFreshFor = std::chrono::seconds(1);

/// The value that `fraction` of all are not above. Reorders the values.
template<typename T>
T quantile(std::vector<T> &values, double fraction)
{
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(values.size())));
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

milliseconds rounded(microseconds time)
{
    return std::chrono::round<milliseconds>(time);
}

} // namespace

struct TargetStats::Entry {
    struct Sample {
        SteadyTime finished;
        std::optional<microseconds> firstToken;
        std::optional<double> tokensPerSecond;
        bool failed = false;
    };

    void add(Sample sample)
    {
        // A ring, grown to its size by the first of them.
        if (samples.size() < kMostSamples)
            samples.push_back(sample);
        else
            samples[next] = sample;
        next = (next + 1) % kMostSamples;
        ++unviewed;
    }

    /// Looking at all of them costs more than a request should pay each time.
    [[nodiscard]] bool isUpToDate(SteadyTime now) const
    {
        if (!viewedAt || outOfDate <= now)
            return false;
        return unviewed == 0 || (unviewed * kFewNew < samples.size() && now - *viewedAt < kFreshFor);
    }

    std::vector<Sample> samples;
    std::size_t next = 0;
    int inFlight = 0;
    TargetView viewed; ///< what view() last found, without inFlight
    std::optional<SteadyTime> viewedAt;
    SteadyTime outOfDate; ///< when the oldest of the samples viewed ends to count
    std::size_t unviewed = 0; ///< samples since then
};

TargetStats::Flight::Flight(TargetStats &stats, std::shared_ptr<Entry> entry)
    : m_stats(&stats)
    , m_entry(std::move(entry))
{
    ++m_entry->inFlight;
}

TargetStats::Flight::Flight(Flight &&other) noexcept
    : m_stats(other.m_stats)
    , m_entry(std::move(other.m_entry))
    , m_firstToken(other.m_firstToken)
{ }

TargetStats::Flight &TargetStats::Flight::operator=(Flight &&other) noexcept
{
    std::swap(m_stats, other.m_stats);
    std::swap(m_entry, other.m_entry);
    std::swap(m_firstToken, other.m_firstToken);
    return *this;
}

TargetStats::Flight::~Flight()
{
    if (m_entry)
        --m_entry->inFlight;
}

void TargetStats::Flight::ended(std::optional<double> tokensPerSecond)
{
    land(false, tokensPerSecond);
}

void TargetStats::Flight::failed()
{
    land(true, std::nullopt);
}

void TargetStats::Flight::land(bool failed, std::optional<double> tokensPerSecond)
{
    if (!m_entry)
        return;
    const std::shared_ptr<Entry> entry = std::move(m_entry);
    --entry->inFlight;
    Entry::Sample sample;
    sample.finished = m_stats->m_clock.steady();
    sample.firstToken = m_firstToken;
    sample.tokensPerSecond = tokensPerSecond;
    sample.failed = failed;
    entry->add(sample);
}

TargetStats::TargetStats(Clock &clock)
    : m_clock(clock)
{ }

TargetStats::~TargetStats() = default;

std::shared_ptr<TargetStats::Entry> TargetStats::entryOf(const QByteArray &provider, const QByteArray &model)
{
    if (m_latest && m_latestKey.second == model && m_latestKey.first == provider)
        return m_latest;
    m_latestKey = Key(provider, model);
    std::shared_ptr<Entry> &entry = m_entries[m_latestKey];
    if (!entry) {
        entry = std::make_shared<Entry>();
        m_latest = entry;
        if (m_entries.size() > kMostTargets)
            m_entries.removeIf([this](const auto &it) {
                return it.value() != m_latest && it.value()->inFlight == 0 && it.value()->samples.size() < 2;
            });
        return m_latest;
    }
    m_latest = entry;
    return m_latest;
}

TargetStats::Flight TargetStats::begin(const QByteArray &provider, const QByteArray &model)
{
    return Flight(*this, entryOf(provider, model));
}

TargetView TargetStats::view(const QByteArray &provider, const QByteArray &model) const
{
    const auto it = m_entries.constFind(Key(provider, model));
    if (it == m_entries.cend())
        return TargetView();
    Entry &entry = **it;
    const SteadyTime now = m_clock.steady();
    if (!entry.isUpToDate(now)) {
        TargetView view;
        std::vector<microseconds> firstTokens;
        std::vector<double> speeds;
        int failed = 0;
        SteadyTime outOfDate = SteadyTime::max();
        for (const Entry::Sample &sample : entry.samples) {
            if (sample.finished + kWindow <= now)
                continue;
            outOfDate = std::min(outOfDate, sample.finished + kWindow);
            ++view.samples;
            failed += sample.failed;
            if (sample.firstToken)
                firstTokens.push_back(*sample.firstToken);
            if (sample.tokensPerSecond)
                speeds.push_back(*sample.tokensPerSecond);
        }
        if (view.samples > 0)
            view.errorShare = static_cast<double>(failed) / view.samples;
        view.timed = static_cast<int>(firstTokens.size());
        if (!firstTokens.empty()) {
            view.firstTokenP50 = rounded(quantile(firstTokens, 0.5));
            view.firstTokenP95 = rounded(quantile(firstTokens, 0.95));
            view.firstTokenP99 = rounded(quantile(firstTokens, 0.99));
        }
        if (!speeds.empty())
            view.tokensPerSecond = quantile(speeds, 0.5);
        entry.viewed = view;
        entry.viewedAt = now;
        entry.outOfDate = outOfDate;
        entry.unviewed = 0;
    }
    TargetView view = entry.viewed;
    view.inFlight = entry.inFlight;
    return view;
}

std::optional<milliseconds> TargetStats::firstToken(
    const QByteArray &provider, const QByteArray &model, int percentile, int leastTimed) const
{
    const auto it = m_entries.constFind(Key(provider, model));
    if (it == m_entries.cend())
        return std::nullopt;
    const SteadyTime now = m_clock.steady();
    std::vector<microseconds> times;
    for (const Entry::Sample &sample : (*it)->samples) {
        if (sample.firstToken && sample.finished + kWindow > now)
            times.push_back(*sample.firstToken);
    }
    if (times.empty() || times.size() < static_cast<std::size_t>(leastTimed))
        return std::nullopt;
    return rounded(quantile(times, percentile / 100.0));
}

void TargetStats::warm(const std::vector<TargetSample> &samples)
{
    std::vector<const TargetSample *> inOrder;
    inOrder.reserve(samples.size());
    for (const TargetSample &sample : samples)
        inOrder.push_back(&sample);
    std::stable_sort(inOrder.begin(), inOrder.end(), [](const TargetSample *a, const TargetSample *b) {
        return a->finished < b->finished;
    });
    const SteadyTime now = m_clock.steady();
    const WallTime wallNow = m_clock.wall();
    for (const TargetSample *sample : inOrder) {
        const auto age = std::max<microseconds>(wallNow - sample->finished, microseconds(0));
        if (age >= kWindow)
            continue;
        Entry::Sample known;
        known.finished = now - age;
        known.firstToken = sample->firstToken;
        known.tokensPerSecond = sample->tokensPerSecond;
        known.failed = sample->failed;
        entryOf(sample->provider, sample->model)->add(known);
    }
}

} // namespace fairlead::routing

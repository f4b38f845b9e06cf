// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "routing/RoutingTable.h"

#include <QHash>

#include <algorithm>
#include <functional>

namespace fairlead::routing {

/// How a target is doing, for people. A target nobody has anything against is healthy and not in the list.
struct TargetState {
    enum class Lamp {
        Healthy,
        Shaky, ///< failed lately, still in its place
        Resting, ///< has asked to be left alone until then
        Down, ///< failed again and again; not tried before others until then
        Probing, ///< one request is finding out whether it is back
    };
    QByteArray provider;
    QByteArray model;
    Lamp lamp = Lamp::Healthy;
    chat::FailureClass cause = chat::FailureClass::Transient; ///< of its last failure
    QByteArray words; ///< "down since three failures in a row (overloaded)"
    qint64 untilMs = 0; ///< UTC; 0 = not said
};

/// A circuit breaker for each target, and the rests providers have asked for with Retry-After. A target that
/// failed kFailuresToOpen times in a row is not tried in its place for a while, then by one request alone;
/// that one decides. Targets not to be tried come last and are never left out, so that a route with one
/// target still works. What the failures mean is RetryPolicy's rule.
class TargetHealth
{
public:
    explicit TargetHealth(Clock &clock);

    /// The same targets, those not to be tried last; the order is otherwise kept. `rests` says of further
    /// ones that they are not to be tried.
    template<typename Rests>
    [[nodiscard]] std::vector<Target> inOrderOfTrying(std::vector<Target> targets, Rests rests) const;
    [[nodiscard]] bool isResting(const Target &target) const;

    /// A try begins: of a target that was down, it is the probe. Followed by one of the three below.
    void trying(const Target &target);
    void failed(const Target &target, const chat::Failure &failure);
    /// It does answer, if only to refuse: it is not down.
    void answered(const Target &target);
    /// The try was cancelled, or ended by no fault of the target, and says nothing.
    void abandoned(const Target &target);
    /// It gave a whole answer: what was before does not count any more.
    void completed(const Target &target);
    /// Failures of the network were taken for those of targets: all are as good as before, probes aside.
    void forgive();

    [[nodiscard]] std::vector<TargetState> states() const;
    void setChangedCallback(std::function<void()> changed) { m_changed = std::move(changed); }

    static constexpr int kFailuresToOpen = 3;
    /// How long a target that went down is left alone; doubled each time its probe fails. Short enough that
    /// one that is back is found within half a minute.
    static constexpr std::chrono::seconds kFirstOpen{5};
    static constexpr std::chrono::seconds kMostOpen{20};

private:
    struct Entry {
        int inARow = 0; ///< failures
        int opened = 0; ///< in a row
        std::optional<SteadyTime> openUntil; ///< down; half open once it has passed
        std::optional<SteadyTime> restUntil; ///< by Retry-After
        std::optional<SteadyTime> probing; ///< since then
        chat::FailureClass cause = chat::FailureClass::Transient;
    };
    using Key = std::pair<QByteArray, QByteArray>;

    [[nodiscard]] static Key keyOf(const Target &target) { return {target.provider->id, target.model}; }
    [[nodiscard]] bool isResting(const Entry &entry) const;
    [[nodiscard]] TargetState stateOf(const Key &key, const Entry &entry) const;
    [[nodiscard]] Entry *find(const Target &target);
    void changed() const;

    Clock &m_clock;
    QHash<Key, Entry> m_entries; ///< of targets with something against them: mostly none
    std::function<void()> m_changed;
};

template<typename Rests>
std::vector<Target> TargetHealth::inOrderOfTrying(std::vector<Target> targets, Rests rests) const
{
    const auto isFit = [&](const Target &target) { return !isResting(target) && !rests(target); };
    // Partitioning takes a buffer, and mostly everybody is fit.
    if (targets.size() > 1 && !std::all_of(targets.begin(), targets.end(), isFit))
        std::stable_partition(targets.begin(), targets.end(), isFit);
    return targets;
}

} // namespace fairlead::routing

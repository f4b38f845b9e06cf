// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/Experience.h"
#include "routing/RetryPolicy.h"
#include "routing/RoutingTable.h"

#include <functional>
#include <optional>
#include <vector>

namespace fairlead::routing {

using KeysOf = std::function<std::vector<secrets::LoadedKey>(const QByteArray &provider)>;

/// The way of one request through its targets and their keys: where it stands, where it goes after a failure,
/// and what is told when nothing is left. Knows nothing of sending; what a failure means is RetryPolicy's
/// rule.
class Course
{
public:
    struct Bounds {
        int retries = 2; ///< of one target
        int tries = 6; ///< of all
        milliseconds time = std::chrono::minutes(3); ///< no try begins later than this after the first
    };

    Course(
        Experience &experience, Clock &clock, const KeysOf &keysOf,
        const std::shared_ptr<const metering::PriceBook> &prices, std::vector<Target> targets, Bounds bounds);
    Q_DISABLE_COPY_MOVE(Course)

    /// Takes the next thing to try; false if nothing is left.
    [[nodiscard]] bool next();
    [[nodiscard]] const Target &target() const { return m_targets[m_at]; }
    /// Null: the target wants one and there is none.
    [[nodiscard]] const secrets::LoadedKey *key() const
    {
        return m_key < m_keys.size() ? &m_keys[m_key] : nullptr;
    }
    [[nodiscard]] bool hasMoreTargets() const { return m_at + 1 < m_targets.size(); }

    /// What stands here is sent now.
    void trying();
    [[nodiscard]] int tries() const { return m_tries; }
    void served();
    void abandoned();

    enum class Trouble {
        Answered, ///< what the target, or the way to it, said
        Unfit, ///< the target cannot do what is asked, another may
        NotSent, ///< it was not asked, by our own decision
    };
    /// What stands here has failed. How long to wait before next(); nullopt = stop.
    [[nodiscard]] std::optional<milliseconds> failed(const chat::Failure &failure, Trouble trouble);

    /// What the caller is told when nothing has served.
    [[nodiscard]] chat::Failure verdict() const;

    /// How much one request may teach about one target: each lesson costs a try.
    static constexpr int kMostLessons = 3;
    static constexpr int kMostTriesOfOne = 4;

private:
    struct Spent {
        std::size_t target;
        chat::Failure failure;
    };
    enum class Then { Stay, Enter, End };

    void enter();
    void blame(const chat::Failure &failure);
    [[nodiscard]] std::optional<std::size_t> largerThanThis() const;
    [[nodiscard]] std::int64_t contextOf(const Target &target) const;
    [[nodiscard]] std::optional<milliseconds> go(Then then, milliseconds wait);

    Experience &m_experience;
    Clock &m_clock;
    const KeysOf &m_keysOf;
    const std::shared_ptr<const metering::PriceBook> &m_prices;
    Bounds m_bounds;
    SteadyTime m_until;
    std::vector<Target> m_targets;
    std::vector<secrets::LoadedKey> m_keys; ///< of the target it stands at
    std::size_t m_at = 0;
    std::size_t m_key = 0;
    Then m_then = Then::Enter;
    std::size_t m_enterAt = 0;
    int m_tries = 0;
    int m_triesHere = 0;
    int m_retriesHere = 0;
    int m_lessonsHere = 0;
    std::vector<Spent> m_spent;
    bool m_final = false; ///< the last failure would be the same everywhere
};

} // namespace fairlead::routing

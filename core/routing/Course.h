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
    [[nodiscard]] const Target &target() const { return m_targets[m_here.target]; }
    /// Null: the target wants one and there is none.
    [[nodiscard]] const secrets::LoadedKey *key() const
    {
        return m_here.key < m_here.keys.size() ? &m_here.keys[m_here.key] : nullptr;
    }
    [[nodiscard]] bool hasMoreTargets() const { return m_here.target + 1 < m_targets.size(); }

    /// What stands here is sent now.
    void trying();
    [[nodiscard]] int tries() const { return m_tries; }
    void served();
    void abandoned();
    /// When the last try may begin.
    [[nodiscard]] SteadyTime until() const { return m_until; }

    /// Where it stands: a target and one of its keys.
    struct Stand {
        std::size_t target = 0;
        std::vector<secrets::LoadedKey> keys;
        std::size_t key = 0;
        int tries = 0;
        int retries = 0;
        int lessons = 0;
    };

    // Two tries beside each other.
    [[nodiscard]] const Stand &stand() const { return m_here; }
    void standAt(Stand stand) { m_here = std::move(stand); }
    [[nodiscard]] const Target &targetOf(const Stand &stand) const { return m_targets[stand.target]; }
    /// Takes the next target, if there is one in good health that has a key; what stood before goes on.
    [[nodiscard]] bool nextBeside();
    /// The one that stood there has failed, and it does not matter where to go from there.
    void failedBeside(const Stand &stand, const chat::Failure &failure);
    /// The one that stood there has been cancelled, as the other was faster.
    void superseded(const Stand &stand) { m_experience.targets.abandoned(targetOf(stand)); }
    /// What stands here was not even sent.
    void passedOver(const chat::Failure &failure) { m_spent.push_back(Spent{m_here.target, failure}); }

    enum class Trouble {
        Answered, ///< what the target, or the way to it, said
        Wrong, ///< the request is, as we could tell ourselves
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

    void enter(std::size_t target);
    void blame(const Target &target, const secrets::LoadedKey &key, const chat::Failure &failure);
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
    Stand m_here;
    Then m_then = Then::Enter;
    std::size_t m_enterAt = 0;
    int m_tries = 0;
    std::vector<Spent> m_spent;
    bool m_final = false; ///< the last failure would be the same everywhere
};

} // namespace fairlead::routing

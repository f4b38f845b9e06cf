// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/TargetHealth.h"

#include "base/Logging.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::FailureClass;

// A provider that says "tomorrow" is believed for this long, then asked again.
constexpr std::chrono::minutes kLongestRest{10};
// A probe that has not ended by then is one that thinks long: others may try too.
constexpr std::chrono::minutes kLongestProbe{2};
// Callers may name any model.
constexpr qsizetype kMostTargets = 1024;

} // namespace

TargetHealth::TargetHealth(Clock &clock)
    : m_clock(clock)
{ }

TargetHealth::Entry *TargetHealth::find(const Target &target)
{
    if (m_entries.isEmpty())
        return nullptr;
    const auto it = m_entries.find(keyOf(target));
    return it == m_entries.end() ? nullptr : &*it;
}

bool TargetHealth::isResting(const Entry &entry) const
{
    const SteadyTime now = m_clock.steady();
    const bool resting = entry.restUntil && now < *entry.restUntil;
    const bool probed = entry.probing && now < *entry.probing + kLongestProbe;
    return resting || (entry.openUntil && (now < *entry.openUntil || probed));
}

bool TargetHealth::isResting(const Target &target) const
{
    if (m_entries.isEmpty())
        return false;
    const auto it = m_entries.constFind(keyOf(target));
    return it != m_entries.cend() && isResting(*it);
}

void TargetHealth::trying(const Target &target)
{
    Entry *entry = find(target);
    if (!entry || !entry->openUntil || m_clock.steady() < *entry->openUntil)
        return;
    entry->probing = m_clock.steady();
    changed();
}

void TargetHealth::failed(const Target &target, const chat::Failure &failure)
{
    if (m_entries.size() >= kMostTargets)
        m_entries.removeIf([this](const auto &it) { return !isResting(it.value()); });
    Entry &entry = m_entries[keyOf(target)];
    const SteadyTime now = m_clock.steady();
    const bool wasProbe = entry.probing.has_value();
    entry.probing.reset();
    entry.cause = failure.failureClass;
    ++entry.inARow;
    if (failure.retryAfter)
        entry.restUntil = now + std::min<milliseconds>(*failure.retryAfter, kLongestRest);
    // Many at once are one outage: those that were under way when it opened do not open it further.
    const bool isOpen = entry.openUntil && now < *entry.openUntil;
    if (wasProbe || (!isOpen && entry.inARow >= kFailuresToOpen)) {
        const auto open = std::min(kFirstOpen * (1 << std::min(entry.opened, 4)), kMostOpen);
        entry.openUntil = now + open;
        ++entry.opened;
        qCInfo(lcRoute).noquote() << target.provider->id << target.model
                                  << "is down:" << chat::failureClassName(failure.failureClass)
                                  << "- next try in" << open.count() << "s";
    }
    changed();
}

void TargetHealth::answered(const Target &target)
{
    Entry *entry = find(target);
    if (!entry)
        return;
    const bool wasDown = entry->openUntil.has_value();
    entry->probing.reset();
    entry->openUntil.reset();
    entry->restUntil.reset();
    if (!wasDown)
        return;
    qCInfo(lcRoute).noquote() << target.provider->id << target.model << "is back";
    entry->opened = 0;
    entry->inARow = 0;
    changed();
}

void TargetHealth::abandoned(const Target &target)
{
    Entry *entry = find(target);
    if (!entry || !entry->probing)
        return;
    entry->probing.reset();
    changed();
}

void TargetHealth::completed(const Target &target)
{
    if (!m_entries.isEmpty() && m_entries.remove(keyOf(target)) > 0)
        changed();
}

void TargetHealth::forgive()
{
    if (m_entries.isEmpty())
        return;
    m_entries.clear();
    changed();
}

TargetState TargetHealth::stateOf(const Key &key, const Entry &entry) const
{
    using Lamp = TargetState::Lamp;
    TargetState state;
    state.provider = key.first;
    state.model = key.second;
    state.cause = entry.cause;
    const QByteArray cause = " (" + chat::failureClassName(entry.cause).replace('_', ' ') + ')';
    const SteadyTime now = m_clock.steady();
    std::optional<SteadyTime> until;
    if (entry.probing) {
        state.lamp = Lamp::Probing;
        state.words = "one request is finding out whether it is back" + cause;
    } else if (entry.openUntil) {
        state.lamp = Lamp::Down;
        state.words
            = now < *entry.openUntil ? "down" + cause : "down" + cause + ", the next request tries it";
        until = entry.openUntil;
    } else if (entry.restUntil && now < *entry.restUntil) {
        state.lamp = Lamp::Resting;
        state.words = "resting as it asked" + cause;
        until = entry.restUntil;
    } else {
        state.lamp = Lamp::Shaky;
        state.words = "failed lately" + cause;
    }
    if (until && now < *until)
        state.untilMs = toUnixMs(m_clock.wall()) + std::chrono::ceil<milliseconds>(*until - now).count();
    return state;
}

std::vector<TargetState> TargetHealth::states() const
{
    std::vector<TargetState> states;
    for (auto it = m_entries.cbegin(); it != m_entries.cend(); ++it)
        states.push_back(stateOf(it.key(), it.value()));
    std::sort(states.begin(), states.end(), [](const TargetState &a, const TargetState &b) {
        return std::tie(a.provider, a.model) < std::tie(b.provider, b.model);
    });
    return states;
}

void TargetHealth::changed() const
{
    if (m_changed)
        m_changed();
}

} // namespace fairlead::routing

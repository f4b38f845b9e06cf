// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/KeyHealth.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::FailureClass;

// A refusal does not pass by itself, but somebody may top up, or permit, without telling us.
constexpr milliseconds kRefusedRest = std::chrono::minutes(5);
constexpr milliseconds kFirstRateRest = std::chrono::seconds(2);
constexpr milliseconds kMostRateRest = std::chrono::minutes(1);
// A provider that says "tomorrow" is believed for this long, then asked again.
constexpr milliseconds kLongestRest = std::chrono::minutes(10);
constexpr std::size_t kMostRests = 256;

bool isOfOneModel(FailureClass cause)
{
    return cause == FailureClass::RateLimit || cause == FailureClass::Permission;
}

milliseconds restAfter(const chat::Failure &failure, int timesBefore)
{
    if (failure.retryAfter)
        return std::min(*failure.retryAfter, kLongestRest);
    if (failure.failureClass != FailureClass::RateLimit)
        return kRefusedRest;
    return std::min(kFirstRateRest * (1 << std::min(timesBefore, 5)), kMostRateRest);
}

QByteArray inWords(FailureClass cause)
{
    switch (cause) {
    case FailureClass::Quota:
        return QByteArrayLiteral("out of credit");
    case FailureClass::Permission:
        return QByteArrayLiteral("not allowed to use this model");
    case FailureClass::RateLimit:
        return QByteArrayLiteral("rate limited");
    default:
        return QByteArrayLiteral("refused");
    }
}

} // namespace

KeyHealth::KeyHealth(Clock &clock)
    : m_clock(clock)
{ }

const KeyHealth::Rest *
KeyHealth::find(const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key) const
{
    const auto found = std::find_if(m_rests.begin(), m_rests.end(), [&](const Rest &rest) {
        return rest.key.ref == key.ref && rest.provider == provider
               && (rest.model.isEmpty() || rest.model == model) && rest.key.secret.equals(key.secret);
    });
    return found == m_rests.end() ? nullptr : &*found;
}

void KeyHealth::refused(
    const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key,
    const chat::Failure &failure)
{
    forgetOld();
    const QByteArray scope = isOfOneModel(failure.failureClass) ? model : QByteArray();
    auto found = std::find_if(m_rests.begin(), m_rests.end(), [&](const Rest &rest) {
        return rest.key.ref == key.ref && rest.provider == provider && rest.model == scope;
    });
    if (found == m_rests.end()) {
        if (m_rests.size() >= kMostRests)
            m_rests.erase(m_rests.begin());
        found = m_rests.insert(m_rests.end(), Rest());
        found->provider = provider;
        found->model = scope;
    }
    found->key = key;
    found->cause = failure.failureClass;
    found->until = m_clock.steady() + restAfter(failure, found->times);
    ++found->times;
    changed();
}

void KeyHealth::worked(const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key)
{
    if (m_rests.empty())
        return;
    const auto erased = std::erase_if(m_rests, [&](const Rest &rest) {
        return rest.key.ref == key.ref && rest.provider == provider
               && (rest.model.isEmpty() || rest.model == model);
    });
    if (erased > 0)
        changed();
}

bool KeyHealth::isResting(
    const QByteArray &provider, const QByteArray &model, const secrets::LoadedKey &key) const
{
    if (m_rests.empty())
        return false;
    const Rest *rest = find(provider, model, key);
    return rest && m_clock.steady() < rest->until;
}

bool KeyHealth::allRest(
    const QByteArray &provider, const QByteArray &model, const std::vector<secrets::LoadedKey> &keys) const
{
    if (m_rests.empty() || keys.empty())
        return false;
    return std::all_of(
        keys.begin(), keys.end(), [&](const auto &key) { return isResting(provider, model, key); });
}

void KeyHealth::arrange(
    const QByteArray &provider, const QByteArray &model, bool rotate, std::vector<secrets::LoadedKey> &keys)
{
    if (keys.size() < 2)
        return;
    if (rotate) {
        const std::size_t turn = m_turns[provider]++ % keys.size();
        std::rotate(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(turn), keys.end());
    }
    if (!m_rests.empty())
        std::stable_partition(
            keys.begin(), keys.end(), [&](const auto &key) { return !isResting(provider, model, key); });
}

/// How often in a row is remembered for a while after the rest.
void KeyHealth::forgetOld()
{
    const SteadyTime now = m_clock.steady();
    std::erase_if(m_rests, [now](const Rest &rest) { return rest.until + kMostRateRest < now; });
}

std::vector<KeyState> KeyHealth::states() const
{
    std::vector<KeyState> states;
    const SteadyTime now = m_clock.steady();
    const qint64 nowMs = toUnixMs(m_clock.wall());
    for (const Rest &rest : m_rests) {
        if (rest.until <= now)
            continue;
        KeyState state;
        state.provider = rest.provider;
        state.key = rest.key.ref.name;
        state.model = rest.model;
        state.cause = rest.cause;
        state.words = inWords(rest.cause);
        state.untilMs = nowMs + std::chrono::ceil<milliseconds>(rest.until - now).count();
        states.push_back(std::move(state));
    }
    return states;
}

void KeyHealth::changed() const
{
    if (m_changed)
        m_changed();
}

} // namespace fairlead::routing

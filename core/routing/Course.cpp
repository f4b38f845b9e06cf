// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Course.h"

#include "base/Logging.h"

#include <QRandomGenerator>

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::Failure;
using chat::FailureClass;

constexpr qsizetype kMostWordsOfEach = 300;

/// The beginning, without half a character.
QByteArray beginning(const QByteArray &text)
{
    qsizetype end = std::min(text.size(), kMostWordsOfEach);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.left(end);
}

bool rests(const Experience &experience, const KeysOf &keysOf, const Target &target)
{
    return !experience.keys.isEmpty()
           && experience.keys.allRest(target.provider->id, target.model, keysOf(target.provider->id));
}

} // namespace

Course::Course(
    Experience &experience, Clock &clock, const KeysOf &keysOf,
    const std::shared_ptr<const metering::PriceBook> &prices, std::vector<Target> targets, Bounds bounds)
    : m_experience(experience)
    , m_clock(clock)
    , m_keysOf(keysOf)
    , m_prices(prices)
    , m_bounds(bounds)
    , m_until(clock.steady() + bounds.time)
    , m_targets(experience.targets.inOrderOfTrying(
          std::move(targets), [&](const Target &target) { return rests(experience, keysOf, target); }))
{ }

bool Course::next()
{
    if (m_then == Then::End)
        return false;
    if (m_then == Then::Enter) {
        if (m_enterAt >= m_targets.size())
            return false;
        enter(m_enterAt);
    }
    m_then = Then::End;
    return true;
}

void Course::enter(std::size_t at)
{
    Target &target = m_targets[at];
    const providers::ProviderSpec &provider = *target.provider;
    target.limits = m_experience.limits.of(target);
    m_here = Stand();
    m_here.target = at;
    m_here.keys = m_keysOf(provider.id);
    if (m_here.keys.empty() && (!provider.auth.needsKey() || provider.local))
        m_here.keys.emplace_back(); // an empty secret: no key is sent
    m_experience.keys.arrange(provider.id, target.model, provider.rotateKeys, m_here.keys);
}

void Course::trying()
{
    ++m_tries;
    ++m_here.tries;
    m_experience.targets.trying(target());
}

void Course::served()
{
    const Target &here = target();
    m_experience.targets.answered(here);
    m_experience.keys.worked(here.provider->id, here.model, *key());
    if (!here.provider->local)
        m_experience.network.succeeded();
}

void Course::abandoned()
{
    m_experience.targets.abandoned(target());
}

bool Course::nextBeside()
{
    if (m_tries >= m_bounds.tries)
        return false;
    for (std::size_t i = m_here.target + 1; i < m_targets.size(); ++i) {
        const Target &candidate = m_targets[i];
        const providers::ProviderSpec &provider = *candidate.provider;
        const bool hasKey = provider.local || !provider.auth.needsKey() || !m_keysOf(provider.id).empty();
        if (!hasKey || m_experience.targets.isResting(candidate) || rests(m_experience, m_keysOf, candidate))
            continue;
        enter(i);
        return true;
    }
    return false;
}

void Course::failedBeside(const Stand &stand, const Failure &failure)
{
    blame(targetOf(stand), stand.keys[stand.key], failure);
    m_spent.push_back(Spent{stand.target, failure});
}

/// Whom the failure hurts from now on.
void Course::blame(const Target &here, const secrets::LoadedKey &key, const Failure &failure)
{
    switch (blameOf(failure.failureClass)) {
    case Blame::Nobody:
        if (failure.failureClass == FailureClass::Cancelled || failure.failureClass == FailureClass::Internal)
            m_experience.targets.abandoned(here);
        else
            m_experience.targets.answered(here);
        break;
    case Blame::Key:
        m_experience.targets.answered(here);
        m_experience.keys.refused(here.provider->id, here.model, key, failure);
        break;
    case Blame::Target:
        if (m_experience.network.explains(here.provider->id, here.provider->local, failure))
            m_experience.targets.abandoned(here);
        else
            m_experience.targets.failed(here, failure);
        break;
    }
}

std::optional<milliseconds> Course::go(Then then, milliseconds wait)
{
    m_then = then;
    if (then == Then::End)
        return std::nullopt;
    return wait;
}

std::optional<milliseconds> Course::failed(const Failure &failure, Trouble trouble)
{
    Target &here = m_targets[m_here.target];
    if (trouble == Trouble::Answered) {
        const bool mayRepeat = m_here.lessons < kMostLessons && m_tries < m_bounds.tries;
        if (mayRepeat && m_experience.limits.learn(here, failure)) {
            ++m_here.lessons; // the same request without what the model refuses
            here.limits = m_experience.limits.of(here);
            m_experience.targets.answered(here);
            return go(Then::Stay, milliseconds(0));
        }
        blame(here, *key(), failure);
    }
    m_spent.push_back(Spent{m_here.target, failure});

    const bool outOfTries = m_tries >= m_bounds.tries || m_clock.steady() >= m_until;
    const bool outOfTriesHere = outOfTries || m_here.tries >= kMostTriesOfOne;
    Remaining remaining;
    remaining.moreKeys = !outOfTriesHere && m_here.key + 1 < m_here.keys.size();
    remaining.moreTargets = !outOfTries && hasMoreTargets();
    remaining.onlyHere = trouble == Trouble::Unfit || trouble == Trouble::NotSent;
    remaining.retriesHere = outOfTriesHere ? 0 : m_bounds.retries - m_here.retries;
    remaining.retriesMade = m_here.retries;
    if (trouble == Trouble::NotSent) { // not asked, so nothing to wait for
        remaining.moreKeys = remaining.moreKeys && failure.failureClass == FailureClass::Credential;
        remaining.retriesHere = 0;
    }

    const Decision decision = decide(failure, remaining, QRandomGenerator::global()->generateDouble());
    switch (decision.action) {
    case Decision::Action::Stop:
        m_final = blameOf(failure.failureClass) == Blame::Nobody
                  && failure.failureClass != FailureClass::ContextLength && !remaining.onlyHere;
        return go(Then::End, milliseconds(0));
    case Decision::Action::NextKey:
        ++m_here.key;
        return go(Then::Stay, milliseconds(0));
    case Decision::Action::NextTarget:
        m_enterAt = m_here.target + 1;
        return go(Then::Enter, milliseconds(0));
    case Decision::Action::LargerTarget:
        m_enterAt = largerThanThis().value_or(m_targets.size());
        return go(m_enterAt < m_targets.size() ? Then::Enter : Then::End, milliseconds(0));
    case Decision::Action::RetryHere:
        ++m_here.retries;
        return go(m_clock.steady() + decision.wait < m_until ? Then::Stay : Then::End, decision.wait);
    }
    Q_UNREACHABLE();
}

std::int64_t Course::contextOf(const Target &target) const
{
    const auto *facts = m_prices ? m_prices->facts(target.provider->priceProvider, target.model) : nullptr;
    return facts ? facts->contextTokens : 0;
}

/// The next target whose context is larger, or not known.
std::optional<std::size_t> Course::largerThanThis() const
{
    const std::int64_t here = contextOf(target());
    for (std::size_t i = m_here.target + 1; i < m_targets.size(); ++i) {
        const std::int64_t there = contextOf(m_targets[i]);
        const bool known = here > 0 && there > 0;
        if (known ? there > here : m_targets[i].model != target().model)
            return i;
    }
    return std::nullopt;
}

/// Of several failures the one that says most of what the caller can do: what passes with time comes first,
/// then the first target's own.
Failure Course::verdict() const
{
    if (m_spent.empty())
        return Failure(FailureClass::Internal, 0, "No target was tried.");
    const bool oneTarget = m_spent.front().target == m_spent.back().target;
    Failure told = m_spent.back().failure;
    if (m_final)
        return told;

    bool passes = passesWithTime(told.failureClass);
    std::optional<milliseconds> earliest;
    for (const Spent &spent : m_spent) {
        const Failure &failure = spent.failure;
        if (!passesWithTime(failure.failureClass))
            continue;
        if (failure.retryAfter && (!earliest || *failure.retryAfter < *earliest))
            earliest = failure.retryAfter;
    }
    if (!oneTarget) {
        const auto best = std::find_if(m_spent.begin(), m_spent.end(), [](const Spent &spent) {
            return passesWithTime(spent.failure.failureClass);
        });
        told = best == m_spent.end() ? m_spent.front().failure : best->failure;
        passes = best != m_spent.end();
        told.retryAfter = earliest;
        told.shouldRetry.reset();
        QByteArray words;
        int targets = 0;
        for (std::size_t i = 0; i < m_spent.size(); ++i) {
            if (i + 1 < m_spent.size() && m_spent[i + 1].target == m_spent[i].target)
                continue; // its last word counts
            const Target &target = m_targets[m_spent[i].target];
            words += ' ' + target.provider->id + '/' + target.model + ": "
                     + beginning(m_spent[i].failure.message);
            ++targets;
        }
        told.message = "None of " + QByteArray::number(targets) + " targets could answer." + words;
    }
    if (passes && !told.shouldRetry)
        told.shouldRetry = true;
    return told;
}

} // namespace fairlead::routing

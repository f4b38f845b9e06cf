// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill/Verdict.h"

#include "providers/DemoScript.h"

#include <algorithm>

namespace fairlead::drill {

namespace {

using Grade = Verdict::Grade;
using metering::LedgerRecord;

QByteArray seconds(milliseconds time)
{
    return QByteArray::number(static_cast<double>(time.count()) / 1000, 'f', 1) + " s";
}

/// What nobody may do, whatever else happens; empty if all is well.
QByteArray brokenPromise(const Scenario &scenario, const Evidence &evidence)
{
    for (const Call &call : evidence.calls) {
        const Reading &reading = call.reading;
        if (call.hung)
            return "hangs: no end within " + seconds(scenario.longest);
        if (reading.error.isEmpty() && !call.isWhole() && !scenario.wantsError)
            return "a stump of " + QByteArray::number(reading.text.size()) + " bytes shown as an answer";
        if (!providers::demoSixtyWords().startsWith(reading.text))
            return "text that no provider said";
        if (reading.speaksOn)
            return "something after the end of the answer";
        if (reading.changesIdentity)
            return "an answer that changes its id or model";
    }
    const auto posts = evidence.asked.size();
    std::size_t booked = 0;
    for (const LedgerRecord &row : evidence.ledger)
        booked += row.attempts.size();
    if (posts != booked)
        return QByteArray::number(static_cast<qulonglong>(posts)) + " requests sent, "
               + QByteArray::number(static_cast<qulonglong>(booked)) + " in the ledger";
    if (!evidence.aliveAfter)
        return "the next request fails";
    return {};
}

QByteArray tooManyTries(const Scenario &scenario, const std::vector<Evidence::Asked> &tries)
{
    const auto count = static_cast<int>(tries.size());
    if (!scenario.sequence && count > scenario.mostAtPrimary)
        return QByteArray::number(count) + " tries at the provider that fails";
    if (scenario.burst && count > 0) {
        const auto inBurst = std::count_if(tries.begin(), tries.end(), [&](const auto &asked) {
            return asked.after - tries.front().after < scenario.burst->window;
        });
        if (inBurst > scenario.burst->most)
            return QByteArray::number(static_cast<qlonglong>(inBurst)) + " tries within "
                   + seconds(scenario.burst->window);
    }
    return {};
}

/// A provider that is down must not be felt, and be asked again soon after.
QByteArray missedInSequence(const Scenario &scenario, const std::vector<Evidence::Asked> &tries)
{
    const Scenario::Sequence &sequence = *scenario.sequence;
    const auto back
        = std::find_if(tries.begin(), tries.end(), [](const auto &asked) { return !asked.refused; });
    if (back == tries.end())
        return "the provider was never asked again";
    const milliseconds late = back->after - sequence.down;
    if (late > sequence.backWithin)
        return "asked again only " + seconds(late) + " after its recovery";
    return {};
}

/// What would have been better; empty if nothing.
QByteArray shortcoming(const Scenario &scenario, const Evidence &evidence)
{
    const std::vector<Evidence::Asked> tries = evidence.askedFor(scenario.primary);
    const Call &call = evidence.calls.back();
    if (static_cast<int>(tries.size()) < scenario.leastAtPrimary)
        return "went elsewhere without a second try";
    if (scenario.firstGap > milliseconds(0) && tries.size() > 1
        && tries[1].after - tries[0].after < scenario.firstGap)
        return "came back after " + seconds(tries[1].after - tries[0].after);
    if (scenario.within && call.took > *scenario.within)
        return "took " + seconds(call.took);
    if (!scenario.wantsError && !call.reading.usage)
        return "no usage";
    if (call.reading.garbage > 0)
        return "an event that is no JSON reached the caller";
    if (scenario.wantsFallbackNamed && call.reading.model != scenario.fallback)
        return "names " + call.reading.model;
    if (scenario.sequence)
        return missedInSequence(scenario, tries);
    return {};
}

QByteArray howItWent(const Scenario &scenario, const Evidence &evidence)
{
    for (const LedgerRecord &row : evidence.ledger) {
        if (row.attempts.size() > 1)
            return "answered by " + row.provider + '/' + row.model;
    }
    return scenario.wantsError ? "told as it is" : "answered";
}

} // namespace

bool Call::isWhole() const
{
    return reading.error.isEmpty() && reading.text == providers::demoSixtyWords()
           && !reading.finishReason.isEmpty();
}

std::vector<Evidence::Asked> Evidence::askedFor(const QByteArray &model) const
{
    std::vector<Asked> found;
    std::copy_if(asked.begin(), asked.end(), std::back_inserter(found), [&](const Asked &one) {
        return one.model == model;
    });
    return found;
}

QByteArray gradeName(Grade grade)
{
    switch (grade) {
    case Grade::Pass:
        return "pass";
    case Grade::Partial:
        return "partial";
    case Grade::Safe:
        return "safe";
    case Grade::Fail:
        return "fail";
    }
    Q_UNREACHABLE();
}

Verdict judge(const Scenario &scenario, const Evidence &evidence)
{
    const QByteArray broken = brokenPromise(scenario, evidence);
    if (!broken.isEmpty())
        return {Grade::Fail, broken};
    const QByteArray tooMany = tooManyTries(scenario, evidence.askedFor(scenario.primary));
    if (!tooMany.isEmpty())
        return {Grade::Fail, tooMany};
    for (const Call &call : evidence.calls) {
        const bool isError = !call.reading.error.isEmpty();
        if (isError && !scenario.wantsError)
            return {Grade::Safe, call.reading.error};
        if (!isError && scenario.wantsError)
            return {Grade::Partial, "answered all the same"};
    }
    const QByteArray missing = shortcoming(scenario, evidence);
    if (!missing.isEmpty())
        return {Grade::Partial, missing};
    return {Grade::Pass, howItWent(scenario, evidence)};
}

} // namespace fairlead::drill

// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/LedgerSamples.h"

#include "routing/RetryPolicy.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

using metering::AttemptRecord;
using metering::LedgerRecord;
using metering::Micros;

bool isTargetsFault(const QByteArray &failureClass)
{
    using chat::FailureClass;
    for (int i = 0; i <= static_cast<int>(FailureClass::Internal); ++i) {
        const auto candidate = static_cast<FailureClass>(i);
        if (chat::failureClassName(candidate) == failureClass)
            return blameOf(candidate) == Blame::Target;
    }
    return false;
}

/// Since the attempt began.
std::optional<Micros> firstTokenOf(const LedgerRecord &record, const AttemptRecord &attempt)
{
    if (!record.streamed)
        return std::nullopt;
    std::optional<Micros> first = record.firstText;
    if (record.firstReasoning && (!first || *record.firstReasoning < *first))
        first = record.firstReasoning;
    if (!first || *first < attempt.startedAfter.value_or(Micros(0)))
        return std::nullopt;
    return *first - attempt.startedAfter.value_or(Micros(0));
}

std::optional<TargetSample> sampleOf(const LedgerRecord &record, const AttemptRecord &attempt)
{
    const bool served = attempt.failureClass.isEmpty();
    if (served ? record.status != LedgerRecord::Status::Ok : !isTargetsFault(attempt.failureClass))
        return std::nullopt;
    TargetSample sample;
    sample.provider = attempt.provider;
    sample.model = attempt.model;
    sample.finished = WallTime(std::chrono::milliseconds(record.startedMs))
                      + attempt.startedAfter.value_or(Micros(0)) + attempt.total.value_or(Micros(0));
    sample.failed = !served;
    if (served) {
        sample.firstToken = firstTokenOf(record, attempt);
        sample.tokensPerSecond = record.tokensPerSecond();
    }
    return sample;
}

} // namespace

std::vector<TargetSample> samplesOf(const std::vector<LedgerRecord> &records)
{
    std::vector<TargetSample> samples;
    for (const LedgerRecord &record : records) {
        for (const AttemptRecord &attempt : record.attempts) {
            if (auto sample = sampleOf(record, attempt))
                samples.push_back(std::move(*sample));
        }
    }
    return samples;
}

} // namespace fairlead::routing

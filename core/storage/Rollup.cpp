// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Rollup.h"

#include <tuple>

namespace fairlead::storage {

using chat::TokenKind;
using metering::LedgerRecord;

RollupKey RollupKey::of(const LedgerRecord &record)
{
    const bool served = !record.provider.isEmpty();
    return RollupKey{record.provider, served ? record.model : record.modelAsked, record.app, record.origin};
}

bool RollupKey::operator<(const RollupKey &other) const
{
    return std::tie(provider, model, app, origin)
           < std::tie(other.provider, other.model, other.app, other.origin);
}

void Rollup::add(const LedgerRecord &record)
{
    using Status = LedgerRecord::Status;
    // A shadow, a lost hedge and the broken part of a rescued answer cost money, but nobody asked for them.
    const bool request = record.role == LedgerRecord::Role::Request;
    const bool failed = record.status == Status::Failed || record.status == Status::Incomplete;
    const auto cost = record.bookedCost();
    sums[Requests] += request ? 1 : 0;
    sums[Failed] += request && failed ? 1 : 0;
    // What nobody served costs nothing we could price; what somebody served at an unknown price must be told.
    sums[Unpriced] += !cost && !record.provider.isEmpty() ? 1 : 0;
    sums[CostNano] += cost.value_or(NanoUsd()).nano();
    sums[Input] += record.usage.totalInput();
    sums[CacheRead] += record.usage.valueOrZero(TokenKind::CacheRead);
    sums[Output] += record.usage.totalOutput();
    sums[Reasoning] += record.usage.valueOrZero(TokenKind::Reasoning);
    if (!request)
        return;
    if (record.firstText)
        firstText.add(record.firstText->count());
    if (record.total && record.status == Status::Ok)
        total.add(record.total->count());
}

void Rollup::merge(const Rollup &other)
{
    for (std::size_t i = 0; i < sums.size(); ++i)
        sums[i] += other.sums[i];
    firstText.merge(other.firstText);
    total.merge(other.total);
}

qint64 floorTo(qint64 ms, qint64 width)
{
    const qint64 rest = ms % width;
    return ms - (rest < 0 ? rest + width : rest);
}

} // namespace fairlead::storage

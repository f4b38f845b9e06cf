// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/LedgerRecord.h"

#include <algorithm>

namespace fairlead::metering {

std::optional<NanoUsd> LedgerRecord::bookedCost() const
{
    return usage.reportedCost ? usage.reportedCost : cost;
}

std::optional<double> LedgerRecord::tokensPerSecond() const
{
    // A whole answer arrives at once: its tokens have no rate that could be seen from here.
    if (!streamed || !total || !(firstText || firstReasoning))
        return std::nullopt;
    if (!usage.get(chat::TokenKind::Output) && !usage.get(chat::TokenKind::Reasoning))
        return std::nullopt;
    const Micros first = std::min(firstText.value_or(Micros::max()), firstReasoning.value_or(Micros::max()));
    const Micros span = *total - first;
    const std::int64_t tokens = usage.totalOutput();
    // Below a millisecond, or with one token, the figure says more about our buffers than about the model.
    if (span < std::chrono::milliseconds(1) || tokens < 2)
        return std::nullopt;
    return static_cast<double>(tokens) / std::chrono::duration<double>(span).count();
}

QByteArray statusName(LedgerRecord::Status status)
{
    switch (status) {
    case LedgerRecord::Status::Ok:
        return QByteArrayLiteral("ok");
    case LedgerRecord::Status::Failed:
        return QByteArrayLiteral("failed");
    case LedgerRecord::Status::Cancelled:
        return QByteArrayLiteral("cancelled");
    case LedgerRecord::Status::Incomplete:
        return QByteArrayLiteral("incomplete");
    }
    Q_UNREACHABLE();
}

QByteArray kindName(LedgerRecord::Kind kind)
{
    switch (kind) {
    case LedgerRecord::Kind::Chat:
        return QByteArrayLiteral("chat");
    case LedgerRecord::Kind::Embeddings:
        return QByteArrayLiteral("embeddings");
    case LedgerRecord::Kind::TokenCount:
        return QByteArrayLiteral("token_count");
    case LedgerRecord::Kind::Images:
        return QByteArrayLiteral("images");
    case LedgerRecord::Kind::Audio:
        return QByteArrayLiteral("audio");
    case LedgerRecord::Kind::Moderation:
        return QByteArrayLiteral("moderation");
    case LedgerRecord::Kind::Rerank:
        return QByteArrayLiteral("rerank");
    }
    Q_UNREACHABLE();
}

QByteArray roleName(LedgerRecord::Role role)
{
    switch (role) {
    case LedgerRecord::Role::Request:
        return QByteArrayLiteral("request");
    case LedgerRecord::Role::Hedge:
        return QByteArrayLiteral("hedge");
    case LedgerRecord::Role::Shadow:
        return QByteArrayLiteral("shadow");
    case LedgerRecord::Role::Broken:
        return QByteArrayLiteral("broken");
    }
    Q_UNREACHABLE();
}

std::optional<LedgerRecord::Status> statusByName(QByteArrayView name)
{
    using Status = LedgerRecord::Status;
    for (const Status status : {Status::Ok, Status::Failed, Status::Cancelled, Status::Incomplete}) {
        if (statusName(status) == name)
            return status;
    }
    return std::nullopt;
}

} // namespace fairlead::metering

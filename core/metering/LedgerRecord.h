// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"
#include "chat/ChatEvent.h"
#include "chat/Usage.h"

#include <QByteArray>
#include <QMetaType>

#include <chrono>
#include <optional>
#include <vector>

namespace fairlead::metering {

using Micros = std::chrono::microseconds;

/// One try at one target. Times count from the start of the attempt; nullopt = did not happen.
struct AttemptRecord {
    QByteArray provider;
    QByteArray model;
    QByteArray keyName; ///< name of the key used, never the key
    std::optional<Micros> startedAfter; ///< since the request arrived
    std::optional<Micros> connect; ///< resolve + TCP + TLS; nullopt on a reused connection
    std::optional<Micros> firstByte;
    std::optional<Micros> total;
    int httpStatus = 0;
    QByteArray failureClass; ///< chat::failureClassName, empty if it served
    QByteArray message;
};

/// One place the request could have gone, and why it did or did not.
struct Candidate {
    QByteArray provider;
    QByteArray model;
    bool taken = false; ///< among those to try; else passed over
    QByteArray reason;
    bool operator==(const Candidate &) const = default;
};

/// Everything the ledger keeps of one request. Values only.
struct LedgerRecord {
    enum class Status { Ok, Failed, Cancelled, Incomplete };
    /// What the row is for: a request of somebody's, or an upstream answer besides it that cost money too.
    /// The numbers are in the database: add at the end.
    enum class Role { Request, Hedge, Shadow, Broken };
    /// What was asked for. The numbers are in the database: add at the end.
    enum class Kind { Chat, Embeddings, TokenCount, Images, Audio, Moderation, Rerank };

    QByteArray id; ///< request id, "req_..."
    QByteArray parent; ///< the request this row belongs to; empty for a request itself
    Role role = Role::Request;
    Kind kind = Kind::Chat;
    qint64 startedMs = 0; ///< UTC, Unix milliseconds
    QByteArray origin; ///< "proxy", "compare", "cli"
    QByteArray app; ///< name of the app (token) that asked
    QByteArray dialect; ///< inbound wire name
    QByteArray modelAsked;
    QByteArray provider; ///< who served; empty if nobody did
    QByteArray model; ///< what served, as the provider names it
    bool streamed = false;

    Status status = Status::Ok;
    int httpStatus = 0; ///< what the client got
    QByteArray failureClass;
    QByteArray message;
    QByteArray finishReason;

    // since the request's last byte arrived
    std::optional<Micros> queue; ///< until the first attempt began
    std::optional<Micros> connect; ///< of the serving attempt
    std::optional<Micros> firstByte; ///< first byte of the serving answer
    std::optional<Micros> firstReasoning;
    std::optional<Micros> firstText; ///< first visible token
    std::optional<Micros> total;

    chat::Usage usage;
    std::optional<NanoUsd> cost; ///< ours; nullopt = unknown
    QByteArray priceRow;
    QByteArray priceSource;
    QByteArray losses; ///< the x-fairlead-losses text

    QByteArray route; ///< the route that was followed; empty = a model named directly
    QByteArray
        rescue; ///< how a broken answer went on: "restart", "prefill", "hold"; empty = it did not break
    std::vector<Candidate> candidates; ///< in the order of the route; empty = there was no choice

    std::vector<AttemptRecord> attempts;

    /// What the request is booked at: the provider's own figure where it gives one, else ours; nullopt =
    /// unknown.
    [[nodiscard]] std::optional<NanoUsd> bookedCost() const;

    /// Visible + reasoning output tokens per second between the first token and the end; nullopt if not
    /// measurable.
    [[nodiscard]] std::optional<double> tokensPerSecond() const;
};

/// Stable names for JSON, CSV and the database: "ok", "failed", "cancelled", "incomplete".
[[nodiscard]] QByteArray statusName(LedgerRecord::Status status);
[[nodiscard]] std::optional<LedgerRecord::Status> statusByName(QByteArrayView name);
/// Likewise: "chat", "embeddings", "token_count", "images", "audio", "moderation", "rerank".
[[nodiscard]] QByteArray kindName(LedgerRecord::Kind kind);

/// Likewise: "request", "hedge", "shadow", "broken".
[[nodiscard]] QByteArray roleName(LedgerRecord::Role role);

/// Where finished requests go. append() never blocks and never fails from the caller's view.
class LedgerSink
{
public:
    LedgerSink() = default;
    virtual ~LedgerSink() = default;
    Q_DISABLE_COPY_MOVE(LedgerSink)
    virtual void append(LedgerRecord record) = 0;
};

} // namespace fairlead::metering

Q_DECLARE_METATYPE(fairlead::metering::LedgerRecord)

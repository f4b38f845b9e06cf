// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Told.h"
#include "providers/ProviderClient.h"
#include "wire/Codec.h"

#include <memory>

namespace fairlead::gateway {

/// Turns the pieces of an answer into what goes to the caller's socket.
class AnswerWriter
{
public:
    AnswerWriter() = default;
    virtual ~AnswerWriter() = default;
    Q_DISABLE_COPY_MOVE(AnswerWriter)

    /// Takes the piece over; its bytes for the caller, possibly none. The last piece includes the dialect's
    /// ending.
    [[nodiscard]] virtual QByteArray take(providers::Piece piece) = 0;
    /// The answer goes on from elsewhere: what follows is encoded anew, behind what was told. `fresh` writes
    /// the caller's dialect from its beginning, for a writer whose own encoder has told nothing so far;
    /// `note` is for a comment where the dialect has those. False if it cannot be done.
    [[nodiscard]] virtual bool
    goOn(std::unique_ptr<wire::StreamEncoder> fresh, const Told &told, const QByteArray &note)
        = 0;
    /// What keeps a silent stream alive, or nothing where it would fall into the middle of an event.
    [[nodiscard]] virtual QByteArray keepAlive() const = 0;
};

/// Same dialect on both sides: the provider's bytes untouched, event by event. If the stream is cut, the
/// dialect's own error takes the place of what was not whole, so that a stump is never taken for an answer.
/// `mayGoOn`: only whole events are told, even where a broken stream is cut.
[[nodiscard]] std::unique_ptr<AnswerWriter> makePassThroughWriter(
    std::unique_ptr<wire::StreamEncoder> encoder, bool removeUsageChunk, bool mayGoOn = false);

/// Different dialects: every event is encoded anew. What has no place there is added to `losses`, which
/// outlives the writer.
[[nodiscard]] std::unique_ptr<AnswerWriter> makeTranslatingWriter(
    std::unique_ptr<wire::StreamEncoder> encoder, const wire::AnswerScope &scope, wire::Losses &losses);

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "metering/LedgerRecord.h"
#include "metering/PriceBook.h"

#include <memory>

namespace fairlead::metering {

/// Watches one request from arrival to end and makes its LedgerRecord. A tap: it cannot alter, delay or fail
/// the stream. All methods are cheap and never throw; call order: begin -> (attemptStarted -> attemptFailed)*
/// -> attemptStarted -> serving -> observe* -> end.
class UsageMeter
{
public:
    UsageMeter(Clock &clock, std::shared_ptr<const PriceBook> prices);

    /// `received`: when the request's last byte arrived.
    void begin(
        QByteArray id, QByteArray origin, QByteArray app, QByteArray dialect, QByteArray modelAsked,
        bool streamed, SteadyTime received);
    /// Bytes of prompt text the request carries; only used to estimate the input of a stream that was cut
    /// before the provider said. Without it such a stream's input, and so its cost, stays unknown.
    void setPromptBytes(qint64 bytes) { m_promptBytes = bytes; }
    /// What is asked for, where it is no chat.
    void setKind(LedgerRecord::Kind kind) { m_record.kind = kind; }
    /// The route that is followed, with every place it could have led to.
    void setRoute(QByteArray route, std::vector<Candidate> candidates);
    /// The answer is not the request's own, but costs money besides it.
    void setRole(LedgerRecord::Role role, QByteArray parent);
    /// `priceProvider`: the provider's id in the price book, where it differs.
    void
    attemptStarted(QByteArray provider, QByteArray model, QByteArray keyName, QByteArray priceProvider = {});
    void attemptFailed(const chat::Failure &failure);
    /// The current attempt answers: what its connection cost and its status.
    void serving(std::optional<Micros> connect, std::optional<Micros> firstByte, int httpStatus);
    void observe(const chat::ChatEvent &event);
    void setLosses(QByteArray header);

    // Attempts beside each other: the latest one started is the current one, unless goBackTo() says another.
    [[nodiscard]] std::size_t latestAttempt() const { return m_record.attempts.size() - 1; }
    void goBackTo(std::size_t attempt, QByteArray priceProvider);
    /// One of them has failed, whichever is the current one.
    void attemptFailedBeside(std::size_t attempt, const chat::Failure &failure);
    /// It was slower than the other and has been cancelled: the row of what it cost. Its provider has read
    /// the prompt, so that is what is booked, as an estimate.
    [[nodiscard]] LedgerRecord lostRace(std::size_t attempt, QByteArray id, const QByteArray &priceProvider);
    /// What a provider takes for reading the prompt, about; nullopt = not known.
    [[nodiscard]] std::optional<NanoUsd>
    promptCost(const QByteArray &priceProvider, const QByteArray &model) const;
    /// The answer broke off and somebody else is asked to go on: its own row, with what it cost, as `id`. The
    /// rest of the record goes on without its usage.
    [[nodiscard]] LedgerRecord brokeOff(QByteArray id, const chat::Failure &failure);
    void setRescue(QByteArray rescue) { m_record.rescue = std::move(rescue); }

    /// Books the end. `clientStatus`: what the client was told (499 when it left). Usage missing because the
    /// stream was cut or cancelled is estimated from the text seen and marked so; usage a whole answer simply
    /// did not give stays unknown.
    [[nodiscard]] LedgerRecord
    end(LedgerRecord::Status status, int clientStatus, const chat::Failure *failure = nullptr);

    /// Cost of what is known so far, for headers of whole answers and live views.
    [[nodiscard]] Cost cost() const;
    [[nodiscard]] const LedgerRecord &record() const { return m_record; }

private:
    [[nodiscard]] Micros sinceReceived() const;
    [[nodiscard]] Micros sinceAttempt() const;
    void sawVisible(qsizetype bytes);
    void sawReasoning(qsizetype bytes);
    void estimateMissing();
    [[nodiscard]] Micros since(const AttemptRecord &attempt) const;
    [[nodiscard]] chat::Usage promptUsage() const;
    void price();
    [[nodiscard]] Cost computeCost() const;

    Clock &m_clock;
    std::shared_ptr<const PriceBook> m_prices;
    LedgerRecord m_record;
    QByteArray m_modelTargeted;
    QByteArray m_priceProvider;
    mutable std::optional<Cost> m_cost; ///< of what is known, until more is
    std::optional<chat::Failure> m_streamFailure;
    SteadyTime m_received;
    SteadyTime m_attemptStarted;
    WallTime m_startedWall;
    std::size_t m_current = 0; ///< of the attempts
    bool m_attemptOpen = false;
    qint64 m_promptBytes = 0;
    qint64 m_visibleBytes = 0;
    qint64 m_reasoningBytes = 0;
};

} // namespace fairlead::metering

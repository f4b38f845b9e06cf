// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/OnwardCalls.h"
#include "gateway/Told.h"
#include "metering/LedgerRecord.h"

#include <optional>
#include <vector>

namespace fairlead::gateway {

/// Mends an answer that breaks after its first byte: knows what was told, whom to ask next, and what of the
/// next answer goes on to the caller. Decisions only; the Conversation does the asking.
class Recovery
{
public:
    /// How often one answer may be taken up again.
    static constexpr int kMostRescues = 3;

    /// `calls` outlives it.
    Recovery(const routing::RoutePlan &plan, routing::CallSource &calls);

    /// The route wants answers told only when they are whole.
    [[nodiscard]] bool wantsToHold() const { return m_wantsToHold; }
    /// Nothing is told while this holds.
    void setHolding(bool holding) { m_holds = holding; }
    [[nodiscard]] bool isHolding() const { return m_holds; }
    /// What breaks from now on stays broken: what was told is not known.
    void giveUp() { m_rescues = kMostRescues; }

    /// Whether an answer of `serving` that fails so can be taken up again.
    [[nodiscard]] bool mayRescue(
        const chat::Failure &failure, const routing::Serving &serving,
        const std::vector<metering::AttemptRecord> &attempts);
    /// Whom to ask next: those of the plan nobody has asked yet, else the same one again. Empty: nobody.
    [[nodiscard]] routing::RoutePlan planAfter(const std::vector<metering::AttemptRecord> &attempts) const;
    [[nodiscard]] routing::CallSource &calls() { return m_calls; }
    [[nodiscard]] const Told &told() const { return m_told; }

    /// An answer goes on: `continued` behind what was told, else from its beginning.
    void begin(bool continued);

    enum class Verdict {
        Tell, ///< what is left of the piece
        Wait, ///< nothing of it is new
        Differs, ///< it is another answer
    };
    /// Keeps what is told, and takes from the pieces of a restarted answer what was told already.
    [[nodiscard]] Verdict review(providers::Piece &piece, bool passesThrough);
    /// "restart", "prefill", "hold": how it was mended; empty if it was not.
    [[nodiscard]] const QByteArray &rescue() const { return m_rescue; }
    [[nodiscard]] int rescues() const { return m_rescues; }

private:
    [[nodiscard]] bool matches(QByteArray &text);
    [[nodiscard]] bool isTold() const { return m_matched >= m_expected.size(); }
    [[nodiscard]] Verdict reviewOnward(providers::Piece &piece);
    void noteLatest();

    routing::RoutePlan m_plan;
    routing::CallSource &m_calls;
    Told m_told;
    QByteArray m_rescue;
    std::vector<wire::ChatEvent> m_latest; ///< given on, and told by the time anybody asks again
    QByteArray m_expected; ///< what a restarted answer must begin with
    qsizetype m_matched = 0; ///< of that
    int m_rescues = 0;
    const bool m_wantsToHold;
    bool m_holds = false;
    bool m_onward = false; ///< what comes is not the first answer
    bool m_resumed = false; ///< and some of it has been told
};

} // namespace fairlead::gateway

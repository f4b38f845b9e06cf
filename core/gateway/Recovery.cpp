// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Recovery.h"

#include <algorithm>
#include <utility>

namespace fairlead::gateway {

using chat::ChatEvent;
using chat::FailureClass;
using providers::Piece;

namespace {

/// Faults of the provider or the way to it. Never what the caller or the provider's policy has decided.
bool isBreak(FailureClass failureClass)
{
    switch (failureClass) {
    case FailureClass::Connection:
    case FailureClass::Protocol:
    case FailureClass::TimedOut:
    case FailureClass::Transient:
    case FailureClass::Overloaded:
        return true;
    case FailureClass::Credential:
    case FailureClass::Permission:
    case FailureClass::Quota:
    case FailureClass::RateLimit:
    case FailureClass::CallerFault:
    case FailureClass::ContextLength:
    case FailureClass::ContentPolicy:
    case FailureClass::ModelMissing:
    case FailureClass::Cancelled:
    case FailureClass::Internal:
        return false;
    }
    Q_UNREACHABLE();
}

bool wasAsked(const routing::Target &target, const std::vector<metering::AttemptRecord> &attempts)
{
    return std::any_of(attempts.begin(), attempts.end(), [&](const metering::AttemptRecord &attempt) {
        return attempt.provider == target.provider->id && attempt.model == target.model;
    });
}

} // namespace

Recovery::Recovery(const routing::RoutePlan &plan, routing::CallSource &calls)
    : m_plan(plan)
    , m_calls(calls)
    , m_wantsToHold(config::recoveryOf(plan.route) == config::Recovery::Hold)
{ }

bool Recovery::mayRescue(
    const chat::Failure &failure, const routing::Serving &serving,
    const std::vector<metering::AttemptRecord> &attempts)
{
    if (!isBreak(failure.failureClass) || m_rescues >= kMostRescues || planAfter(attempts).targets.empty())
        return false;
    if (m_holds)
        return true;
    noteLatest();
    const wire::Wire *wire = wire::findWire(serving.target.provider->wire);
    m_told.read(*wire->upstream, serving.target.provider->quirks);
    return m_told.canGoOn();
}

routing::RoutePlan Recovery::planAfter(const std::vector<metering::AttemptRecord> &attempts) const
{
    routing::RoutePlan plan = m_plan;
    plan.targets.clear();
    std::copy_if(
        m_plan.targets.begin(), m_plan.targets.end(), std::back_inserter(plan.targets),
        [&](const routing::Target &target) { return !wasAsked(target, attempts); });
    if (plan.targets.empty() && m_rescues == 0 && !attempts.empty()) {
        std::copy_if(
            m_plan.targets.begin(), m_plan.targets.end(), std::back_inserter(plan.targets),
            [&](const routing::Target &target) { return wasAsked(target, {attempts.back()}); });
    }
    return plan;
}

void Recovery::begin(bool continued)
{
    ++m_rescues;
    m_matched = 0;
    m_resumed = false;
    if (m_holds) {
        m_rescue = "hold";
        return;
    }
    m_onward = true;
    m_rescue = continued ? "prefill" : "restart";
    m_expected = continued ? QByteArray() : m_told.text();
}

Recovery::Verdict Recovery::review(Piece &piece, bool passesThrough)
{
    if (m_holds)
        return Verdict::Tell;
    if (m_onward)
        return reviewOnward(piece);
    if (passesThrough) {
        m_told.pass(piece.bytes);
    } else {
        for (const ChatEvent &event : piece.events)
            m_told.add(event);
    }
    return Verdict::Tell;
}

/// Takes from `text` what was told; false if it is not the same.
bool Recovery::matches(QByteArray &text)
{
    const qsizetype length = std::min(text.size(), m_expected.size() - m_matched);
    if (QByteArrayView(m_expected).sliced(m_matched, length) != QByteArrayView(text).first(length))
        return false;
    m_matched += length;
    text.remove(0, length);
    return true;
}

void Recovery::noteLatest()
{
    for (const ChatEvent &event : std::exchange(m_latest, {}))
        m_told.add(event);
}

Recovery::Verdict Recovery::reviewOnward(Piece &piece)
{
    noteLatest();
    // Thoughts were told with the first answer, if at all.
    const bool hasSpoken = !m_told.text().isEmpty();
    std::vector<ChatEvent> fresh;
    for (ChatEvent &event : piece.events) {
        const bool isThought = std::holds_alternative<chat::ReasoningDelta>(event)
                               || std::holds_alternative<chat::ReasoningSignature>(event);
        if (std::holds_alternative<chat::Started>(event) || (isThought && hasSpoken))
            continue;
        auto *delta = std::get_if<chat::TextDelta>(&event);
        if (delta && delta->choice == 0) {
            if (!matches(delta->text))
                return Verdict::Differs;
            if (delta->text.isEmpty())
                continue;
        } else if (!isTold() && !std::holds_alternative<chat::UsageReport>(event)) {
            return Verdict::Differs;
        }
        fresh.push_back(std::move(event));
    }
    const bool ends = piece.last || piece.over;
    if (ends && !isTold())
        return Verdict::Differs;
    m_latest = fresh;
    piece.bytes.clear();
    piece.events = std::move(fresh);
    if (piece.events.empty() && !ends)
        return Verdict::Wait;
    piece.goesOn = !std::exchange(m_resumed, true);
    return Verdict::Tell;
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "net/Deadlines.h"

#include <optional>

namespace fairlead::routing {

/// What ends one attempt before its time, apart from the others of the same request: its caller, its own
/// deadline for the first token, or another attempt that was faster. Kept as long as the answer lasts.
class Leash final : private net::Deadlines::Waiter
{
public:
    Leash(const CancelToken &caller, net::Deadlines &deadlines);
    ~Leash();
    Q_DISABLE_COPY_MOVE(Leash)

    [[nodiscard]] CancelToken token() const { return m_source.token(); }
    void expireAt(SteadyTime deadline);
    /// The deadline is met.
    void met();
    [[nodiscard]] bool hasExpired() const { return m_expired; }
    /// For whoever else may end it.
    [[nodiscard]] CancelSource source() const { return m_source; }

private:
    [[nodiscard]] std::optional<SteadyTime> nextDeadline() const override { return m_deadline; }
    void deadlinePassed() override;

    net::Deadlines &m_deadlines;
    CancelSource m_source;
    CancelRegistration m_callerGone;
    std::optional<SteadyTime> m_deadline;
    bool m_expired = false;
};

} // namespace fairlead::routing

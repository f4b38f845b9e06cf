// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Leash.h"

namespace fairlead::routing {

Leash::Leash(const CancelToken &caller, net::Deadlines &deadlines)
    : m_deadlines(deadlines)
{
    m_callerGone = caller.onCancel([source = m_source, caller] { source.cancel(caller.reason()); });
}

Leash::~Leash()
{
    met();
}

void Leash::expireAt(SteadyTime deadline)
{
    if (!m_deadline)
        m_deadlines.add(this);
    m_deadline = deadline;
    m_deadlines.note(deadline);
}

void Leash::met()
{
    if (!m_deadline)
        return;
    m_deadline.reset();
    m_deadlines.remove(this);
}

void Leash::deadlinePassed()
{
    met();
    m_expired = true;
    const CancelSource source = m_source; // cancelling may end this
    source.cancel(CancelReason::TimedOut);
}

} // namespace fairlead::routing

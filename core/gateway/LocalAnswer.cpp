// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LocalAnswer.h"

namespace fairlead::gateway {

LocalAnswer::LocalAnswer(QByteArray requestId, std::function<void()> cancel, std::function<void()> gone)
    : m_requestId(std::move(requestId))
    , m_cancel(std::move(cancel))
    , m_gone(std::move(gone))
{ }

LocalAnswer::~LocalAnswer()
{
    m_gone();
    if (!m_finished)
        m_cancel();
}

void LocalAnswer::cancel()
{
    if (!m_finished)
        m_cancel();
}

void LocalAnswer::finish(const metering::LedgerRecord &record)
{
    m_finished = true;
    Q_EMIT finished(record);
}

} // namespace fairlead::gateway

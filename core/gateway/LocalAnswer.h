// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

namespace fairlead::gateway {

/// The main thread's end of a request that the engine runs.
class LocalAnswer final : public Answer
{
    Q_OBJECT
public:
    LocalAnswer(QByteArray requestId, std::function<void()> cancel, std::function<void()> gone);
    ~LocalAnswer() override;

    [[nodiscard]] QByteArray requestId() const override { return m_requestId; }
    void cancel() override;
    /// Called by the gateway when the engine is done; emits finished.
    void finish(const metering::LedgerRecord &record);

private:
    QByteArray m_requestId;
    std::function<void()> m_cancel;
    std::function<void()> m_gone;
    bool m_finished = false;
};

} // namespace fairlead::gateway

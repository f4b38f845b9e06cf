// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"

namespace fairlead::gateway {

/// Copies of requests, for targets that a route lets listen in: to learn how they would do. Their answers go
/// to nobody; what they cost is booked. The request itself neither waits for them nor fails with them.
class Shadows
{
public:
    explicit Shadows(Services &services);
    ~Shadows(); ///< ends those under way
    Q_DISABLE_COPY_MOVE(Shadows)

    /// Sends a copy of the request `original` is about. Beyond kMost at once, none.
    void
    start(const routing::Target &target, routing::CallSource &calls, const metering::LedgerRecord &original);
    [[nodiscard]] int count() const { return m_count; }

    static constexpr int kMost = 16;

private:
    struct Copy;
    [[nodiscard]] Task<> run(std::shared_ptr<Copy> copy);
    void book(Copy &copy, const chat::Failure *failure);

    Services &m_services;
    CancelSource m_shutdown;
    int m_count = 0;
};

} // namespace fairlead::gateway

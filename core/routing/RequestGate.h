// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/Gate.h"
#include "routing/TargetGate.h"

namespace fairlead::routing {

/// The gate as one request meets it: what it will take at most is known, and asked for at each target.
class RequestGate final : public TargetGate
{
public:
    RequestGate(Gate &gate, const Estimate &estimate)
        : m_gate(gate)
        , m_estimate(estimate)
    { }

    [[nodiscard]] std::optional<chat::Failure>
    admit(const QByteArray &app, const std::vector<Target> &targets);
    [[nodiscard]] tl::expected<Place, chat::Failure> enter(const Target &target) override;
    /// Gives back what was reserved for the caller.
    void leave() { m_pass.release(); }
    /// What is beyond a soft limit, for the caller's header; mostly empty.
    [[nodiscard]] const QByteArray &warnings() const { return m_warnings; }

private:
    void note(const QByteArray &warnings);

    Gate &m_gate;
    Estimate m_estimate;
    Gate::Pass m_pass;
    QByteArray m_warnings;
};

} // namespace fairlead::routing

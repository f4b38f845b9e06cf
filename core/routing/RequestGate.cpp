// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RequestGate.h"

namespace fairlead::routing {

std::optional<chat::Failure> RequestGate::admit(const QByteArray &app, const std::vector<Target> &targets)
{
    auto pass = m_gate.admit(app, targets, m_estimate);
    if (!pass)
        return std::move(pass.error());
    note(pass->warnings());
    m_pass = std::move(*pass);
    return std::nullopt;
}

tl::expected<TargetGate::Place, chat::Failure> RequestGate::enter(const Target &target)
{
    if (!m_gate.limitsTargets())
        return Place();
    auto pass = m_gate.enter(target, m_estimate);
    if (!pass)
        return tl::make_unexpected(std::move(pass.error()));
    note(pass->warnings());
    return std::make_shared<Gate::Pass>(std::move(*pass));
}

void RequestGate::note(const QByteArray &warnings)
{
    if (!warnings.isEmpty() && !m_warnings.contains(warnings))
        m_warnings += (m_warnings.isEmpty() ? "" : " ") + warnings;
}

} // namespace fairlead::routing

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/RunawayGuard.h"

#include "routing/ToolRun.h"

namespace fairlead::gateway {

std::optional<chat::Failure>
whyPausedNow(const Services &services, const QByteArray &app, const wire::InboundCall &call)
{
    if (!services.gate || app.isEmpty())
        return std::nullopt;
    return services.gate->watchRun(app, routing::toolRunOf(call, services.gate->runawayOf(app).sameCalls));
}

} // namespace fairlead::gateway

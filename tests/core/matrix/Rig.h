// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/gateway/HandlerRig.h"
#include "core/matrix/Scenario.h"
#include "gateway/ChatHandler.h"
#include "gateway/ResponsesHandler.h"
#include "wire/Codec.h"

namespace fairlead::test::matrix {

/// The gateway's handlers with one provider, "there", that speaks the given dialect.
struct Rig : HandlerRig {
    explicit Rig(const QByteArray &upstream)
        : HandlerRig(config(upstream))
    { }

    static QByteArray config(const QByteArray &upstream)
    {
        return "{\"providers\":[{\"id\":\"there\",\"wire\":\"" + upstream
               + "\",\"base_url\":\"http://there.test\",\"auth\":\"bearer\",\"models\":[\""
               + Dialect::of(upstream).model() + "\"]}]}";
    }

    std::shared_ptr<FakeExchange> serve(const QByteArray &dialect, http::Request request)
    {
        auto exchange = std::make_shared<FakeExchange>(std::move(request));
        const wire::Wire &wire = *wire::findWire(dialect);
        if (dialect == "openai-responses")
            detach(responses.serve(exchange, wire, "app"));
        else
            detach(chat.serve(exchange, wire, "app"));
        return exchange;
    }

    gateway::ChatHandler chat{services, access};
    gateway::ResponsesHandler responses{services, chat};
};

} // namespace fairlead::test::matrix

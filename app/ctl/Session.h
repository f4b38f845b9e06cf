// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Arguments.h"
#include "app/ctl/Command.h"
#include "app/ctl/Terminal.h"

#include <QEventLoop>

#include <optional>

namespace fairlead::app {

/// Runs the event loop until a call of the facade has answered: `wait<NewApp>([&](auto done) {
/// gateway.addApp(name, &context, done); })`.
template<typename T, typename Start>
[[nodiscard]] Result<T> wait(Start start)
{
    std::optional<Result<T>> answer;
    QEventLoop loop;
    start([&](Result<T> result) {
        answer.emplace(std::move(result));
        loop.quit();
    });
    if (!answer)
        loop.exec();
    return std::move(*answer);
}

/// The gateway in this process, its keys read. Nothing listens.
[[nodiscard]] Result<std::unique_ptr<gateway::LocalGateway>> openGateway(gateway::GatewayOptions options);
/// Only the ledger: for commands that look back, also beside a running server.
[[nodiscard]] Result<std::unique_ptr<storage::Ledger>> openLedger(const Arguments &arguments);

/// Says the words on standard error; kFailure.
[[nodiscard]] ExitCode failed(const Error &error);
/// Says what was wrong with the command line; kMisuse.
[[nodiscard]] ExitCode misused(const QByteArray &words);

} // namespace fairlead::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Session.h"

namespace fairlead::app {

using gateway::LocalGateway;

Result<std::unique_ptr<LocalGateway>> openGateway(gateway::GatewayOptions options)
{
    auto gateway = LocalGateway::create(std::move(options));
    if (!gateway)
        return gateway;
    QEventLoop loop;
    bool settled = false;
    (*gateway)->whenKeysSettled([&] {
        settled = true;
        loop.quit();
    });
    if (!settled)
        loop.exec();
    return gateway;
}

Result<std::unique_ptr<storage::Ledger>> openLedger(const Arguments &arguments)
{
    return storage::Ledger::open(arguments.dataDir());
}

ExitCode failed(const Error &error)
{
    terminal::complain(error.message());
    return kFailure;
}

ExitCode misused(const QByteArray &words)
{
    terminal::complain(words);
    return kMisuse;
}

} // namespace fairlead::app

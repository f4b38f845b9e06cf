// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/UnixSignals.h"
#include "app/ctl/Session.h"
#include "base/Logging.h"

#include <QCoreApplication>

#include <algorithm>

namespace fairlead::app {

using gateway::LocalGateway;
using gateway::NewApp;
using gateway::ServerStatus;

namespace {

/// One run of the server, from the first word to the exit code.
class Server : public QObject
{
public:
    Server(std::unique_ptr<LocalGateway> gateway, bool json)
        : m_gateway(std::move(gateway))
        , m_json(json)
    {
        connect(m_gateway.get(), &LocalGateway::serverStatusChanged, this, &Server::lookAtStatus);
        connect(&m_signals, &UnixSignals::endAsked, this, &Server::shutDown);
        connect(&m_signals, &UnixSignals::reloadAsked, this, &Server::reload);
    }

    void start()
    {
        const bool token = m_gateway->config().server.auth.value_or(config::ServerConfig::Auth::Token)
                           == config::ServerConfig::Auth::Token;
        if (!token || !m_gateway->apps().empty()) {
            m_gateway->startServer();
            return;
        }
        // Without any app nobody could come in: the first one is made here, its token shown once.
        m_gateway->addApp("default", this, [this](Result<NewApp> added) {
            if (added)
                m_firstApp = std::move(*added);
            else
                qCWarning(lcApp).noquote() << "No app was created:" << added.error().message();
            m_gateway->startServer();
        });
    }

private:
    void lookAtStatus()
    {
        const ServerStatus status = m_gateway->serverStatus();
        if (status.state == ServerStatus::State::Running && !m_announced)
            announce(status);
        if (status.state == ServerStatus::State::Failed) {
            const bool taken = status.error.startsWith(QLatin1String("cannot listen on"));
            terminal::complain(
                status.error.toUtf8()
                + (taken ? ". Is a server running already? --port N takes another port, 0 a free one."
                         : "."));
            QCoreApplication::exit(kFailure);
        }
    }

    void announce(const ServerStatus &status)
    {
        m_announced = true;
        if (m_firstApp)
            welcome(status);
        if (m_json)
            terminal::out(
                "{\"url\":\"" + status.url().toUtf8() + "\",\"port\":" + QByteArray::number(status.port)
                + "}\n");
        else
            terminal::out("fairlead: listening on " + status.url().toUtf8() + '\n');
    }

    void welcome(const ServerStatus &status)
    {
        const auto models = m_gateway->models();
        const bool ready = !models.empty() && models.front().ready;
        const QByteArray model = ready ? models.front().name : QByteArray("PROVIDER/MODEL");
        const QByteArray token = m_firstApp->token.reveal().toByteArray();
        terminal::err(
            "\nWelcome to Fairlead. Tools come in with a token; here is the first, of the app \"default\".\n"
            "It is shown this once and kept only as a hash:\n\n    "
            + token + "\n\nTry it:\n\n    curl " + status.url().toUtf8()
            + "/v1/chat/completions -H 'content-type: application/json' -H 'authorization: Bearer " + token
            + R"(' -d '{"model":")" + model
            + R"(","messages":[{"role":"user","content":"Hello"}]}')"
              "\n\nMore tokens: fairleadctl app add NAME. Keys of providers: fairleadctl key set "
              "PROVIDER.\n\n");
        m_firstApp.reset();
    }

    void shutDown()
    {
        qCInfo(lcApp) << "stopping: running streams may finish";
        m_gateway->shutDown([] { QCoreApplication::exit(kSuccess); });
    }

    void reload()
    {
        if (const auto reloaded = m_gateway->reloadConfig())
            qCInfo(lcApp) << "the config was read again";
        else
            qCCritical(lcApp).noquote()
                << "The config was not taken over, the one before stays:" << reloaded.error().message();
    }

    UnixSignals m_signals;
    std::unique_ptr<LocalGateway> m_gateway;
    std::optional<NewApp> m_firstApp;
    bool m_json;
    bool m_announced = false;
};

} // namespace

QList<QCommandLineOption> serveOptions()
{
    return {
        {QStringLiteral("host"), QStringLiteral("Address to listen on (default: 127.0.0.1 and ::1)."),
         QStringLiteral("ADDR")},
        {QStringLiteral("port"), QStringLiteral("Port to listen on (default: 5323); 0 takes a free one."),
         QStringLiteral("N")},
        {QStringLiteral("demo"), QStringLiteral("Offer the demo models beside configured providers.")},
        {QStringLiteral("drain-seconds"),
         QStringLiteral("How long running streams may finish after SIGTERM (default: 10)."),
         QStringLiteral("N")},
    };
}

ExitCode serve(const Arguments &arguments)
{
    constexpr int kLongestDrain = 3600;
    if (!arguments.positional().isEmpty())
        return misused("serve takes options only.");
    const auto port = arguments.number("port", 0, 65535, 0);
    const auto drain = arguments.number("drain-seconds", 0, kLongestDrain, 10);
    for (const auto *number : {&port, &drain}) {
        if (!*number)
            return misused(number->error().message());
    }
    gateway::GatewayOptions options = arguments.gatewayOptions();
    options.host = arguments.value("host");
    if (arguments.isSet("port"))
        options.port = static_cast<quint16>(*port);
    options.demo = arguments.isSet("demo");
    options.drain = std::chrono::seconds(*drain);

    auto gateway = LocalGateway::create(std::move(options));
    if (!gateway)
        return failed(gateway.error());
    Server server(std::move(*gateway), arguments.wantsJson());
    server.start();
    return static_cast<ExitCode>(QCoreApplication::exec());
}

} // namespace fairlead::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/KeyStoreProbe.h"
#include "app/ctl/Output.h"
#include "app/ctl/Session.h"

#include <QFileInfo>
#include <QTcpServer>

namespace fairlead::app {

using gateway::KeyCheck;
using gateway::LocalGateway;
using gateway::ProviderInfo;
using secrets::KeyStatus;

namespace {

/// Looks everything over that a running server needs; each finding says what to do.
class Doctor
{
public:
    explicit Doctor(const Arguments &arguments)
        : m_arguments(arguments)
    { }

    ExitCode run()
    {
        const auto config = config::loadConfig(m_arguments.configPath());
        lookAtConfig(config);
        lookAtLedger();
        lookAtKeyStore();
        if (config) {
            lookAtPort(*config);
            lookAtProviders();
        }
        report();
        return m_failures == 0 ? kSuccess : kFailure;
    }

private:
    enum class Verdict { Good, Notice, Bad };
    struct Finding {
        QByteArray what;
        Verdict verdict;
        QByteArray words;
    };

    void add(const QByteArray &what, Verdict verdict, const QByteArray &words)
    {
        m_failures += verdict == Verdict::Bad ? 1 : 0;
        m_findings.push_back({what, verdict, words});
    }

    void lookAtConfig(const Result<config::Config> &config)
    {
        const QByteArray path = m_arguments.configPath().toUtf8();
        if (!config)
            add("config", Verdict::Bad, config.error().message());
        else if (!QFileInfo::exists(m_arguments.configPath()))
            add("config", Verdict::Good, "none yet; it goes to " + path);
        else
            add("config", Verdict::Good, path);
    }

    void lookAtLedger()
    {
        const QString folder = m_arguments.dataDir();
        if (const auto ledger = openLedger(m_arguments); !ledger)
            add("ledger", Verdict::Bad, ledger.error().message());
        else if (!QFileInfo(folder).isWritable())
            add("ledger", Verdict::Bad, folder.toUtf8() + " is not writable: requests could not be booked.");
        else
            add("ledger", Verdict::Good, folder.toUtf8());
    }

    void lookAtKeyStore()
    {
        const KeyStoreState store = probeKeyStore();
        if (store.keepsKeys() && !store.locked)
            add("key store", Verdict::Good, store.words());
        else if (store.locked)
            add("key store", Verdict::Notice, store.words());
        else
            add("key store", Verdict::Notice,
                store.words()
                    + ". Keys from environment variables work: \"keys\": [ { \"env\": \"NAME\" } ].");
    }

    void lookAtPort(const config::Config &config)
    {
        const QString host = config.server.host.value_or(QStringLiteral("127.0.0.1"));
        const quint16 port = config.server.port.value_or(config::kDefaultPort);
        const QByteArray place = host.toUtf8() + " port " + QByteArray::number(port);
        QTcpServer server;
        if (server.listen(
                QHostAddress(host == QLatin1String("localhost") ? QStringLiteral("127.0.0.1") : host), port))
            add("port", Verdict::Good, place + " is free");
        else if (server.serverError() == QAbstractSocket::AddressInUseError)
            add("port", Verdict::Notice,
                place + " is taken: by a running server of yours, or by another program.");
        else
            add("port", Verdict::Bad, place + ": " + server.errorString().toUtf8());
    }

    void lookAtProviders()
    {
        const auto gateway = openGateway(m_arguments.gatewayOptions());
        if (!gateway) {
            add("providers", Verdict::Bad, gateway.error().message());
            return;
        }
        if ((*gateway)->config().providers.empty())
            add("providers", Verdict::Notice,
                "none yet, so the demo answers. `fairleadctl key set PROVIDER` adds one.");
        for (const ProviderInfo &provider : (*gateway)->providers()) {
            if (!provider.configured)
                continue;
            if (!provider.ready)
                add(provider.id, Verdict::Bad, missingKey(provider));
            else if (m_arguments.isSet("online"))
                askProvider(**gateway, provider);
            else
                add(provider.id, Verdict::Good, provider.needsKey ? "has a key" : "needs no key");
        }
    }

    static QByteArray missingKey(const ProviderInfo &provider)
    {
        QByteArray words = "no key. Enter one with: fairleadctl key set " + provider.id;
        for (const KeyStatus &key : provider.keys) {
            if (!key.detail.isEmpty())
                words += " (" + key.detail.toUtf8() + ')';
        }
        return words;
    }

    void askProvider(LocalGateway &gateway, const ProviderInfo &provider)
    {
        QObject context;
        const auto check
            = wait<KeyCheck>([&](auto done) { gateway.checkKey(provider.id, std::nullopt, &context, done); });
        if (!check)
            add(provider.id, Verdict::Bad, check.error().message());
        else
            add(provider.id, check->works ? Verdict::Good : Verdict::Bad, check->words.toUtf8());
    }

    void report() const
    {
        static constexpr const char *kJson[]{"ok", "notice", "failed"};
        static constexpr const char *kText[]{"  ok  ", "  !   ", " FAIL "};
        json::Writer writer;
        writer.beginObject().memberBoolean("healthy", m_failures == 0).key("checks").beginArray();
        QByteArray text;
        for (const Finding &finding : m_findings) {
            const auto place = static_cast<std::size_t>(finding.verdict);
            writer.beginObject().member("check", finding.what).member("result", kJson[place]);
            writer.member("message", finding.words).endObject();
            text += kText[place] + finding.what.leftJustified(14) + terminal::harmless(finding.words) + '\n';
        }
        writer.endArray().endObject();
        m_arguments.wantsJson() ? printJson(writer) : terminal::out(text);
    }

    const Arguments &m_arguments;
    std::vector<Finding> m_findings;
    int m_failures = 0;
};

} // namespace

QList<QCommandLineOption> doctorOptions()
{
    return {{QStringLiteral("online"), QStringLiteral("Ask every provider for its models, which is free.")}};
}

ExitCode doctor(const Arguments &arguments)
{
    return Doctor(arguments).run();
}

} // namespace fairlead::app

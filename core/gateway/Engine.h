// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"
#include "gateway/FrontDoor.h"
#include "gateway/Gateway.h"
#include "gateway/LedgerRecall.h"
#include "gateway/Strangers.h"
#include "net/QnamTransport.h"
#include "net/UpstreamManager.h"
#include "providers/DemoProvider.h"
#include "routing/CountedLedger.h"

#include <QHash>
#include <QObject>

#include <memory>

namespace fairlead::gateway {

/// What the gateway thread works by; swapped whole when anything changes.
struct EngineSettings {
    std::shared_ptr<const routing::RoutingTable> routing;
    secrets::KeySnapshot keys;
    AccessRules access;
    routing::GateRules gate;
};

/// Everything that lives on the gateway thread, so that core needs no locks. Created, used and destroyed
/// there; the main thread posts calls and receives signals with values.
class Engine : public QObject
{
    Q_OBJECT
public:
    Engine(Clock &clock, std::shared_ptr<const metering::PriceBook> prices, metering::LedgerSink &ledger);
    ~Engine() override;

    /// Starts the demo provider if it does not run yet; its spec.
    [[nodiscard]] Result<std::shared_ptr<const providers::ProviderSpec>> startDemo(int speedUp);
    void apply(EngineSettings settings);

    /// Where and how to listen.
    struct Place {
        QStringList addresses;
        quint16 port = 0;
        http::ServerLimits limits;
        std::optional<QSslConfiguration> tls; ///< https instead of http
    };
    void listen(Place place);
    /// Stops accepting; running streams may finish within `drain`, the rest is cancelled. `stopped` follows,
    /// always.
    void stop(std::chrono::milliseconds drain);

    /// `askEvents` and, last, `askFinished` follow.
    void ask(quint64 askId, QByteArray requestId, chat::ChatRequest request, QByteArray origin);
    void cancelAsk(quint64 askId);
    void cancelExchange(const QByteArray &id);

    /// What was known of targets and second tries when the program ran last.
    void remember(const Recollection &recollection);
    void setReachability(routing::NetworkWatch::Reachability reachability);
    void networkChanged();

    using ModelsDone = std::function<void(providers::OrFailure<std::vector<QByteArray>>)>;
    /// `done` is called on this thread.
    void listModels(std::shared_ptr<const providers::ProviderSpec> spec, Secret key, ModelsDone done);

    /// How these targets ("provider/model") are doing.
    [[nodiscard]] std::vector<TargetCondition> conditionsOf(const std::vector<QByteArray> &targets) const;
    /// Answers one of gapsFound().
    void fillGap(const routing::Gate::Gap &gap, const QHash<QByteArray, NanoUsd> &spent);
    /// Calls back, on this thread, once budgets know what was spent before, at the latest after two seconds.
    void whenCounted(std::function<void()> ready);
    [[nodiscard]] std::vector<routing::BudgetState> budgets() { return m_gate.budgets(); }

    /// Whether anybody looks at live exchanges and finished records: a headless server posts none.
    void setObserved(bool observed);

Q_SIGNALS:
    void statusChanged(const fairlead::gateway::ServerStatus &status);
    void liveChanged(const QList<fairlead::gateway::LiveExchange> &exchanges);
    void recordsFinished(const QList<fairlead::metering::LedgerRecord> &records);
    void appsSeen(const QList<QByteArray> &apps);
    void strangerSeen(const fairlead::gateway::StrangerInfo &stranger);
    void askEvents(quint64 askId, const QList<fairlead::chat::ChatEvent> &batch);
    void askFinished(quint64 askId, const fairlead::metering::LedgerRecord &record);
    void stopped();
    /// Budgets want to know what was spent before: fillGap() for each.
    void gapsFound(const std::vector<fairlead::routing::Gate::Gap> &gaps);
    void limitReached(const fairlead::routing::LimitNotice &notice);
    /// The runaway guard has paused an app, which must be kept.
    void appPaused(const fairlead::routing::Pause &pause);

private:
    struct Ask;
    void counted();
    void startListening(const Place &place);
    Task<> runAsk(std::shared_ptr<Ask> ask, chat::ChatRequest request);
    Task<> runListModels(std::shared_ptr<const providers::ProviderSpec> spec, Secret key, ModelsDone done);
    void flushAsk(Ask &ask);
    void scheduleReport();
    void report();
    void noteSeen(const QByteArray &app);
    void nameStranger(const http::Request &request, std::function<void(const QByteArray &app)> known);
    void finishStop();
    void setState(ServerStatus::State state, const QString &error = QString());
    [[nodiscard]] std::vector<secrets::LoadedKey> keysOf(const QByteArray &provider) const;

    Clock &m_clock;
    io::StreamFactory m_streams;
    net::UpstreamManager m_manager;
    net::QnamTransport m_transport;
    providers::ProviderClient m_client;
    routing::Experience m_experience;
    routing::Failover m_failover;
    routing::Router m_router;
    LiveRegistry m_live;
    StallWatch m_stalls;
    routing::Gate m_gate;
    routing::CountedLedger m_ledger;
    Services m_services;
    std::unique_ptr<Shadows> m_shadows;
    FrontDoor m_door;
    std::unique_ptr<providers::DemoProvider> m_demo;
    std::shared_ptr<const providers::ProviderSpec> m_demoSpec;
    Strangers m_strangers{m_clock};
    std::unique_ptr<http::Server> m_server;
    secrets::KeySnapshot m_keys;
    ServerStatus m_status;

    QHash<quint64, std::shared_ptr<Ask>> m_asks;
    std::vector<std::function<void()>> m_waitingForCounts;
    std::size_t m_gapsOpen = 0;
    bool m_wantsToListen = false;
    TimerHandle m_countTimer;
    CancelSource m_shutdown;
    TimerHandle m_drainTimer;
    bool m_stopping = false;

    bool m_observed = false;
    bool m_liveDirty = false;
    QList<metering::LedgerRecord> m_finished;
    QHash<QByteArray, SteadyTime> m_seenApps;
    QList<QByteArray> m_newlySeen;
    TimerHandle m_reportTimer;
};

} // namespace fairlead::gateway

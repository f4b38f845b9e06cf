// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Engine.h"

#include "base/Logging.h"
#include "gateway/Shadows.h"

#include <QRandomGenerator>

namespace fairlead::gateway {

namespace {

constexpr milliseconds kReportEvery{100};
constexpr milliseconds kAskBatch{16};
constexpr std::chrono::minutes kSeenEvery{1};
constexpr qsizetype kMostUserAgent = 200;
// The ledger answers in milliseconds; one that cannot be read must not keep the door shut.
constexpr std::chrono::seconds kMostWaitForCounts{2};
// After cancelling, handlers end within the turn; this is the net under a bug of ours.
constexpr std::chrono::seconds kMostWaitAfterCancel{2};

} // namespace

/// A request of this process while it runs.
struct Engine::Ask {
    quint64 id = 0;
    QByteArray requestId;
    QByteArray origin;
    CancelSource cancel;
    QList<chat::ChatEvent> batch;
    TimerHandle flushTimer;
};

Engine::Engine(Clock &clock, std::shared_ptr<const metering::PriceBook> prices, metering::LedgerSink &ledger)
    : m_clock(clock)
    , m_manager(m_streams, m_clock)
    , m_transport(m_manager, m_clock)
    , m_client(m_transport, m_clock)
    , m_experience(m_clock)
    , m_failover(
          m_client, m_experience, m_clock, [this](const QByteArray &provider) { return keysOf(provider); })
    , m_router(
          m_clock,
          [this](const QByteArray &provider, const QByteArray &model) {
              return m_experience.stats.view(provider, model);
          },
          [] { return QRandomGenerator::global()->generateDouble(); })
    , m_stalls(clock)
    , m_gate(m_clock)
    , m_ledger(m_gate, ledger)
    , m_services{m_clock, m_failover, m_ledger, m_live, nullptr, std::move(prices), nullptr}
    , m_door(m_services, [this](const QByteArray &app) { noteSeen(app); })
{
    m_failover.setPrices(m_services.prices);
    m_services.stalls = &m_stalls;
    m_router.setPrices(m_services.prices);
    m_services.router = &m_router;
    m_shadows = std::make_unique<Shadows>(m_services);
    m_services.shadows = m_shadows.get();
    m_services.gate = &m_gate;
    m_services.budgetLeft = [this](const QByteArray &app) { return m_gate.left(app); };
    m_door.setStranger([this](const http::Request &request, std::function<void(const QByteArray &)> known) {
        nameStranger(request, std::move(known));
    });
    m_gate.setPrices(m_services.prices);
    m_gate.setNotify([this](const routing::LimitNotice &notice) { Q_EMIT limitReached(notice); });
    m_gate.setPaused([this](const routing::Pause &pause) { Q_EMIT appPaused(pause); });
    m_live.setChangedCallback([this] {
        if (!m_observed)
            return;
        m_liveDirty = true;
        scheduleReport();
    });
    m_services.finished = [this](const metering::LedgerRecord &record) {
        if (!m_observed)
            return;
        m_finished.append(record);
        scheduleReport();
    };
}

Engine::~Engine()
{
    m_services.finished = nullptr;
    m_live.setChangedCallback(nullptr);
    m_live.cancelAll(CancelReason::Shutdown);
    m_shutdown.cancel(CancelReason::Shutdown);
    // Connections first: their handlers use everything below.
    m_server.reset();
    m_shadows.reset();
    m_demo.reset();
}

Result<std::shared_ptr<const providers::ProviderSpec>> Engine::startDemo(int speedUp)
{
    if (m_demoSpec)
        return m_demoSpec;
    auto demo = std::make_unique<providers::DemoProvider>(m_streams, m_clock, speedUp);
    auto spec = demo->start();
    if (!spec)
        return spec;
    m_demo = std::move(demo);
    m_demoSpec = *spec;
    return m_demoSpec;
}

void Engine::apply(EngineSettings settings)
{
    m_services.routing = std::move(settings.routing);
    m_keys = std::move(settings.keys);
    m_status.auth = settings.access.auth;
    m_door.setRules(std::move(settings.access));
    m_gate.setRules(std::move(settings.gate));
    const auto gaps = m_gate.takeGaps();
    if (gaps.empty())
        return;
    m_gapsOpen += gaps.size();
    m_countTimer = m_clock.after(kMostWaitForCounts, [this] { counted(); });
    Q_EMIT gapsFound(gaps);
}

void Engine::fillGap(const routing::Gate::Gap &gap, const QHash<QByteArray, NanoUsd> &spent)
{
    m_gate.fill(gap, spent);
    if (m_gapsOpen > 0 && --m_gapsOpen == 0)
        counted();
}

void Engine::whenCounted(std::function<void()> ready)
{
    if (m_gapsOpen == 0)
        ready();
    else
        m_waitingForCounts.push_back(std::move(ready));
}

void Engine::counted()
{
    m_gapsOpen = 0;
    const TimerHandle keepUntilReturn = std::move(m_countTimer);
    for (const auto &ready : std::exchange(m_waitingForCounts, {}))
        ready();
}

std::vector<secrets::LoadedKey> Engine::keysOf(const QByteArray &provider) const
{
    return m_keys.value(provider);
}

void Engine::setState(ServerStatus::State state, const QString &error)
{
    m_status.state = state;
    m_status.error = error;
    Q_EMIT statusChanged(m_status);
}

void Engine::listen(Place place)
{
    m_wantsToListen = true;
    whenCounted([this, place = std::move(place)] {
        if (m_wantsToListen)
            startListening(place);
    });
}

void Engine::startListening(const Place &place)
{
    if (m_server && m_server->isListening())
        return;
    m_stopping = false;
    m_server = std::make_unique<http::Server>(m_streams, m_clock, m_door, place.limits);
    m_server->setRenderError([this](int status, const QByteArray &message, const http::Request &request) {
        return m_door.refused(status, message, request);
    });
    if (place.tls)
        m_server->setTls(*place.tls);
    m_status.host = place.addresses.value(0);
    m_status.port = place.port;
    m_status.tls = place.tls.has_value();
    const auto listening = m_server->listen(place.addresses, place.port);
    if (!listening) {
        m_server.reset();
        setState(ServerStatus::State::Failed, QString::fromUtf8(listening.error().message()));
        return;
    }
    m_status.port = *listening;
    setState(ServerStatus::State::Running);
}

void Engine::stop(milliseconds drain)
{
    if (m_stopping)
        return;
    m_stopping = true;
    m_wantsToListen = false;
    if (!m_server) {
        finishStop();
        return;
    }
    m_server->stopListening();
    if (m_server->exchangeCount() == 0) {
        finishStop();
        return;
    }
    setState(ServerStatus::State::Draining);
    m_server->setIdleCallback([this] {
        // Called from inside the connection that ended: leave its stack first.
        m_drainTimer = m_clock.after(milliseconds(0), [this] { finishStop(); });
    });
    m_drainTimer = m_clock.after(drain, [this] {
        qCInfo(lcGateway) << "drain time over," << m_server->exchangeCount() << "requests are cancelled";
        m_drainTimer = m_clock.after(kMostWaitAfterCancel, [this] { finishStop(); });
        m_server->cancelAll(CancelReason::Shutdown);
    });
}

void Engine::finishStop()
{
    if (!m_stopping)
        return;
    m_stopping = false;
    const TimerHandle keepUntilReturn = std::move(m_drainTimer);
    m_server.reset();
    report();
    setState(ServerStatus::State::Stopped);
    Q_EMIT stopped();
}

void Engine::ask(quint64 askId, QByteArray requestId, chat::ChatRequest request, QByteArray origin)
{
    auto entry = std::make_shared<Ask>();
    entry->id = askId;
    entry->requestId = std::move(requestId);
    entry->origin = std::move(origin);
    m_asks.insert(askId, entry);
    whenCounted([this, entry, request = std::move(request)] { detach(runAsk(entry, request)); });
}

Task<> Engine::runAsk(std::shared_ptr<Ask> ask, chat::ChatRequest request)
{
    const CancelRegistration shutdown
        = m_shutdown.token().onCancel([source = ask->cancel] { source.cancel(CancelReason::Shutdown); });
    metering::LedgerRecord record;
    {
        Conversation::Start start;
        start.id = ask->requestId;
        start.origin = ask->origin;
        start.app = ask->origin;
        start.modelAsked = request.model;
        start.streamed = request.stream;
        start.received = m_clock.steady();
        start.caller = ask->cancel.token();
        if (!m_gate.isOpen())
            start.estimate = routing::estimateOf(request);
        Conversation conversation(m_services, std::move(start));
        NeutralCalls calls(std::move(request));
        auto opened = co_await conversation.open(calls);
        if (opened) {
            for (bool last = false; !last;) {
                providers::Piece piece = co_await conversation.next();
                last = piece.last;
                for (chat::ChatEvent &event : piece.events)
                    ask->batch.append(std::move(event));
                if (!ask->batch.isEmpty() && !ask->flushTimer)
                    ask->flushTimer = m_clock.after(kAskBatch, [this, weak = std::weak_ptr(ask)] {
                        if (const auto alive = weak.lock())
                            flushAsk(*alive);
                    });
            }
            conversation.end(200);
        } else {
            ask->batch.append(chat::Failed(opened.error()));
            conversation.fail(opened.error(), opened.error().status);
        }
        record = conversation.record();
    }
    flushAsk(*ask);
    m_asks.remove(ask->id);
    Q_EMIT askFinished(ask->id, record);
}

void Engine::flushAsk(Ask &ask)
{
    ask.flushTimer.cancel();
    if (!ask.batch.isEmpty())
        Q_EMIT askEvents(ask.id, std::exchange(ask.batch, {}));
}

void Engine::cancelAsk(quint64 askId)
{
    const auto it = m_asks.constFind(askId);
    if (it == m_asks.cend())
        return;
    const CancelSource cancel = (*it)->cancel;
    cancel.cancel(CancelReason::UserStopped);
}

void Engine::cancelExchange(const QByteArray &id)
{
    m_live.cancel(id, CancelReason::UserStopped);
}

void Engine::listModels(std::shared_ptr<const providers::ProviderSpec> spec, Secret key, ModelsDone done)
{
    detach(runListModels(std::move(spec), std::move(key), std::move(done)));
}

Task<> Engine::runListModels(std::shared_ptr<const providers::ProviderSpec> spec, Secret key, ModelsDone done)
{
    auto models = co_await m_client.listModels(std::move(spec), std::move(key), m_shutdown.token());
    done(std::move(models));
}

void Engine::remember(const Recollection &recollection)
{
    m_experience.stats.warm(recollection.samples);
    for (const metering::LedgerRecord &row : recollection.hedges)
        m_experience.hedges.warm(row.route, row.startedMs, row.bookedCost().value_or(NanoUsd(0)));
}

void Engine::setReachability(routing::NetworkWatch::Reachability reachability)
{
    m_experience.network.setReachability(reachability);
    if (reachability == routing::NetworkWatch::Reachability::Online)
        m_experience.targets.forgive(); // what failed before failed for want of a network, maybe
}

void Engine::networkChanged()
{
    m_experience.network.changed();
    m_experience.targets.forgive();
}

std::vector<TargetCondition> Engine::conditionsOf(const std::vector<QByteArray> &targets) const
{
    using Lamp = routing::TargetState::Lamp;
    const std::vector<routing::TargetState> states = m_experience.targets.states();
    std::vector<TargetCondition> conditions;
    for (const QByteArray &name : targets) {
        TargetCondition condition;
        condition.target = name;
        const qsizetype slash = name.indexOf('/');
        const routing::TargetView view = m_experience.stats.view(name.left(slash), name.mid(slash + 1));
        condition.inFlight = view.inFlight;
        condition.firstToken = view.firstTokenP50;
        condition.tokensPerSecond = view.tokensPerSecond;
        for (const routing::TargetState &state : states) {
            if (state.provider + '/' + state.model != name)
                continue;
            condition.words = QString::fromUtf8(state.words);
            condition.lamp = state.lamp == Lamp::Healthy   ? TargetCondition::Lamp::Good
                             : state.lamp == Lamp::Shaky   ? TargetCondition::Lamp::Shaky
                             : state.lamp == Lamp::Resting ? TargetCondition::Lamp::Resting
                                                           : TargetCondition::Lamp::Down;
        }
        conditions.push_back(std::move(condition));
    }
    return conditions;
}

void Engine::setObserved(bool observed)
{
    m_observed = observed;
    m_liveDirty = observed;
    if (observed)
        scheduleReport();
}

void Engine::noteSeen(const QByteArray &app)
{
    const SteadyTime now = m_clock.steady();
    const auto it = m_seenApps.find(app);
    if (it != m_seenApps.end() && now - *it < kSeenEvery)
        return;
    m_seenApps.insert(app, now);
    m_newlySeen.append(app);
    scheduleReport();
}

void Engine::nameStranger(const http::Request &request, std::function<void(const QByteArray &app)> known)
{
    StrangerInfo seen;
    seen.peer = request.peer;
    seen.userAgent = request.headers.value("user-agent").left(kMostUserAgent);
    seen.refused = known != nullptr;
    const auto named = [this, seen, known](const std::optional<PeerProcess> &process) {
        StrangerInfo stranger = seen;
        QByteArray app;
        if (process) {
            stranger.name = process->name;
            stranger.path = process->path;
            stranger.pid = process->pid;
            app = m_door.access().appOf(*process);
        }
        if (app.isEmpty())
            Q_EMIT strangerSeen(stranger);
        if (known)
            known(app);
    };
    if (known)
        m_strangers.name(request.peer, m_status.port, named);
    else
        m_strangers.nameNowAndThen(request.peer, m_status.port, named);
}

void Engine::scheduleReport()
{
    if (!m_reportTimer)
        m_reportTimer = m_clock.after(kReportEvery, [this] { report(); });
}

void Engine::report()
{
    m_reportTimer.cancel();
    if (!m_newlySeen.isEmpty())
        Q_EMIT appsSeen(std::exchange(m_newlySeen, {}));
    if (!m_finished.isEmpty())
        Q_EMIT recordsFinished(std::exchange(m_finished, {}));
    if (std::exchange(m_liveDirty, false)) {
        const std::vector<LiveExchange> snapshot = m_live.snapshot();
        Q_EMIT liveChanged(QList<LiveExchange>(snapshot.begin(), snapshot.end()));
    }
}

} // namespace fairlead::gateway

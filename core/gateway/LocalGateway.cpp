// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LocalGateway.h"

#include "base/Ids.h"
#include "base/Logging.h"
#include "gateway/ChangeNotice.h"
#include "gateway/Engine.h"
#include "gateway/LedgerRecall.h"
#include "gateway/LimitKeeper.h"
#include "gateway/LocalAnswer.h"
#include "gateway/RouteSimulator.h"
#include "gateway/ServerTls.h"
#include "gateway/SystemNetwork.h"
#include "providers/Addressing.h"

#include <QDir>
#include <QHash>
#include <QMetaMethod>
#include <QPointer>
#include <QRegularExpression>
#include <QThread>
#include <QTimer>

#include <algorithm>

namespace fairlead::gateway {

namespace {

using config::ServerConfig;
using providers::Catalogue;
using providers::ProviderSpec;

constexpr std::chrono::seconds kMostWaitForKeys{2};

/// Lends an engine to another thread and takes it down there.
class EngineThread
{
public:
    EngineThread(std::shared_ptr<const metering::PriceBook> prices, metering::LedgerSink &ledger)
    {
        m_thread.setObjectName(QStringLiteral("gateway"));
        m_home.moveToThread(&m_thread);
        m_thread.start();
        QMetaObject::invokeMethod(
            &m_home, [&] { m_engine = std::make_unique<Engine>(m_clock, std::move(prices), ledger); },
            Qt::BlockingQueuedConnection);
    }
    ~EngineThread()
    {
        QMetaObject::invokeMethod(
            &m_home, [this] { m_engine.reset(); }, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }
    Q_DISABLE_COPY_MOVE(EngineThread)

    [[nodiscard]] Engine &engine() { return *m_engine; }

    template<typename Call>
    void post(Call call)
    {
        QMetaObject::invokeMethod(
            m_engine.get(), [engine = m_engine.get(), call = std::move(call)]() mutable { call(*engine); },
            Qt::QueuedConnection);
    }
    template<typename Call>
    void wait(Call call)
    {
        QMetaObject::invokeMethod(
            m_engine.get(), [&] { call(*m_engine); }, Qt::BlockingQueuedConnection);
    }

private:
    QThread m_thread;
    QObject m_home;
    SystemClock m_clock;
    std::unique_ptr<Engine> m_engine;
};

QStringList addressesFor(const QString &host)
{
    if (host.isEmpty() || host == QLatin1String("127.0.0.1") || host == QLatin1String("localhost"))
        return {QStringLiteral("127.0.0.1"), QStringLiteral("::1")};
    return {host};
}

/// A first start without any provider has something to try; later the config must name it.
bool offersDemo(const config::Config &config)
{
    const auto isDemo
        = [](const config::ProviderConfig &provider) { return provider.id == "demo" && provider.enabled; };
    return config.providers.empty() || std::any_of(config.providers.begin(), config.providers.end(), isDemo);
}

QString keyWords(const chat::Failure &failure)
{
    return QString::fromUtf8(failure.message);
}

} // namespace

class LocalGateway::Private
{
public:
    LocalGateway *q = nullptr;
    GatewayOptions options;
    QString configPath;
    QString dataDir;
    config::Config config;

    std::shared_ptr<const metering::PriceBook> prices;
    std::shared_ptr<const routing::RoutingTable> routing;
    std::unique_ptr<storage::Ledger> ledger;
    std::unique_ptr<LimitKeeper> limitKeeper;
    std::unique_ptr<secrets::KeyRing> keys;
    ChangeNotice notice;
    SystemNetwork network;
    std::unique_ptr<EngineThread> thread; // last: the engine uses the ledger

    ServerStatus status;
    std::vector<LiveExchange> live;
    QHash<QString, QByteArray> allowedOnce; ///< apps by process
    QHash<quint64, LocalAnswer *> answers;
    quint64 lastAsk = 0;
    bool observed = false;

    [[nodiscard]] Result<std::shared_ptr<const routing::RoutingTable>>
    buildRouting(const config::Config &config);
    [[nodiscard]] Result<> adopt(config::Config next);
    [[nodiscard]] Result<> change(config::Config next);
    [[nodiscard]] AccessRules accessRules() const;
    [[nodiscard]] secrets::KeySnapshot checkedKeys() const;
    void applySettings();
    void wire();
    [[nodiscard]] ProviderInfo describe(const ProviderSpec &spec, bool configured) const;
    [[nodiscard]] QString host() const;
    [[nodiscard]] quint16 port() const;
    [[nodiscard]] http::ServerLimits limits() const;
    [[nodiscard]] Result<Engine::Place> place() const;
    Task<> storeKey(QByteArray provider, Secret key, QPointer<QObject> context, Callback<void> done);
    Task<> dropKey(QByteArray provider, secrets::KeyRef ref, QPointer<QObject> context, Callback<void> done);
    void postAnswer(QObject *context, std::function<void()> answer);
    void takeUpChanges();
    void controlsChanged();
    /// Hands a change of pauses and raises to the engine before its asker hears of it.
    [[nodiscard]] LimitKeeper::Done thenApply(QObject *context, Callback<void> done);
    [[nodiscard]] Result<> saveSettings(const config::AppConfig &settings);
    [[nodiscard]] QByteArray whyNoNewApp(const QByteArray &name) const;
};

LocalGateway::LocalGateway(std::unique_ptr<Private> priv)
    : d(std::move(priv))
{
    d->q = this;
}

LocalGateway::~LocalGateway()
{
    d->thread.reset();
    d->ledger.reset();
}

Result<std::unique_ptr<LocalGateway>> LocalGateway::create(GatewayOptions options)
{
    qRegisterMetaType<QList<metering::LedgerRecord>>();
    qRegisterMetaType<QList<LiveExchange>>();
    qRegisterMetaType<QList<chat::ChatEvent>>();

    auto d = std::make_unique<Private>();
    d->configPath = options.configPath.isEmpty() ? config::defaultConfigPath() : options.configPath;
    d->dataDir = options.dataDir.isEmpty() ? config::defaultDataDir() : options.dataDir;

    auto config = config::loadConfig(d->configPath);
    if (!config)
        return fairlead::fail(config.error());
    auto ledger = storage::Ledger::open(d->dataDir);
    if (!ledger)
        return fairlead::fail(ledger.error());
    d->ledger = std::move(*ledger);
    d->limitKeeper = std::make_unique<LimitKeeper>(*d->ledger);
    d->notice.setFolder(d->dataDir);
    d->prices = metering::PriceBook::builtIn();
    d->keys = std::make_unique<secrets::KeyRing>(std::move(options.secrets));
    d->options = std::move(options);
    d->thread = std::make_unique<EngineThread>(d->prices, *d->ledger);

    std::unique_ptr<LocalGateway> gateway(new LocalGateway(std::move(d)));
    gateway->d->wire();
    if (auto adopted = gateway->d->adopt(std::move(*config)); !adopted)
        return fairlead::fail(adopted.error().in(gateway->d->configPath.toUtf8()));
    return gateway;
}

// -- settings
// -------------------------------------------------------------------------------------------------------------

Result<std::shared_ptr<const routing::RoutingTable>>
LocalGateway::Private::buildRouting(const config::Config &next)
{
    std::vector<std::shared_ptr<const ProviderSpec>> extras;
    if (options.demo || offersDemo(next)) {
        Result<std::shared_ptr<const ProviderSpec>> demo(nullptr);
        thread->wait([&](Engine &engine) { demo = engine.startDemo(options.demoSpeedUp); });
        if (demo)
            extras.push_back(*demo);
        else
            qCWarning(lcGateway).noquote() << "No demo provider:" << demo.error().message();
    }
    return routing::RoutingTable::build(next, std::move(extras), prices);
}

/// Makes `next` the running configuration; on error the old one stays.
Result<> LocalGateway::Private::adopt(config::Config next)
{
    auto table = buildRouting(next);
    if (!table)
        return fairlead::fail(table.error());
    config = std::move(next);
    routing = std::move(*table);
    keys->setWanted(routing->wantedKeys());
    applySettings();
    Q_EMIT q->providersChanged();
    Q_EMIT q->appsChanged();
    return {};
}

/// adopt() and write the file.
Result<> LocalGateway::Private::change(config::Config next)
{
    if (auto adopted = adopt(next); !adopted)
        return adopted;
    auto saved = config::saveConfig(configPath, config);
    notice.announce();
    return saved;
}

AccessRules LocalGateway::Private::accessRules() const
{
    AccessRules rules;
    rules.auth = config.server.auth.value_or(ServerConfig::Auth::Token);
    rules.host = host();
    rules.corsOrigins = config.server.corsOrigins;
    rules.appByProcess = allowedOnce;
    if (config.server.lan && config.server.tls) {
        if (const auto tls = serverTls(*config.server.tls))
            rules.names = namesOf(*tls);
    }
    for (const storage::AppRecord &app : ledger->apps()) {
        if (!app.revoked)
            rules.appByTokenHash.insert(app.tokenHash, app.name);
    }
    for (const config::AppConfig &app : config.apps) {
        if (!app.models.empty())
            rules.modelsByApp.insert(app.name, app.models);
        if (!app.program.isEmpty())
            rules.appByProgram.insert(app.program, app.name);
        if (app.expires)
            rules.endByApp.insert(app.name, app.expires->addDays(1).startOfDay().toMSecsSinceEpoch());
        if (app.tokenEnv.isEmpty())
            continue;
        const QByteArray token = qgetenv(app.tokenEnv.toUtf8().constData());
        if (token.isEmpty())
            qCWarning(lcGateway).noquote()
                << "The app" << app.name << "has no token: the variable" << app.tokenEnv << "is not set.";
        else
            rules.appByTokenHash.insert(LocalAccess::hashToken(token), app.name);
    }
    return rules;
}

/// The keys, with a note on those that are plainly another provider's.
secrets::KeySnapshot LocalGateway::Private::checkedKeys() const
{
    secrets::KeySnapshot snapshot = keys->snapshot();
    for (auto it = snapshot.begin(); it != snapshot.end(); ++it) {
        const auto spec = routing->provider(it.key());
        if (!spec)
            continue;
        for (secrets::LoadedKey &key : it.value())
            key.looksLike = Catalogue::builtIn().ownersOfForeignKey(*spec, key.secret.reveal());
    }
    return snapshot;
}

void LocalGateway::Private::applySettings()
{
    EngineSettings settings;
    settings.routing = routing;
    settings.keys = checkedKeys();
    settings.access = accessRules();
    settings.gate = limitKeeper->rules(config);
    thread->post(
        [settings = std::move(settings)](Engine &engine) mutable { engine.apply(std::move(settings)); });
}

void LocalGateway::Private::wire()
{
    Engine *engine = &thread->engine();
    QObject::connect(engine, &Engine::statusChanged, q, [this](const ServerStatus &next) {
        status = next;
        Q_EMIT q->serverStatusChanged();
    });
    QObject::connect(engine, &Engine::liveChanged, q, [this](const QList<LiveExchange> &exchanges) {
        live.assign(exchanges.begin(), exchanges.end());
        Q_EMIT q->liveExchangesChanged();
    });
    QObject::connect(
        engine, &Engine::recordsFinished, q, [this](const QList<metering::LedgerRecord> &records) {
            for (const metering::LedgerRecord &record : records)
                Q_EMIT q->exchangeFinished(record);
        });
    QObject::connect(engine, &Engine::appsSeen, q, [this](const QList<QByteArray> &names) {
        const qint64 now = toUnixMs(SystemClock().wall());
        for (const QByteArray &name : names)
            ledger->sawApp(name, now);
        Q_EMIT q->appsChanged();
    });
    QObject::connect(
        engine, &Engine::strangerSeen, q, [this](StrangerInfo stranger) {
            stranger.atMs = toUnixMs(SystemClock().wall());
            qCInfo(lcGateway).noquote()
                << (stranger.refused ? "refused, as it has no token:" : "without a token:")
                << (stranger.name.isEmpty() ? stranger.userAgent : stranger.name) << stranger.path
                << stranger.peer;
            Q_EMIT q->strangerSeen(stranger);
        });
    QObject::connect(engine, &Engine::gapsFound, q, [this](const std::vector<routing::Gate::Gap> &gaps) {
        limitKeeper->fill(
            gaps, q, [this](const routing::Gate::Gap &gap, const QHash<QByteArray, NanoUsd> &spent) {
                thread->post([gap, spent](Engine &running) { running.fillGap(gap, spent); });
            });
    });
    QObject::connect(engine, &Engine::limitReached, q, [this](const routing::LimitNotice &reached) {
        qCInfo(lcGateway).noquote() << (reached.refused ? "refused:" : "warned:") << reached.words;
        Q_EMIT q->limitReached(eventOf(reached));
    });
    QObject::connect(engine, &Engine::appPaused, q, [this](const routing::Pause &pause) {
        qCWarning(lcGateway).noquote() << "The app" << pause.app << "is paused:" << pause.reason;
        limitKeeper->pause(pause.app, pause.reason, q, thenApply(q, [](const Result<> &) {}));
    });
    QObject::connect(
        engine, &Engine::askEvents, q, [this](quint64 askId, const QList<chat::ChatEvent> &batch) {
            if (LocalAnswer *answer = answers.value(askId))
                Q_EMIT answer->events(batch);
        });
    QObject::connect(
        engine, &Engine::askFinished, q, [this](quint64 askId, const metering::LedgerRecord &record) {
            if (LocalAnswer *answer = answers.take(askId))
                answer->finish(record);
        });
    QObject::connect(
        &network, &SystemNetwork::reachabilityChanged, q, [this](SystemNetwork::Reachability reachability) {
            thread->post([reachability](Engine &running) { running.setReachability(reachability); });
        });
    QObject::connect(&network, &SystemNetwork::transportChanged, q, [this] {
        thread->post([](Engine &running) { running.networkChanged(); });
    });
    recall(*ledger, SystemClock().wall(), q, [this](Recollection known) {
        thread->post([known = std::move(known)](Engine &running) { running.remember(known); });
    });
    QObject::connect(keys.get(), &secrets::KeyRing::changed, q, [this] {
        applySettings();
        Q_EMIT q->providersChanged();
    });
}

QString LocalGateway::Private::host() const
{
    if (!options.host.isEmpty())
        return options.host;
    return config.server.host.value_or(QStringLiteral("127.0.0.1"));
}

quint16 LocalGateway::Private::port() const
{
    return options.port.value_or(config.server.port.value_or(config::kDefaultPort));
}

http::ServerLimits LocalGateway::Private::limits() const
{
    http::ServerLimits limits;
    if (config.server.mostBodyBytes)
        limits.mostBodyBytes = *config.server.mostBodyBytes;
    return limits;
}

Result<Engine::Place> LocalGateway::Private::place() const
{
    if (auto open = config::whyNotListenOn(host(), config.server))
        return fairlead::fail(std::move(*open));
    Engine::Place place;
    place.addresses = addressesFor(host());
    place.port = port();
    place.limits = limits();
    if (config.server.tls) {
        auto tls = serverTls(*config.server.tls);
        if (!tls)
            return fairlead::fail(tls.error());
        place.tls = std::move(*tls);
    }
    return place;
}

void LocalGateway::connectNotify(const QMetaMethod &signal)
{
    const bool isLive = signal == QMetaMethod::fromSignal(&Gateway::liveExchangesChanged)
                        || signal == QMetaMethod::fromSignal(&Gateway::exchangeFinished);
    if (!isLive || d->observed)
        return;
    d->observed = true;
    d->thread->post([](Engine &engine) { engine.setObserved(true); });
}

const config::Config &LocalGateway::config() const
{
    return d->config;
}

QString LocalGateway::configPath() const
{
    return d->configPath;
}

QString LocalGateway::dataDir() const
{
    return d->dataDir;
}

Result<> LocalGateway::reloadConfig()
{
    auto next = config::loadConfig(d->configPath);
    if (!next)
        return fairlead::fail(next.error());
    return d->adopt(std::move(*next));
}

storage::Ledger &LocalGateway::ledger()
{
    return *d->ledger;
}

/// Another process (fairleadctl, the window) has changed apps, keys or the config.
void LocalGateway::Private::takeUpChanges()
{
    if (auto reloaded = q->reloadConfig(); !reloaded)
        qCWarning(lcGateway).noquote()
            << "The config was changed but not taken:" << reloaded.error().message();
    keys->refresh();
    ledger->refreshApps(q, [this](const Result<> &refreshed) {
        if (!refreshed)
            return;
        applySettings();
        Q_EMIT q->appsChanged();
        Q_EMIT q->pausesChanged();
    });
}

// -- the server
// -------------------------------------------------------------------------------------------------------------

void LocalGateway::whenKeysSettled(std::function<void()> ready)
{
    if (d->keys->isSettled()) {
        ready();
        return;
    }
    auto *timer = new QTimer(this);
    timer->setSingleShot(true);
    const auto once = std::make_shared<std::function<void()>>(std::move(ready));
    const auto fire = [timer, once] {
        timer->deleteLater();
        if (const auto call = std::exchange(*once, nullptr))
            call();
    };
    connect(timer, &QTimer::timeout, this, fire);
    connect(d->keys.get(), &secrets::KeyRing::changed, timer, [this, fire] {
        if (d->keys->isSettled())
            fire();
    });
    timer->start(kMostWaitForKeys);
}

void LocalGateway::startServer()
{
    using State = ServerStatus::State;
    if (d->status.state == State::Running || d->status.state == State::Starting
        || d->status.state == State::Draining)
        return;
    d->status.state = State::Starting;
    Q_EMIT serverStatusChanged();
    d->notice.watch([this] { d->takeUpChanges(); });
    whenKeysSettled([this] {
        auto place = d->place();
        if (!place) {
            d->status.state = State::Failed;
            d->status.error = QString::fromUtf8(place.error().message());
            Q_EMIT serverStatusChanged();
            return;
        }
        d->thread->post([place = std::move(*place)](Engine &engine) { engine.listen(place); });
    });
}

void LocalGateway::stopServer()
{
    d->thread->post([drain = d->options.drain](Engine &engine) { engine.stop(drain); });
}

ServerStatus LocalGateway::serverStatus() const
{
    return d->status;
}

std::vector<LiveExchange> LocalGateway::liveExchanges() const
{
    return d->live;
}

void LocalGateway::cancelExchange(const QByteArray &id)
{
    d->thread->post([id](Engine &engine) { engine.cancelExchange(id); });
}

void LocalGateway::shutDown(std::function<void()> done)
{
    const auto once = std::make_shared<std::function<void()>>(std::move(done));
    connect(&d->thread->engine(), &Engine::stopped, this, [this, once] {
        d->ledger->flush(this, [once] {
            if (const auto call = std::exchange(*once, nullptr))
                call();
        });
    });
    stopServer();
}

// -- apps
// ---------------------------------------------------------------------------------------------------------------------

std::vector<AppInfo> LocalGateway::apps() const
{
    std::vector<AppInfo> list;
    for (const config::AppConfig &app : d->config.apps) {
        if (app.tokenEnv.isEmpty() && app.program.isEmpty())
            continue; // its token, if it has one, is the ledger's
        AppInfo info;
        info.name = app.name;
        info.fromConfig = true;
        list.push_back(std::move(info));
    }
    for (const storage::AppRecord &app : d->ledger->apps()) {
        AppInfo info;
        info.name = app.name;
        info.tokenHint = app.tokenHint;
        info.createdMs = app.createdMs;
        info.lastSeenMs = app.lastSeenMs;
        info.revoked = app.revoked;
        list.push_back(std::move(info));
    }
    const std::vector<PauseInfo> paused = pauses();
    for (AppInfo &info : list) {
        info.paused = std::any_of(
            paused.begin(), paused.end(), [&](const PauseInfo &pause) { return pause.app == info.name; });
        if (const config::AppConfig *settings = d->config.app(info.name)) {
            info.expires = settings->expires;
            info.expired = info.expires && *info.expires < QDate::currentDate();
        }
    }
    return list;
}

QByteArray LocalGateway::Private::whyNoNewApp(const QByteArray &name) const
{
    if (name.isEmpty())
        return QByteArrayLiteral("An app needs a name, such as my-editor.");
    const auto existing = q->apps();
    const bool taken = std::any_of(existing.begin(), existing.end(), [&](const AppInfo &app) {
        return app.name == name && !app.revoked;
    });
    if (!taken)
        return {};
    return "There is an app \"" + name + "\" already. Revoke it first, or use another name.";
}

/// In place of what the config says of that app. A name alone says nothing.
Result<> LocalGateway::Private::saveSettings(const config::AppConfig &settings)
{
    config::AppConfig unsaid;
    unsaid.name = settings.name;
    if (settings == unsaid)
        return {};
    config::Config next = config;
    if (config::AppConfig *existing = next.app(settings.name))
        *existing = settings;
    else
        next.apps.push_back(settings);
    return change(std::move(next));
}

void LocalGateway::addApp(const config::AppConfig &settings, QObject *context, Callback<NewApp> done)
{
    config::AppConfig trimmed = settings;
    trimmed.name = settings.name.trimmed();
    if (const QByteArray words = d->whyNoNewApp(trimmed.name); !words.isEmpty()) {
        d->postAnswer(context, [done, words] { done(fairlead::fail(ErrorKind::Invalid, words)); });
        return;
    }
    // Its limits before its token: it must not be let in without them.
    if (const auto saved = d->saveSettings(trimmed); !saved) {
        d->postAnswer(context, [done, error = saved.error()] { done(fairlead::fail(error)); });
        return;
    }
    QByteArray token = LocalAccess::newToken();
    storage::AppRecord record;
    record.name = trimmed.name;
    record.tokenHash = LocalAccess::hashToken(token);
    record.tokenHint = token.right(4);
    record.createdMs = toUnixMs(SystemClock().wall());
    NewApp fresh;
    fresh.name = trimmed.name;
    fresh.token = Secret(std::move(token));
    const QPointer<QObject> guard(context);
    d->ledger->saveApp(record, this, [this, fresh, guard, done](Result<> saved) {
        if (saved) {
            d->applySettings();
            d->notice.announce();
            Q_EMIT appsChanged();
        }
        if (!guard)
            return;
        if (saved)
            done(fresh);
        else
            done(fairlead::fail(saved.error()));
    });
}

void LocalGateway::saveApp(const config::AppConfig &settings, QObject *context, Callback<void> done)
{
    d->postAnswer(context, [done, result = d->saveSettings(settings)] { done(result); });
}

void LocalGateway::revokeApp(const QByteArray &name, QObject *context, Callback<void> done)
{
    // What the config says of a token that is gone would be taken for the next one's.
    const config::AppConfig *settings = d->config.app(name);
    if (settings && settings->tokenEnv.isEmpty()) {
        config::Config next = d->config;
        std::erase_if(next.apps, [&](const config::AppConfig &app) { return app.name == name; });
        if (const auto changed = d->change(std::move(next)); !changed) {
            d->postAnswer(context, [done, error = changed.error()] { done(fairlead::fail(error)); });
            return;
        }
    }
    const QPointer<QObject> guard(context);
    d->ledger->removeApp(name, this, [this, guard, done](Result<> removed) {
        d->applySettings();
        d->notice.announce();
        Q_EMIT appsChanged();
        if (guard)
            done(removed);
    });
}

void LocalGateway::allowOnce(const StrangerInfo &stranger)
{
    if (stranger.pid <= 0)
        return;
    PeerProcess process;
    process.pid = stranger.pid;
    process.path = stranger.path;
    d->allowedOnce.insert(process.key(), stranger.name.isEmpty() ? QByteArray("local") : stranger.name);
    d->applySettings();
}

// -- limits
// -------------------------------------------------------------------------------------------------------------

void LocalGateway::Private::controlsChanged()
{
    applySettings();
    notice.announce();
    Q_EMIT q->pausesChanged();
    Q_EMIT q->appsChanged();
}

LimitKeeper::Done LocalGateway::Private::thenApply(QObject *context, Callback<void> done)
{
    return [this, guard = QPointer<QObject>(context), done = std::move(done)](const Result<> &changed) {
        const auto tell = [guard, done, changed] {
            if (guard)
                done(changed);
        };
        if (!changed) {
            tell();
            return;
        }
        controlsChanged();
        // There and back: what the asker is told is in force by then.
        thread->post([tell, home = q](Engine &) {
            QMetaObject::invokeMethod(home, tell, Qt::QueuedConnection);
        });
    };
}

void LocalGateway::pause(
    const QByteArray &app, const QByteArray &reason, QObject *context, Callback<void> done)
{
    d->limitKeeper->pause(app, reason, this, d->thenApply(context, std::move(done)));
}

void LocalGateway::resume(const QByteArray &app, QObject *context, Callback<void> done)
{
    d->limitKeeper->resume(app, this, d->thenApply(context, std::move(done)));
}

std::vector<PauseInfo> LocalGateway::pauses() const
{
    return d->limitKeeper->pauses();
}

void LocalGateway::raiseBudget(
    const QByteArray &app, NanoUsd amount, std::chrono::seconds during, QObject *context, Callback<void> done)
{
    d->limitKeeper->raise(app, amount, during, this, d->thenApply(context, std::move(done)));
}

void LocalGateway::budgets(QObject *context, Callback<std::vector<BudgetInfo>> done)
{
    const QPointer<QObject> guard(context);
    const auto answer = [this, guard, done](const std::vector<BudgetInfo> &list) {
        const auto deliver = [guard, done, list] {
            if (guard)
                done(list);
        };
        QMetaObject::invokeMethod(this, deliver, Qt::QueuedConnection);
    };
    d->thread->post([answer](Engine &engine) {
        engine.whenCounted([&engine, answer] {
            std::vector<BudgetInfo> list;
            for (const routing::BudgetState &state : engine.budgets())
                list.push_back(infoOf(state));
            answer(list);
        });
    });
}

// -- providers and keys
// -------------------------------------------------------------------------------------------------------

/// Answers later, never inside the call: callers need not be ready for both.
void LocalGateway::Private::postAnswer(QObject *context, std::function<void()> answer)
{
    QMetaObject::invokeMethod(context, std::move(answer), Qt::QueuedConnection);
}

ProviderInfo LocalGateway::Private::describe(const ProviderSpec &spec, bool configured) const
{
    ProviderInfo info;
    info.id = spec.id;
    info.name = spec.name;
    info.wire = spec.wire;
    info.baseUrl = spec.baseUrl.toString();
    info.kind = spec.kind;
    info.configured = configured;
    const bool named = !routing->wantedKeys().value(spec.id).empty();
    info.needsKey = spec.auth.needsKey() && (!spec.local || named);
    info.local = spec.local;
    info.keyPattern = spec.keyPattern;
    info.keysPage = spec.keysPage;
    if (!configured)
        return info;
    for (const secrets::KeyStatus &key : keys->status()) {
        if (key.provider == spec.id)
            info.keys.push_back(key);
    }
    info.models = routing->modelsOf(spec);
    const bool hasKey = std::any_of(info.keys.begin(), info.keys.end(), [](const secrets::KeyStatus &key) {
        return key.state == secrets::KeyStatus::State::Loaded;
    });
    info.ready = hasKey || !info.needsKey;
    return info;
}

std::vector<ProviderInfo> LocalGateway::providers() const
{
    std::vector<ProviderInfo> list;
    for (const auto &spec : d->routing->providers())
        list.push_back(d->describe(*spec, true));
    const std::size_t configured = list.size();
    for (const ProviderSpec &spec : Catalogue::builtIn().all()) {
        const wire::Wire *wire = wire::findWire(spec.wire);
        if (!d->routing->provider(spec.id) && wire && wire->upstream)
            list.push_back(d->describe(spec, false));
    }
    std::sort(
        list.begin() + static_cast<std::ptrdiff_t>(configured), list.end(),
        [](const ProviderInfo &a, const ProviderInfo &b) {
            return a.name.compare(b.name, Qt::CaseInsensitive) < 0;
        });
    return list;
}

secrets::StoreInfo LocalGateway::keyStore() const
{
    return d->keys->storeInfo();
}

std::vector<QByteArray> LocalGateway::providersMatchingKey(const Secret &key) const
{
    return Catalogue::builtIn().providersMatchingKey(key.reveal());
}

void LocalGateway::addKey(const QByteArray &provider, Secret key, QObject *context, Callback<void> done)
{
    const config::ProviderConfig *configured = d->config.provider(provider);
    config::KeyEntry entryOfKey;
    entryOfKey.name = QString::fromUtf8(provider);
    const auto refuse
        = [&](const Error &error) { d->postAnswer(context, [done, error] { done(fairlead::fail(error)); }); };
    if (!configured) {
        if (!Catalogue::builtIn().find(provider)) {
            d->postAnswer(context, [done, provider] {
                done(fairlead::fail(
                    ErrorKind::NotFound, "There is no provider \"" + provider
                                             + "\". `fairleadctl providers` lists them; one of your own goes"
                                               " into the config with its wire and base_url."));
            });
            return;
        }
        config::Config next = d->config;
        config::ProviderConfig entry;
        entry.id = provider;
        next.providers.push_back(std::move(entry));
        if (auto changed = d->change(std::move(next)); !changed)
            return refuse(changed.error());
    } else if (
        !configured->keys.empty()
        && std::find(configured->keys.begin(), configured->keys.end(), entryOfKey)
               == configured->keys.end()) {
        // The config names the keys to use: the new one must stand among them, or it is forgotten at the next
        // start.
        config::Config next = d->config;
        auto &keys = next.provider(provider)->keys;
        keys.insert(keys.begin(), std::move(entryOfKey));
        if (auto changed = d->change(std::move(next)); !changed)
            return refuse(changed.error());
    }
    detach(d->storeKey(provider, secrets::inOneLine(std::move(key)), context, std::move(done)));
}

Task<> LocalGateway::Private::storeKey(
    QByteArray provider, Secret key, QPointer<QObject> context, Callback<void> done)
{
    auto stored = co_await keys->store(provider, QString::fromUtf8(provider), std::move(key));
    notice.announce();
    if (!context)
        co_return;
    if (stored)
        done(Result<>());
    else
        done(fairlead::fail(stored.error()));
}

void LocalGateway::removeKey(
    const QByteArray &provider, const secrets::KeyRef &key, QObject *context, Callback<void> done)
{
    detach(d->dropKey(provider, key, context, std::move(done)));
}

Task<> LocalGateway::Private::dropKey(
    QByteArray provider, secrets::KeyRef ref, QPointer<QObject> context, Callback<void> done)
{
    auto removed = co_await keys->remove(provider, ref);
    notice.announce();
    if (context)
        done(std::move(removed));
}

void LocalGateway::checkKey(
    const QByteArray &provider, std::optional<Secret> key, QObject *context, Callback<KeyCheck> done)
{
    std::shared_ptr<const ProviderSpec> spec = d->routing->provider(provider);
    if (!spec) {
        if (const ProviderSpec *known = Catalogue::builtIn().find(provider)) {
            auto open = std::make_shared<ProviderSpec>(*known);
            if (const auto filled = providers::fillIn(*open, {}); !filled) {
                const Error error = filled.error().in(provider);
                d->postAnswer(context, [done, error] { done(fairlead::fail(error)); });
                return;
            }
            spec = std::move(open);
        }
    }
    const wire::Wire *wire = spec ? wire::findWire(spec->wire) : nullptr;
    if (!wire || !wire->upstream) {
        d->postAnswer(context, [done, provider] {
            done(fairlead::fail(ErrorKind::NotFound, "There is no provider \"" + provider + "\" to ask."));
        });
        return;
    }
    Secret secret = secrets::inOneLine(key.value_or(Secret()));
    if (!key) {
        const auto loaded = d->checkedKeys().value(provider);
        if (!loaded.empty() && !loaded.front().looksLike.empty()) {
            const QString words = keyWords(routing::foreignKey(*spec, loaded.front()));
            d->postAnswer(context, [done, words] {
                KeyCheck check;
                check.words = words;
                done(check);
            });
            return;
        }
        if (!loaded.empty())
            secret = loaded.front().secret;
    }
    if (secret.isEmpty() && spec->auth.needsKey() && !spec->local) {
        d->postAnswer(context, [done, name = spec->name] {
            KeyCheck check;
            check.words = LocalGateway::tr("There is no key for %1 yet.").arg(name);
            done(check);
        });
        return;
    }

    const QPointer<QObject> guard(context);
    const auto answered = [this, guard, done,
                           name = spec->name](const providers::OrFailure<std::vector<QByteArray>> &models) {
        KeyCheck check;
        if (models) {
            check.works = true;
            check.models = *models;
            check.words
                = tr("Works: %1 offers %n model(s).", nullptr, static_cast<int>(models->size())).arg(name);
        } else {
            check.words = keyWords(models.error());
        }
        QMetaObject::invokeMethod(
            this,
            [guard, done, check] {
                if (guard)
                    done(check);
            },
            Qt::QueuedConnection);
    };
    d->thread->post([spec, secret, answered](Engine &engine) { engine.listModels(spec, secret, answered); });
}

void LocalGateway::saveProvider(const config::ProviderConfig &provider, QObject *context, Callback<void> done)
{
    config::Config next = d->config;
    if (config::ProviderConfig *existing = next.provider(provider.id))
        *existing = provider;
    else
        next.providers.push_back(provider);
    d->postAnswer(context, [done, result = d->change(std::move(next))] { done(result); });
}

void LocalGateway::removeProvider(const QByteArray &provider, QObject *context, Callback<void> done)
{
    config::Config next = d->config;
    std::erase_if(next.providers, [&](const config::ProviderConfig &entry) { return entry.id == provider; });
    d->postAnswer(context, [done, result = d->change(std::move(next))] { done(result); });
}

// -- models and answers
// -------------------------------------------------------------------------------------------------------

std::vector<ModelInfo> LocalGateway::models() const
{
    const WallTime now = SystemClock().wall();
    std::vector<ModelInfo> routes;
    std::vector<ModelInfo> ready;
    std::vector<ModelInfo> others;
    QHash<QByteArray, bool> readyById;
    for (const auto &spec : d->routing->providers())
        readyById.insert(spec->id, d->describe(*spec, true).ready);

    for (const config::RouteConfig &route : d->routing->routes()) {
        if (route.isPattern())
            continue;
        ModelInfo info;
        info.name = route.model;
        info.model = route.model;
        info.displayName = QString::fromUtf8(route.model);
        info.isRoute = true;
        const std::vector<routing::Target> targets = d->routing->targetsOf(route);
        info.ready = std::any_of(targets.begin(), targets.end(), [&](const routing::Target &target) {
            return readyById.value(target.provider->id);
        });
        routes.push_back(std::move(info));
    }
    for (const auto &spec : d->routing->providers()) {
        for (const QByteArray &model : d->routing->modelsOf(*spec)) {
            ModelInfo info;
            info.name = spec->id + '/' + model;
            info.provider = spec->id;
            info.model = model;
            info.displayName = QString::fromUtf8(model);
            info.ready = readyById.value(spec->id);
            if (const auto *facts = d->prices->facts(spec->priceProvider, model)) {
                info.contextTokens = facts->contextTokens;
                if (!facts->name.isEmpty())
                    info.displayName = QString::fromUtf8(facts->name);
            }
            if (const auto row = d->prices->find(spec->priceProvider, model, now)) {
                info.inputPrice = row->prices[static_cast<std::size_t>(chat::TokenKind::Input)];
                info.outputPrice = row->prices[static_cast<std::size_t>(chat::TokenKind::Output)];
            }
            (info.ready ? ready : others).push_back(std::move(info));
        }
    }
    routes.insert(routes.end(), std::make_move_iterator(ready.begin()), std::make_move_iterator(ready.end()));
    routes.insert(
        routes.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    return routes;
}

// -- routes
// -------------------------------------------------------------------------------------------------------------

void LocalGateway::saveRoutes(std::vector<config::RouteConfig> routes, QObject *context, Callback<void> done)
{
    config::Config next = d->config;
    next.routes = std::move(routes);
    // Read as it will be written: what a file may not say, the window may not either.
    auto sound = config::parseConfig(config::formatConfig(next));
    auto result = sound ? d->change(std::move(*sound)) : Result<>(fairlead::fail(sound.error()));
    d->postAnswer(context, [done, result = std::move(result)] { done(result); });
}

void LocalGateway::simulateRoute(
    config::RouteConfig route, int days, QObject *context, Callback<routing::Simulation> done)
{
    config::Config next = d->config;
    const auto at = std::find_if(next.routes.begin(), next.routes.end(), [&](const auto &other) {
        return other.model == route.model;
    });
    if (at == next.routes.end())
        next.routes.push_back(route);
    else
        *at = route;
    auto sound = config::parseConfig(config::formatConfig(next));
    auto table = sound ? d->buildRouting(*sound)
                       : Result<std::shared_ptr<const routing::RoutingTable>>(fairlead::fail(sound.error()));
    if (!table) {
        d->postAnswer(context, [done, error = table.error()] { done(fairlead::fail(error)); });
        return;
    }
    RouteSimulator::Question question;
    question.table = std::move(*table);
    question.prices = d->prices;
    question.route = route;
    question.sinceMs = toUnixMs(SystemClock().wall() - std::chrono::hours(24) * days);
    RouteSimulator::ask(*d->ledger, std::move(question), context, std::move(done));
}

void LocalGateway::targetConditions(
    std::vector<QByteArray> targets, QObject *context, Callback<std::vector<TargetCondition>> done)
{
    const QPointer<QObject> asker(context);
    d->thread->post([this, asker, targets = std::move(targets), done = std::move(done)](Engine &engine) {
        auto conditions = engine.conditionsOf(targets);
        QMetaObject::invokeMethod(
            this,
            [asker, done, conditions = std::move(conditions)]() mutable {
                if (asker)
                    done(std::move(conditions));
            },
            Qt::QueuedConnection);
    });
}

std::unique_ptr<Answer> LocalGateway::ask(chat::ChatRequest request, const QByteArray &origin)
{
    const quint64 askId = ++d->lastAsk;
    const QByteArray requestId = newRequestId(toUnixMs(SystemClock().wall()));
    const QPointer<LocalGateway> self(this);
    auto answer = std::make_unique<LocalAnswer>(
        requestId,
        [self, askId] {
            if (self)
                self->d->thread->post([askId](Engine &engine) { engine.cancelAsk(askId); });
        },
        [self, askId] {
            if (self)
                self->d->answers.remove(askId);
        });
    d->answers.insert(askId, answer.get());
    // A key that is still being read is worth the moment.
    whenKeysSettled([this, askId, requestId, request = std::move(request), origin]() mutable {
        d->thread->post([askId, requestId, request = std::move(request), origin](Engine &engine) mutable {
            engine.ask(askId, requestId, std::move(request), origin);
        });
    });
    return answer;
}

} // namespace fairlead::gateway

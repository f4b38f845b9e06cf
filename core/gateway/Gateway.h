// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "base/Secret.h"
#include "chat/ChatEvent.h"
#include "chat/ChatRequest.h"
#include "config/Config.h"
#include "metering/LedgerRecord.h"
#include "routing/SimulationResult.h"
#include "secrets/KeyRing.h"
#include "storage/Ledger.h"

#include <QList>
#include <QMetaType>
#include <QObject>
#include <QString>
#include <QUrl>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

/// The facade: what the window and the command line see of the core. Everything here lives on the main
/// thread; the work happens on the gateway and storage threads, and only values cross.
namespace fairlead::gateway {

struct ServerStatus {
    enum class State { Stopped, Starting, Running, Draining, Failed };
    State state = State::Stopped;
    QString host;
    quint16 port = 0;
    bool tls = false;
    config::ServerConfig::Auth auth = config::ServerConfig::Auth::Token;
    QString error; ///< for Failed: what happened and what to do
    [[nodiscard]] QString url() const; ///< "http://127.0.0.1:5323"
};

/// A request that is running now.
struct LiveExchange {
    enum class Phase { Routing, Connecting, Waiting, Streaming };
    QByteArray id;
    QByteArray origin;
    QByteArray app;
    QByteArray modelAsked;
    QByteArray provider;
    QByteArray model;
    Phase phase = Phase::Routing;
    qint64 startedMs = 0;
    int attempts = 0;
};

struct ProviderInfo {
    QByteArray id;
    QString name;
    QByteArray wire;
    QString baseUrl;
    QByteArray kind; ///< "vendor", "host", "local", "demo" ...
    bool configured = false; ///< stands in the config file (or is the demo)
    bool needsKey = true;
    bool local = false;
    QString keyPattern; ///< regular expression, empty if not known
    QUrl keysPage;
    std::vector<secrets::KeyStatus> keys;
    std::vector<QByteArray> models;
    /// Ready to be asked: configured, enabled, and with a loaded key if it needs one.
    bool ready = false;
};

struct ModelInfo {
    QByteArray name; ///< what to ask for: "provider/model", or a route's alias
    QByteArray provider; ///< empty for a route
    QByteArray model;
    QString displayName;
    bool isRoute = false;
    bool ready = false; ///< its provider is
    std::int64_t contextTokens = 0;
    std::optional<UnitPrice> inputPrice;
    std::optional<UnitPrice> outputPrice;
};

/// How a place of a route is doing now.
struct TargetCondition {
    enum class Lamp { Good, Shaky, Resting, Down };
    QByteArray target; ///< "provider/model"
    Lamp lamp = Lamp::Good;
    QString words; ///< for all but Good: why, and until when
    int inFlight = 0;
    std::optional<std::chrono::milliseconds> firstToken; ///< half of its answers began by then
    std::optional<double> tokensPerSecond;
};

struct AppInfo {
    QByteArray name;
    QByteArray tokenHint;
    qint64 createdMs = 0;
    qint64 lastSeenMs = 0; ///< 0 = never
    bool fromConfig = false; ///< its token comes from the environment (config: token_env)
    bool revoked = false;
    bool paused = false; ///< by itself; see pauses()
    std::optional<QDate> expires; ///< the last day it is let in
    bool expired = false;
};

/// A program of this machine that called without a token of ours.
struct StrangerInfo {
    QByteArray name; ///< "cursor"; empty if the system does not tell
    QString path; ///< of its executable
    qint64 pid = 0;
    QByteArray peer; ///< "127.0.0.1:54321"
    QByteArray userAgent; ///< what it says of itself
    bool refused = false; ///< or let in, as nobody needs a token
    qint64 atMs = 0;
};

/// Who is kept out until somebody lets him in again.
struct PauseInfo {
    QByteArray app; ///< empty = everybody
    QByteArray reason; ///< empty = none given
    qint64 sinceMs = 0;
};

/// A budget as it stands.
struct BudgetInfo {
    QByteArray scope; ///< "all", "app", "model", "provider"
    QByteArray name; ///< of the app, model pattern or provider
    QByteArray per; ///< "day", "week", "month"
    NanoUsd usd; ///< without what was raised
    NanoUsd raised;
    NanoUsd spent;
    NanoUsd reserved; ///< by requests that are running here
    bool hard = true;
    qint64 resetsMs = 0;
};

/// A limit was reached. At most one a minute for each.
struct LimitEvent {
    QByteArray scope; ///< as in BudgetInfo
    QByteArray name;
    QByteArray kind; ///< "requests", "tokens", "concurrent", "money", "runaway"
    bool refused = false; ///< or only warned
    QString words;
    qint64 atMs = 0;
};

struct NewApp {
    QByteArray name;
    Secret token; ///< shown once
};

/// Result of asking a provider whether a key works.
struct KeyCheck {
    bool works = false;
    QString words; ///< "Works: 63 models" / "The provider says: invalid api key. ..."
    std::vector<QByteArray> models;
};

/// One answer running in process (a compare column, `fairleadctl ask`): the same pipeline as a request
/// through the port.
class Answer : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;
    [[nodiscard]] virtual QByteArray requestId() const = 0;
    /// Stops it; `finished` follows with Status::Cancelled. Destroying the object cancels too, silently.
    virtual void cancel() = 0;

Q_SIGNALS:
    /// What has come since the last batch, in order; at most one signal in 16 ms.
    void events(const QList<fairlead::chat::ChatEvent> &batch);
    /// Exactly once, last, whatever happened.
    void finished(const fairlead::metering::LedgerRecord &record);
};

class Gateway : public QObject
{
    Q_OBJECT
public:
    template<typename T>
    using Callback = std::function<void(Result<T>)>;

    using QObject::QObject;

    // -- the local server
    // ---------------------------------------------------------------------------------------------
    virtual void startServer() = 0;
    virtual void stopServer() = 0;
    [[nodiscard]] virtual ServerStatus serverStatus() const = 0;
    [[nodiscard]] virtual std::vector<LiveExchange> liveExchanges() const = 0;
    virtual void cancelExchange(const QByteArray &id) = 0;

    // -- local tools
    // --------------------------------------------------------------------------------------------------
    [[nodiscard]] virtual std::vector<AppInfo> apps() const = 0;
    /// Makes a token; whatever the settings say besides the name is written into the config.
    virtual void addApp(const config::AppConfig &settings, QObject *context, Callback<NewApp> done) = 0;
    void addApp(const QByteArray &name, QObject *context, Callback<NewApp> done);
    virtual void revokeApp(const QByteArray &name, QObject *context, Callback<void> done) = 0;
    /// Writes an app's limits, models and expiry into the config, for new ones and for those there are.
    virtual void saveApp(const config::AppConfig &settings, QObject *context, Callback<void> done) = 0;

    /// Lets a program in without a token for as long as this process of it runs. To let it in for good, and
    /// within limits, save an app with its path as "program".
    virtual void allowOnce(const StrangerInfo &stranger) = 0;

    // -- limits
    // -------------------------------------------------------------------------------------------------------
    /// The kill switch, of one app or (empty) of everybody: new requests are refused, running ones finish.
    virtual void pause(const QByteArray &app, const QByteArray &reason, QObject *context, Callback<void> done)
        = 0;
    virtual void resume(const QByteArray &app, QObject *context, Callback<void> done) = 0;
    [[nodiscard]] virtual std::vector<PauseInfo> pauses() const = 0;
    /// More money for an app or (empty) for all, for a while. A second one takes the place of the first.
    virtual void raiseBudget(
        const QByteArray &app, NanoUsd amount, std::chrono::seconds during, QObject *context,
        Callback<void> done)
        = 0;
    virtual void budgets(QObject *context, Callback<std::vector<BudgetInfo>> done) = 0;

    // -- providers and keys
    // ---------------------------------------------------------------------------------------------
    /// Configured ones first, then the rest of the catalogue by name.
    [[nodiscard]] virtual std::vector<ProviderInfo> providers() const = 0;
    [[nodiscard]] virtual secrets::StoreInfo keyStore() const = 0;
    /// Stores the key and adds the provider to the config if it is not there.
    virtual void addKey(const QByteArray &provider, Secret key, QObject *context, Callback<void> done) = 0;
    virtual void
    removeKey(const QByteArray &provider, const secrets::KeyRef &key, QObject *context, Callback<void> done)
        = 0;
    /// Asks the provider (its model list, which is free). With an unset key, the stored one.
    virtual void
    checkKey(const QByteArray &provider, std::optional<Secret> key, QObject *context, Callback<KeyCheck> done)
        = 0;
    /// Providers whose pattern this key matches, when it does not match the one it is meant for.
    [[nodiscard]] virtual std::vector<QByteArray> providersMatchingKey(const Secret &key) const = 0;
    /// Adds or changes a provider in the config file (a custom base URL, a local server).
    virtual void saveProvider(const config::ProviderConfig &provider, QObject *context, Callback<void> done)
        = 0;
    virtual void removeProvider(const QByteArray &provider, QObject *context, Callback<void> done) = 0;

    // -- models and answers
    // ----------------------------------------------------------------------------------------------
    /// Routes first, then every model of every ready provider, then those that are not ready.
    [[nodiscard]] virtual std::vector<ModelInfo> models() const = 0;
    /// `origin`: "compare", "cli". The answer starts at once, also while the server is stopped.
    [[nodiscard]] virtual std::unique_ptr<Answer> ask(chat::ChatRequest request, const QByteArray &origin)
        = 0;

    // -- routes
    // ---------------------------------------------------------------------------------------------------------
    /// Makes these the routes, at once and in the file. A route that cannot be is refused, and all stays.
    virtual void saveRoutes(std::vector<config::RouteConfig> routes, QObject *context, Callback<void> done)
        = 0;
    /// What the route would have done with the requests of the last days that asked for it. It need not be
    /// saved; the other routes are as they are.
    virtual void
    simulateRoute(config::RouteConfig route, int days, QObject *context, Callback<routing::Simulation> done)
        = 0;
    /// Of "provider/model" each.
    virtual void targetConditions(
        std::vector<QByteArray> targets, QObject *context, Callback<std::vector<TargetCondition>> done)
        = 0;

    // -- the ledger
    // -----------------------------------------------------------------------------------------------------
    [[nodiscard]] virtual storage::Ledger &ledger() = 0;

    // -- configuration
    // ----------------------------------------------------------------------------------------------------
    [[nodiscard]] virtual const config::Config &config() const = 0;
    [[nodiscard]] virtual QString configPath() const = 0;
    [[nodiscard]] virtual QString dataDir() const = 0;
    /// Reads the file again; on error the running configuration stays and the error says line and fix.
    [[nodiscard]] virtual Result<> reloadConfig() = 0;

Q_SIGNALS:
    void serverStatusChanged();
    /// Coalesced: at most every 100 ms.
    void liveExchangesChanged();
    /// A request ended and is in the ledger's queue (not yet on disk).
    void exchangeFinished(const fairlead::metering::LedgerRecord &record);
    void providersChanged(); ///< providers, keys or models
    void appsChanged();
    void strangerSeen(const fairlead::gateway::StrangerInfo &stranger);
    void pausesChanged();
    void limitReached(const fairlead::gateway::LimitEvent &event);
};

} // namespace fairlead::gateway

Q_DECLARE_METATYPE(fairlead::gateway::ServerStatus)
Q_DECLARE_METATYPE(fairlead::gateway::LiveExchange)
Q_DECLARE_METATYPE(fairlead::gateway::LimitEvent)
Q_DECLARE_METATYPE(fairlead::gateway::StrangerInfo)

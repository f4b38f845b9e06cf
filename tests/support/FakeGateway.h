// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

#include <QHash>
#include <QPointer>
#include <QTemporaryDir>

#include <chrono>

namespace fairlead::test {

/// An answer that a test drives by hand, or that plays its script from the event loop.
class FakeAnswer final : public gateway::Answer
{
    Q_OBJECT
public:
    FakeAnswer(chat::ChatRequest request, QByteArray origin, QByteArray id);
    ~FakeAnswer() override;

    [[nodiscard]] QByteArray requestId() const override { return m_id; }
    void cancel() override;

    [[nodiscard]] const chat::ChatRequest &request() const { return m_request; }
    [[nodiscard]] QByteArray origin() const { return m_origin; }
    [[nodiscard]] bool isFinished() const { return m_finished; }
    [[nodiscard]] bool wasCancelled() const { return m_cancelled; }

    void send(const QList<chat::ChatEvent> &batch);
    void think(const QByteArray &text);
    void say(const QByteArray &text);
    void finish(const metering::LedgerRecord &record);
    /// A good end with plausible, fixed figures.
    void finishOk();
    void fail(const QByteArray &message);

private:
    [[nodiscard]] metering::LedgerRecord record(metering::LedgerRecord::Status status) const;

    chat::ChatRequest m_request;
    QByteArray m_origin;
    QByteArray m_id;
    bool m_finished = false;
    bool m_cancelled = false;
};

/// What a model says when nobody drives its answers by hand.
struct Script {
    QByteArray reasoning;
    QByteArray text;
    std::vector<chat::ToolCallPart> toolCalls;
    QByteArray failure; ///< ends in this error, after the text
    metering::LedgerRecord figures; ///< times, usage, cost, finish reason
    int pieces = 1; ///< batches the text comes in
    bool endless = false; ///< leave it running after the text
};

/// The gateway in memory: what it answers is set by the test, what it was asked is there to look at.
/// Callbacks come from the event loop, as they do from the real one. The ledger is a real one in a directory
/// that goes with it.
class FakeGateway final : public gateway::Gateway
{
    Q_OBJECT
public:
    explicit FakeGateway(QObject *parent = nullptr);
    ~FakeGateway() override;

    // -- set by the test; call the matching changed signal afterwards
    // ---------------------------------------------------
    gateway::ServerStatus status;
    std::vector<gateway::LiveExchange> live;
    std::vector<gateway::AppInfo> appList;
    std::vector<gateway::PauseInfo> pauseList;
    std::vector<gateway::StrangerInfo> allowed; ///< once
    std::vector<gateway::BudgetInfo> budgetList;
    std::vector<gateway::ProviderInfo> providerList;
    std::vector<gateway::ModelInfo> modelList;
    secrets::StoreInfo store;
    config::Config configuration;
    QHash<QByteArray, Script> scripts; ///< by model name; a model without one waits to be driven
    QHash<QByteArray, gateway::KeyCheck> checks; ///< by provider
    routing::Simulation simulation; ///< of every route
    std::optional<Error> simulationError; ///< every simulation ends in it
    QHash<QByteArray, gateway::TargetCondition> conditions; ///< by target; the others are good
    std::optional<Error> nextError; ///< the next callback gets this instead

    // -- what happened
    // ---------------------------------------------------------------------------------------------------
    std::vector<QPointer<FakeAnswer>> answers; ///< newest last; null once destroyed
    std::vector<QByteArray> cancelledExchanges;
    std::vector<std::pair<QByteArray, QByteArray>> addedKeys; ///< provider, key text
    std::vector<config::RouteConfig> simulated; ///< newest last
    int routesSaved = 0;

    /// The newest answer of that model that is still alive; nullptr if none.
    [[nodiscard]] FakeAnswer *answerOf(const QByteArray &model) const;
    void addModel(const QByteArray &provider, const QByteArray &model, bool ready = true);
    void setServerState(gateway::ServerStatus::State state);

    // -- Gateway
    // -----------------------------------------------------------------------------------------------------------
    void startServer() override { setServerState(gateway::ServerStatus::State::Running); }
    void stopServer() override { setServerState(gateway::ServerStatus::State::Stopped); }
    [[nodiscard]] gateway::ServerStatus serverStatus() const override { return status; }
    [[nodiscard]] std::vector<gateway::LiveExchange> liveExchanges() const override { return live; }
    void cancelExchange(const QByteArray &id) override;
    [[nodiscard]] std::vector<gateway::AppInfo> apps() const override { return appList; }
    using Gateway::addApp;
    void addApp(const config::AppConfig &settings, QObject *context, Callback<gateway::NewApp> done) override;
    void revokeApp(const QByteArray &name, QObject *context, Callback<void> done) override;
    void saveApp(const config::AppConfig &settings, QObject *context, Callback<void> done) override;
    void allowOnce(const gateway::StrangerInfo &stranger) override { allowed.push_back(stranger); }
    void
    pause(const QByteArray &app, const QByteArray &reason, QObject *context, Callback<void> done) override;
    void resume(const QByteArray &app, QObject *context, Callback<void> done) override;
    [[nodiscard]] std::vector<gateway::PauseInfo> pauses() const override { return pauseList; }
    void raiseBudget(
        const QByteArray &app, NanoUsd amount, std::chrono::seconds during, QObject *context,
        Callback<void> done) override;
    void budgets(QObject *context, Callback<std::vector<gateway::BudgetInfo>> done) override;
    [[nodiscard]] std::vector<gateway::ProviderInfo> providers() const override { return providerList; }
    [[nodiscard]] secrets::StoreInfo keyStore() const override { return store; }
    void addKey(const QByteArray &provider, Secret key, QObject *context, Callback<void> done) override;
    void removeKey(
        const QByteArray &provider, const secrets::KeyRef &key, QObject *context,
        Callback<void> done) override;
    void checkKey(
        const QByteArray &provider, std::optional<Secret> key, QObject *context,
        Callback<gateway::KeyCheck> done) override;
    [[nodiscard]] std::vector<QByteArray> providersMatchingKey(const Secret &key) const override;
    void saveProvider(const config::ProviderConfig &provider, QObject *context, Callback<void> done) override;
    void removeProvider(const QByteArray &provider, QObject *context, Callback<void> done) override;
    [[nodiscard]] std::vector<gateway::ModelInfo> models() const override { return modelList; }
    [[nodiscard]] std::unique_ptr<gateway::Answer>
    ask(chat::ChatRequest request, const QByteArray &origin) override;
    void saveRoutes(std::vector<config::RouteConfig> routes, QObject *context, Callback<void> done) override;
    void simulateRoute(
        config::RouteConfig route, int days, QObject *context, Callback<routing::Simulation> done) override;
    void targetConditions(
        std::vector<QByteArray> targets, QObject *context,
        Callback<std::vector<gateway::TargetCondition>> done) override;
    [[nodiscard]] storage::Ledger &ledger() override { return *m_ledger; }
    [[nodiscard]] const config::Config &config() const override { return configuration; }
    [[nodiscard]] QString configPath() const override;
    [[nodiscard]] QString dataDir() const override { return m_dir.path(); }
    [[nodiscard]] Result<> reloadConfig() override { return {}; }

private:
    gateway::ProviderInfo *find(const QByteArray &provider);
    void play(FakeAnswer *answer, const Script &script);
    template<typename T>
    void answerLater(QObject *context, Callback<T> done, Result<T> result);

    QTemporaryDir m_dir;
    std::unique_ptr<storage::Ledger> m_ledger;
    int m_asked = 0;
};

/// Providers, models, scripts, apps and a month of ledger rows: enough for every page to have something to
/// show.
void fillWithDemoContent(FakeGateway &gateway);

} // namespace fairlead::test

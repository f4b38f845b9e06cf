// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

namespace fairlead::gateway {

struct GatewayOptions {
    QString configPath; ///< empty = the default place
    QString dataDir; ///< empty = the default place
    QString host; ///< overrides the config
    std::optional<quint16> port;
    bool demo = false; ///< offer the demo provider even when others are configured
    int demoSpeedUp = 1; ///< how many times faster the demo answers: for tests and pictures
    std::chrono::seconds drain{10}; ///< how long running streams may finish after stop
    /// Where keys are kept; null = the OS keychain, or memory if there is none.
    std::unique_ptr<secrets::SecretStore> secrets;
};

/// The gateway in this process: owns the gateway thread, the storage thread and the key ring.
class LocalGateway final : public Gateway
{
    Q_OBJECT
public:
    /// Reads the config and opens the ledger; nothing listens yet. Errors are for people: a config error
    /// names line and fix.
    [[nodiscard]] static Result<std::unique_ptr<LocalGateway>> create(GatewayOptions options);
    /// Cancels what still runs, flushes the ledger, stops the threads. Call shutDown() first to let streams
    /// finish.
    ~LocalGateway() override;

    void startServer() override;
    void stopServer() override;
    [[nodiscard]] ServerStatus serverStatus() const override;
    [[nodiscard]] std::vector<LiveExchange> liveExchanges() const override;
    void cancelExchange(const QByteArray &id) override;

    [[nodiscard]] std::vector<AppInfo> apps() const override;
    using Gateway::addApp;
    void addApp(const config::AppConfig &settings, QObject *context, Callback<NewApp> done) override;
    void revokeApp(const QByteArray &name, QObject *context, Callback<void> done) override;
    void saveApp(const config::AppConfig &settings, QObject *context, Callback<void> done) override;

    void allowOnce(const StrangerInfo &stranger) override;

    void
    pause(const QByteArray &app, const QByteArray &reason, QObject *context, Callback<void> done) override;
    void resume(const QByteArray &app, QObject *context, Callback<void> done) override;
    [[nodiscard]] std::vector<PauseInfo> pauses() const override;
    void raiseBudget(
        const QByteArray &app, NanoUsd amount, std::chrono::seconds during, QObject *context,
        Callback<void> done) override;
    void budgets(QObject *context, Callback<std::vector<BudgetInfo>> done) override;

    [[nodiscard]] std::vector<ProviderInfo> providers() const override;
    [[nodiscard]] secrets::StoreInfo keyStore() const override;
    void addKey(const QByteArray &provider, Secret key, QObject *context, Callback<void> done) override;
    void removeKey(
        const QByteArray &provider, const secrets::KeyRef &key, QObject *context,
        Callback<void> done) override;
    void checkKey(
        const QByteArray &provider, std::optional<Secret> key, QObject *context,
        Callback<KeyCheck> done) override;
    [[nodiscard]] std::vector<QByteArray> providersMatchingKey(const Secret &key) const override;
    void saveProvider(const config::ProviderConfig &provider, QObject *context, Callback<void> done) override;
    void removeProvider(const QByteArray &provider, QObject *context, Callback<void> done) override;

    [[nodiscard]] std::vector<ModelInfo> models() const override;
    [[nodiscard]] std::unique_ptr<Answer> ask(chat::ChatRequest request, const QByteArray &origin) override;

    void saveRoutes(std::vector<config::RouteConfig> routes, QObject *context, Callback<void> done) override;
    void simulateRoute(
        config::RouteConfig route, int days, QObject *context, Callback<routing::Simulation> done) override;
    void targetConditions(
        std::vector<QByteArray> targets, QObject *context,
        Callback<std::vector<TargetCondition>> done) override;

    [[nodiscard]] storage::Ledger &ledger() override;

    [[nodiscard]] const config::Config &config() const override;
    [[nodiscard]] QString configPath() const override;
    [[nodiscard]] QString dataDir() const override;
    [[nodiscard]] Result<> reloadConfig() override;

    /// Stops accepting, lets running streams finish within the drain time, flushes; `done` is called once,
    /// always.
    void shutDown(std::function<void()> done);
    /// Calls back once every configured key has been read or given up, at the latest after two seconds: a
    /// locked keyring must not hold the program.
    void whenKeysSettled(std::function<void()> ready);

protected:
    void connectNotify(const QMetaMethod &signal) override;

private:
    class Private;
    explicit LocalGateway(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace fairlead::gateway

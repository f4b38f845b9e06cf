// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/FakeGateway.h"

#include <QTimer>

#include <algorithm>

namespace fairlead::test {

using gateway::ModelInfo;
using gateway::ProviderInfo;
using gateway::ServerStatus;
using metering::LedgerRecord;
using metering::Micros;
using namespace std::chrono_literals;

FakeAnswer::FakeAnswer(chat::ChatRequest request, QByteArray origin, QByteArray id)
    : m_request(std::move(request))
    , m_origin(std::move(origin))
    , m_id(std::move(id))
{ }

FakeAnswer::~FakeAnswer() = default;

void FakeAnswer::cancel()
{
    m_cancelled = true;
    // The real one answers from another thread, so never inside the call.
    QTimer::singleShot(0, this, [this] { finish(record(LedgerRecord::Status::Cancelled)); });
}

void FakeAnswer::send(const QList<chat::ChatEvent> &batch)
{
    if (!m_finished)
        Q_EMIT events(batch);
}

void FakeAnswer::think(const QByteArray &text)
{
    send({chat::ReasoningDelta(text)});
}
void FakeAnswer::say(const QByteArray &text)
{
    send({chat::TextDelta(text)});
}

void FakeAnswer::finish(const LedgerRecord &record)
{
    if (std::exchange(m_finished, true))
        return;
    Q_EMIT finished(record);
}

LedgerRecord FakeAnswer::record(LedgerRecord::Status status) const
{
    LedgerRecord record;
    record.id = m_id;
    record.origin = m_origin;
    record.modelAsked = m_request.model;
    const qsizetype slash = m_request.model.indexOf('/');
    record.provider = m_request.model.first(std::max<qsizetype>(0, slash));
    record.model = m_request.model.sliced(slash + 1);
    record.status = status;
    record.streamed = true;
    return record;
}

void FakeAnswer::finishOk()
{
    LedgerRecord done = record(LedgerRecord::Status::Ok);
    done.streamed = true;
    done.firstByte = 380ms;
    done.firstText = 400ms;
    done.total = 2400ms;
    done.usage.set(chat::TokenKind::Input, 35);
    done.usage.set(chat::TokenKind::Output, 142);
    done.cost = NanoUsd(6'120'400);
    done.finishReason = QByteArrayLiteral("stop");
    finish(done);
}

void FakeAnswer::fail(const QByteArray &message)
{
    send({chat::Failed(chat::Failure(chat::FailureClass::Overloaded, 529, message))});
    LedgerRecord failed = record(LedgerRecord::Status::Failed);
    failed.message = message;
    finish(failed);
}

FakeGateway::FakeGateway(QObject *parent)
    : gateway::Gateway(parent)
{
    auto opened = storage::Ledger::open(m_dir.path());
    if (!opened)
        qFatal("the test's ledger does not open: %s", opened.error().message().constData());
    m_ledger = std::move(*opened);
    status.host = QStringLiteral("127.0.0.1");
    status.port = 5323;
    store.kind = secrets::StoreInfo::Kind::Keychain;
    store.persistent = true;
    store.name = QStringLiteral("Test keyring");
}

FakeGateway::~FakeGateway() = default;

void FakeGateway::saveRoutes(std::vector<config::RouteConfig> routes, QObject *context, Callback<void> done)
{
    const bool refused = nextError.has_value();
    if (!refused) {
        ++routesSaved;
        configuration.routes = std::move(routes);
    }
    answerLater<void>(context, std::move(done), {});
    if (!refused)
        Q_EMIT providersChanged();
}

void FakeGateway::simulateRoute(
    config::RouteConfig route, int, QObject *context, Callback<routing::Simulation> done)
{
    simulated.push_back(std::move(route));
    Result<routing::Simulation> result = simulation;
    if (simulationError)
        result = ::fairlead::fail(*simulationError);
    answerLater<routing::Simulation>(context, std::move(done), std::move(result));
}

void FakeGateway::targetConditions(
    std::vector<QByteArray> targets, QObject *context, Callback<std::vector<gateway::TargetCondition>> done)
{
    std::vector<gateway::TargetCondition> all;
    for (const QByteArray &target : targets) {
        gateway::TargetCondition condition = conditions.value(target);
        condition.target = target;
        all.push_back(std::move(condition));
    }
    answerLater<std::vector<gateway::TargetCondition>>(context, std::move(done), std::move(all));
}

QString FakeGateway::configPath() const
{
    return m_dir.filePath(QStringLiteral("config.json"));
}

FakeAnswer *FakeGateway::answerOf(const QByteArray &model) const
{
    const auto it = std::find_if(answers.rbegin(), answers.rend(), [&](const QPointer<FakeAnswer> &answer) {
        return answer && answer->request().model == model;
    });
    return it == answers.rend() ? nullptr : it->data();
}

ProviderInfo *FakeGateway::find(const QByteArray &provider)
{
    const auto it = std::find_if(providerList.begin(), providerList.end(), [&](const ProviderInfo &info) {
        return info.id == provider;
    });
    return it == providerList.end() ? nullptr : &*it;
}

void FakeGateway::addModel(const QByteArray &provider, const QByteArray &model, bool ready)
{
    if (!find(provider)) {
        ProviderInfo info;
        info.id = provider;
        info.name = QString::fromUtf8(provider).left(1).toUpper() + QString::fromUtf8(provider.sliced(1));
        info.configured = ready;
        info.ready = ready;
        info.needsKey = provider != "demo";
        info.kind = provider == "demo" ? QByteArrayLiteral("demo") : QByteArrayLiteral("vendor");
        providerList.push_back(info);
    }
    find(provider)->models.push_back(model);
    ModelInfo info;
    info.name = provider + '/' + model;
    info.provider = provider;
    info.model = model;
    info.displayName = QString::fromUtf8(model);
    info.ready = ready;
    modelList.push_back(info);
}

void FakeGateway::setServerState(ServerStatus::State state)
{
    status.state = state;
    Q_EMIT serverStatusChanged();
}

void FakeGateway::cancelExchange(const QByteArray &id)
{
    cancelledExchanges.push_back(id);
    std::erase_if(live, [&](const gateway::LiveExchange &exchange) { return exchange.id == id; });
    Q_EMIT liveExchangesChanged();
}

template<typename T>
void FakeGateway::answerLater(QObject *context, Callback<T> done, Result<T> result)
{
    if (nextError)
        result = fairlead::fail(*std::exchange(nextError, std::nullopt));
    QTimer::singleShot(0, context, [done = std::move(done), result = std::move(result)] { done(result); });
}

void FakeGateway::addApp(const config::AppConfig &settings, QObject *context, Callback<gateway::NewApp> done)
{
    const QByteArray name = settings.name;
    gateway::AppInfo app;
    app.name = name;
    app.expires = settings.expires;
    app.tokenHint = QByteArrayLiteral("9f2c");
    app.createdMs = 1'780'000'000'000;
    gateway::NewApp added;
    added.name = name;
    added.token = Secret(QByteArrayLiteral("fl-0123456789abcdef9f2c"));
    if (!nextError)
        appList.push_back(app);
    answerLater<gateway::NewApp>(context, std::move(done), added);
    Q_EMIT appsChanged();
}

void FakeGateway::revokeApp(const QByteArray &name, QObject *context, Callback<void> done)
{
    if (!nextError)
        std::erase_if(appList, [&](const gateway::AppInfo &app) { return app.name == name; });
    answerLater<void>(context, std::move(done), {});
    Q_EMIT appsChanged();
}

void FakeGateway::saveApp(const config::AppConfig &settings, QObject *context, Callback<void> done)
{
    if (!nextError) {
        if (config::AppConfig *existing = configuration.app(settings.name))
            *existing = settings;
        else
            configuration.apps.push_back(settings);
    }
    answerLater<void>(context, std::move(done), {});
    Q_EMIT appsChanged();
}

void FakeGateway::pause(
    const QByteArray &app, const QByteArray &reason, QObject *context, Callback<void> done)
{
    if (!nextError)
        pauseList.push_back(gateway::PauseInfo{app, reason, 1'780'000'000'000});
    answerLater<void>(context, std::move(done), {});
    Q_EMIT pausesChanged();
}

void FakeGateway::resume(const QByteArray &app, QObject *context, Callback<void> done)
{
    if (!nextError)
        std::erase_if(pauseList, [&](const gateway::PauseInfo &pause) { return pause.app == app; });
    answerLater<void>(context, std::move(done), {});
    Q_EMIT pausesChanged();
}

void FakeGateway::raiseBudget(
    const QByteArray &app, NanoUsd amount, std::chrono::seconds, QObject *context, Callback<void> done)
{
    for (gateway::BudgetInfo &budget : budgetList) {
        if (!nextError && budget.name == app)
            budget.raised = amount;
    }
    answerLater<void>(context, std::move(done), {});
}

void FakeGateway::budgets(QObject *context, Callback<std::vector<gateway::BudgetInfo>> done)
{
    answerLater<std::vector<gateway::BudgetInfo>>(context, std::move(done), budgetList);
}

void FakeGateway::addKey(const QByteArray &provider, Secret key, QObject *context, Callback<void> done)
{
    ProviderInfo *info = find(provider);
    if (!nextError && info) {
        addedKeys.emplace_back(provider, key.reveal().toByteArray());
        secrets::KeyStatus loaded;
        loaded.provider = provider;
        loaded.ref.name = QString::fromUtf8(provider);
        loaded.state = secrets::KeyStatus::State::Loaded;
        loaded.hint = QString::fromUtf8(key.hint());
        info->keys.push_back(loaded);
        info->configured = true;
        info->ready = true;
        for (ModelInfo &model : modelList)
            model.ready = model.ready || model.provider == provider;
    }
    answerLater<void>(context, std::move(done), {});
    Q_EMIT providersChanged();
}

void FakeGateway::removeKey(
    const QByteArray &provider, const secrets::KeyRef &key, QObject *context, Callback<void> done)
{
    if (ProviderInfo *info = find(provider); !nextError && info) {
        std::erase_if(info->keys, [&](const secrets::KeyStatus &status_) { return status_.ref == key; });
        info->ready = !info->needsKey || !info->keys.empty();
    }
    answerLater<void>(context, std::move(done), {});
    Q_EMIT providersChanged();
}

void FakeGateway::checkKey(
    const QByteArray &provider, std::optional<Secret>, QObject *context, Callback<gateway::KeyCheck> done)
{
    gateway::KeyCheck fine;
    fine.works = true;
    fine.words = QStringLiteral("Works: 63 models");
    answerLater<gateway::KeyCheck>(context, std::move(done), checks.value(provider, fine));
}

std::vector<QByteArray> FakeGateway::providersMatchingKey(const Secret &key) const
{
    if (key.reveal().startsWith("sk-ant-"))
        return {QByteArrayLiteral("anthropic")};
    return {};
}

void FakeGateway::saveProvider(const config::ProviderConfig &provider, QObject *context, Callback<void> done)
{
    if (!nextError) {
        if (config::ProviderConfig *known = configuration.provider(provider.id))
            *known = provider;
        else
            configuration.providers.push_back(provider);
        if (!find(provider.id)) {
            ProviderInfo info;
            info.id = provider.id;
            info.name = provider.name.value_or(QString::fromUtf8(provider.id));
            info.configured = true;
            info.baseUrl = provider.baseUrl.value_or(QString());
            providerList.push_back(info);
        }
    }
    answerLater<void>(context, std::move(done), {});
    Q_EMIT providersChanged();
}

void FakeGateway::removeProvider(const QByteArray &provider, QObject *context, Callback<void> done)
{
    if (!nextError) {
        std::erase_if(configuration.providers, [&](const auto &p) { return p.id == provider; });
        if (ProviderInfo *info = find(provider)) {
            info->configured = false;
            info->ready = false;
            info->keys.clear();
        }
    }
    answerLater<void>(context, std::move(done), {});
    Q_EMIT providersChanged();
}

std::unique_ptr<gateway::Answer> FakeGateway::ask(chat::ChatRequest request, const QByteArray &origin)
{
    const QByteArray model = request.model;
    auto answer
        = std::make_unique<FakeAnswer>(std::move(request), origin, "req_" + QByteArray::number(++m_asked));
    answers.emplace_back(answer.get());
    if (scripts.contains(model))
        play(answer.get(), scripts.value(model));
    return answer;
}

void FakeGateway::play(FakeAnswer *answer, const Script &script)
{
    // The context object of every step is the answer: destroying it ends the play.
    QTimer::singleShot(0, answer, [answer, script] {
        if (!script.reasoning.isEmpty())
            answer->think(script.reasoning);
    });
    const qsizetype piece = script.text.size() / script.pieces + 1;
    for (qsizetype at = 0; at < script.text.size(); at += piece) {
        const QByteArray part = script.text.sliced(at, std::min(piece, script.text.size() - at));
        QTimer::singleShot(0, answer, [answer, part] { answer->say(part); });
    }
    QTimer::singleShot(0, answer, [answer, script] {
        for (std::size_t i = 0; i < script.toolCalls.size(); ++i) {
            const auto &call = script.toolCalls[i];
            const int index = static_cast<int>(i);
            answer->send(
                {chat::ToolCallBegin(index, call.id, call.name), chat::ToolCallDelta(index, call.arguments)});
        }
        if (!script.failure.isEmpty()) {
            answer->fail(script.failure);
        } else if (!script.endless) {
            LedgerRecord done = script.figures;
            done.id = answer->requestId();
            answer->finish(done);
        }
    });
}

} // namespace fairlead::test

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"
#include "gateway/LiveRegistry.h"
#include "gateway/LocalAccess.h"
#include "http/Exchange.h"
#include "routing/CountedLedger.h"
#include "support/Await.h"
#include "support/FakeTransport.h"
#include "support/ManualClock.h"

#include <QJsonDocument>
#include <QJsonObject>

/// A handler with nothing around it but scripted providers: no sockets, no threads, time that stands still.
namespace fairlead::test {

/// JSON with single quotes: moc 6.4 loses classes behind raw strings with quotes in them.
inline QByteArray quoted(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

/// Takes an answer down as a client would see it.
class FakeExchange final : public http::Exchange
{
public:
    explicit FakeExchange(http::Request request)
        : m_request(std::move(request))
    { }

    const http::Request &request() const override { return m_request; }
    CancelToken cancelToken() const override { return m_cancel.token(); }
    void addCommonHeader(QByteArray, QByteArray) override { }
    void reply(http::Response response) override
    {
        answer = std::move(response);
        done = true;
    }
    void begin(int status, Headers headers) override
    {
        answer.status = status;
        answer.headers = std::move(headers);
        begun = true;
    }
    Task<bool> write(QByteArray bytes) override { co_return tryWrite(std::move(bytes)); }
    bool tryWrite(QByteArray bytes) override
    {
        answer.body += bytes;
        ++writes;
        return !slow;
    }
    Task<bool> drained() override { co_return co_await m_drained.wait(); }
    void end(QByteArray last) override
    {
        answer.body += last;
        done = true;
    }
    void cut() override
    {
        wasCut = true;
        done = true;
    }
    bool isGone() const override { return m_cancel.isCancelled(); }
    bool hasBegun() const override { return begun; }

    void leave() { m_cancel.cancel(CancelReason::ClientGone); }
    void drain() { m_drained.resolve(true); }
    [[nodiscard]] QJsonObject json() const { return QJsonDocument::fromJson(answer.body).object(); }
    [[nodiscard]] QJsonObject error() const { return json().value(QLatin1String("error")).toObject(); }
    [[nodiscard]] QByteArray header(const char *name) const { return answer.headers.value(name); }

    http::Response answer;
    bool begun = false;
    bool done = false;
    bool wasCut = false;
    bool slow = false;
    int writes = 0;

private:
    http::Request m_request;
    CancelSource m_cancel;
    Promise<bool> m_drained;
};

class HandlerRig
{
public:
    /// `config` is a config file's text; no provider in it needs a key unless addKey() gives one.
    explicit HandlerRig(const QByteArray &config)
        : services{clock, failover, counted, m_live, nullptr, metering::PriceBook::builtIn(), nullptr}
        , access(std::make_shared<gateway::LocalAccess>(gateway::AccessRules()))
    {
        auto parsed = config::parseConfig(config);
        if (!parsed)
            qFatal("%s", parsed.error().message().constData());
        auto table = routing::RoutingTable::build(*parsed, {}, services.prices);
        if (!table)
            qFatal("%s", table.error().message().constData());
        services.routing = std::move(*table);
        router.setPrices(services.prices);
        services.router = &router;
        for (const auto &provider : services.routing->providers())
            addKey(provider->id);
        services.gate = &gate;
        gate.setPrices(services.prices);
        gate.setRules(routing::rulesOf(*parsed));
    }

    void addKey(const QByteArray &provider)
    {
        secrets::LoadedKey key;
        key.ref.name = QString::fromUtf8(provider);
        key.secret = Secret(QByteArray("sk-test-0123456789"));
        m_keys[provider] = {key};
    }

    [[nodiscard]] static std::shared_ptr<FakeExchange>
    post(const QByteArray &path, const QByteArray &body, Headers headers = {})
    {
        http::Request request;
        request.method = "POST";
        request.path = path;
        request.headers = std::move(headers);
        if (!request.headers.contains("content-type"))
            request.headers.add("content-type", "application/json");
        request.body = body;
        return std::make_shared<FakeExchange>(std::move(request));
    }

    /// The rows booked so far.
    [[nodiscard]] const std::vector<metering::LedgerRecord> &rows() const { return m_ledger.rows; }
    [[nodiscard]] QJsonObject sent(std::size_t index = 0) const
    {
        return QJsonDocument::fromJson(transport.requests().at(index).body).object();
    }

    ManualClock clock;
    FakeTransport transport{clock};
    providers::ProviderClient client{transport, clock};
    routing::Experience experience{clock};
    routing::Failover failover{
        client, experience, clock, [this](const QByteArray &id) { return m_keys.value(id); }};
    double drawn = 0; ///< what every draw of the router gives
    routing::Router router{
        clock,
        [this](const QByteArray &provider, const QByteArray &model) {
            return experience.stats.view(provider, model);
        },
        [this] { return drawn; }};

private:
    class Rows final : public metering::LedgerSink
    {
    public:
        void append(metering::LedgerRecord record) override { rows.push_back(std::move(record)); }
        std::vector<metering::LedgerRecord> rows;
    };

    QHash<QByteArray, std::vector<secrets::LoadedKey>> m_keys;
    Rows m_ledger;
    gateway::LiveRegistry m_live;

public:
    routing::Gate gate{clock};
    routing::CountedLedger counted{gate, m_ledger};
    gateway::Services services;
    std::shared_ptr<const gateway::LocalAccess> access;
};

} // namespace fairlead::test

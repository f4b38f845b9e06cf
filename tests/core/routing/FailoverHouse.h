// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/Failover.h"
#include "support/FakeTransport.h"
#include "support/ManualClock.h"

#include <QCoreApplication>

namespace fairlead::test {

using namespace routing;
using chat::Failure;

inline constexpr char kCanary[] = "sk-canary-0123456789-never-to-be-seen";

inline FakeAnswer goodStream(const QByteArray &text = "hello")
{
    return FakeAnswer::stream(
        {R"(data: {"id":"a","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"
         "\n\n",
         R"(data: {"id":"a","model":"m","choices":[{"index":0,"delta":{"content":")" + text + "\"}}]}\n\n",
         R"(data: {"id":"a","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
         "\n\n",
         "data: [DONE]\n\n"});
}

inline FakeAnswer status(int code, const QByteArray &message = "no")
{
    return FakeAnswer::json(R"({"error":{"message":")" + message + R"(","type":"x","code":null}})", code);
}

/// A request that is the same for every target.
class PlainCalls final : public CallSource
{
public:
    tl::expected<PreparedCall, Failure> prepare(const Target &target) override
    {
        if (wrong)
            return tl::make_unexpected(*wrong);
        PreparedCall prepared;
        prepared.call.path = "/chat/completions";
        prepared.call.body = R"({"model":")" + target.model + "\"}";
        prepared.stream = true;
        return prepared;
    }
    std::optional<Failure> wrong; ///< what is said instead of making it
};

/// Failover with everything it needs, over a scripted transport.
struct FailoverHouse {
    ManualClock clock;
    FakeTransport transport{clock};
    providers::ProviderClient client{transport, clock};
    Experience experience{clock};
    QHash<QByteArray, std::vector<secrets::LoadedKey>> keys;
    Failover failover{client, experience, clock, [this](const QByteArray &id) { return keys.value(id); }};
    std::optional<metering::UsageMeter> meter; ///< of the latest request
    std::shared_ptr<const metering::PriceBook> prices;
    qint64 promptBytes = 0;
    TargetGate *gate = nullptr;
    PlainCalls calls;
    CancelSource cancel;
    std::optional<tl::expected<Serving, Failure>> result;

    void addKey(const QByteArray &provider, const QByteArray &name)
    {
        secrets::LoadedKey key;
        key.ref.name = QString::fromUtf8(name);
        QByteArray text = kCanary + name;
        key.secret = Secret(std::move(text));
        keys[provider].push_back(std::move(key));
    }
    Target target(const QByteArray &id)
    {
        auto spec = std::make_shared<providers::ProviderSpec>();
        spec->id = id;
        spec->name = QString::fromUtf8(id);
        spec->wire = "openai-chat";
        spec->baseUrl = QUrl(QStringLiteral("http://%1.test/v1").arg(QString::fromUtf8(id)));
        Target made;
        made.provider = std::move(spec);
        made.model = "m-" + id;
        return made;
    }
    RoutePlan plan(std::initializer_list<const char *> ids)
    {
        RoutePlan made;
        made.asked = "smart";
        for (const char *id : ids) {
            made.targets.push_back(target(id));
            if (!keys.contains(id))
                addKey(id, "main");
        }
        return made;
    }
    Task<> run(RoutePlan routePlan)
    {
        const Failover::Progress progress = [](const Target &, int) {};
        auto served
            = co_await failover.open(std::move(routePlan), calls, *meter, cancel.token(), progress, gate);
        result.emplace(std::move(served));
    }
    void start(RoutePlan routePlan)
    {
        result.reset();
        meter.emplace(clock, prices);
        meter->begin("req_1", "proxy", "app", "openai-chat", "smart", true, clock.steady());
        meter->setPromptBytes(promptBytes);
        detach(run(std::move(routePlan)));
    }
    /// Lets what is under way go on without time passing.
    static void settle()
    {
        for (int i = 0; i < 10; ++i)
            QCoreApplication::processEvents();
    }
    /// Lets time pass until the request has ended; false if that takes longer than `most`.
    bool finish(milliseconds most = std::chrono::minutes(10))
    {
        const SteadyTime until = clock.steady() + most;
        settle();
        while (!result && clock.steady() < until) {
            clock.advance(milliseconds(50));
            settle();
        }
        return result.has_value();
    }
    /// "first" if that one served; else the class of the failure.
    QByteArray outcome() const
    {
        if (!result)
            return "unfinished";
        return *result ? (*result)->target.provider->id
                       : chat::failureClassName(result->error().failureClass);
    }
    /// To whom requests went, in order: "first first second".
    QByteArray sentTo(std::size_t from = 0) const
    {
        QByteArray text;
        for (std::size_t i = from; i < transport.requests().size(); ++i)
            text += transport.requests()[i].url.host().toLatin1().replace(".test", "") + ' ';
        return text.trimmed();
    }
    QByteArray attempts()
    {
        const auto record = meter->end(metering::LedgerRecord::Status::Ok, 200);
        QByteArray text;
        for (const auto &attempt : record.attempts)
            text += attempt.provider + ':' + attempt.failureClass + ' ';
        return text.trimmed();
    }
};

} // namespace fairlead::test

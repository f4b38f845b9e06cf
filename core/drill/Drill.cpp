// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill/Drill.h"

#include "base/Sleep.h"
#include "gateway/Engine.h"
#include "net/QnamTransport.h"
#include "net/UpstreamManager.h"
#include "providers/DemoProvider.h"
#include "json/Writer.h"

namespace fairlead::drill {

namespace {

// Both are asked in the same way, so that nobody is better prepared than the other.
constexpr char kQuestion[] = "Say in sixty words how a gateway earns trust.";
constexpr std::chrono::seconds kPatienceAfter{10};

milliseconds since(SteadyTime start, SteadyTime now)
{
    return std::chrono::duration_cast<milliseconds>(now - start);
}

QByteArray routeName(const QByteArray &primary, const QByteArray &fallback)
{
    return primary + "-then-" + fallback;
}

/// One route for each pair of models.
QByteArray configText(const QByteArray &recovery)
{
    json::Writer writer;
    writer.beginObject().key("server").beginObject().member("auth", "none").endObject();
    writer.key("routes").beginArray();
    std::vector<QByteArray> written;
    const auto route = [&](const QByteArray &primary, const QByteArray &fallback) {
        const QByteArray name = routeName(primary, fallback);
        if (std::find(written.begin(), written.end(), name) != written.end())
            return;
        written.push_back(name);
        writer.beginObject().member("model", name).key("targets").beginArray();
        writer.string("demo/" + primary).string("demo/" + fallback).endArray();
        if (!recovery.isEmpty())
            writer.member("recovery", recovery);
        writer.endObject();
    };
    for (const Scenario &scenario : scenarios())
        route(scenario.primary, scenario.fallback);
    route("steady", "steady-no-prefill");
    return writer.endArray().endObject().take();
}

QByteArray requestBody(const QByteArray &model)
{
    json::Writer writer;
    writer.beginObject().member("model", model).key("messages").beginArray().beginObject();
    writer.member("role", "user").member("content", kQuestion).endObject().endArray();
    writer.memberBoolean("stream", true).key("stream_options").beginObject();
    return writer.memberBoolean("include_usage", true).endObject().endObject().take();
}

class Rows final : public metering::LedgerSink
{
public:
    void append(metering::LedgerRecord record) override { rows.push_back(std::move(record)); }
    std::vector<metering::LedgerRecord> rows;
};

} // namespace

class Drill::Private
{
public:
    explicit Private(Clock &clock_)
        : clock(clock_)
        , demo(streams, clock_)
        , engine(clock_, metering::PriceBook::builtIn(), ledger)
        , manager(streams, clock_)
        , transport(manager, clock_)
    {
        demo.setWatcher([this](const providers::DemoProvider::Seen &request) { seen.push_back(request); });
    }

    Result<> start(const QByteArray &recovery);
    Task<Call> call(QByteArray model, milliseconds longest);
    Task<Reading> ask(QByteArray model, SteadyTime start, CancelToken cancel);
    Task<> playSequence(const Scenario *scenario, SteadyTime start, Evidence *evidence);
    void collect(const Scenario &scenario, SteadyTime start, Evidence &evidence) const;

    Clock &clock;
    io::StreamFactory streams;
    Rows ledger;
    providers::DemoProvider demo;
    gateway::Engine engine;
    net::UpstreamManager manager;
    net::QnamTransport transport;
    QString url;
    std::vector<providers::DemoProvider::Seen> seen;
};

Drill::Drill(std::unique_ptr<Private> inside)
    : d(std::move(inside))
{ }

Drill::~Drill() = default;

Result<std::unique_ptr<Drill>> Drill::create(Clock &clock, const QByteArray &recovery)
{
    auto inside = std::make_unique<Private>(clock);
    auto started = inside->start(recovery);
    if (!started)
        return fail(started.error());
    return std::unique_ptr<Drill>(new Drill(std::move(inside)));
}

Result<> Drill::Private::start(const QByteArray &recovery)
{
    const auto spec = demo.start();
    if (!spec)
        return fail(spec.error());
    const auto config = config::parseConfig(configText(recovery));
    if (!config)
        return fail(config.error());
    // The models that fail are in no list, but routes lead to listed ones only.
    auto demoSpec = std::make_shared<providers::ProviderSpec>(**spec);
    for (const providers::DemoFault &fault : providers::demoFaults())
        demoSpec->models.push_back(fault.model);
    auto table = routing::RoutingTable::build(*config, {std::move(demoSpec)}, metering::PriceBook::builtIn());
    if (!table)
        return fail(table.error());
    gateway::EngineSettings settings;
    settings.routing = std::move(*table);
    settings.access.auth = config::ServerConfig::Auth::None;
    engine.apply(std::move(settings));

    gateway::ServerStatus status;
    QObject::connect(
        &engine, &gateway::Engine::statusChanged, &manager,
        [&status](const gateway::ServerStatus &next) { status = next; });
    gateway::Engine::Place place;
    place.addresses = QStringList{QStringLiteral("127.0.0.1")};
    engine.listen(std::move(place));
    QObject::disconnect(&engine, nullptr, &manager, nullptr);
    if (status.state != gateway::ServerStatus::State::Running)
        return fail(Error(ErrorKind::Unavailable, status.error.toUtf8()));
    url = QStringLiteral("http://127.0.0.1:%1/v1/chat/completions").arg(status.port);
    return {};
}

Task<Reading> Drill::Private::ask(QByteArray model, SteadyTime start, CancelToken cancel)
{
    net::TransportRequest request;
    request.url = QUrl(url);
    request.headers.add("content-type", "application/json");
    request.body = requestBody(model);
    request.timeouts = {milliseconds(0), milliseconds(0), milliseconds(0), milliseconds(0)};
    request.cancel = std::move(cancel);
    Reading reading;
    auto sent = co_await transport.send(std::move(request));
    if (!sent) {
        reading.error = sent.error().message();
        co_return reading;
    }
    const std::unique_ptr<net::TransportResponse> response = std::move(*sent);
    if (response->status() != 200) {
        const auto body = co_await net::readAll(*response, 1024 * 1024);
        reading.refuse(response->status(), body.value_or(QByteArray()));
        co_return reading;
    }
    for (;;) {
        auto bytes = co_await response->read();
        if (!bytes) {
            if (reading.error.isEmpty())
                reading.error = bytes.error().message();
            break;
        }
        if (bytes->isEmpty())
            break;
        reading.feed(*bytes, since(start, clock.steady()));
    }
    co_return reading;
}

Task<Call> Drill::Private::call(QByteArray model, milliseconds longest)
{
    const SteadyTime start = clock.steady();
    const CancelSource patience;
    const TimerHandle limit = clock.after(longest, [patience] { patience.cancel(CancelReason::TimedOut); });
    Call made;
    made.reading = co_await ask(std::move(model), start, patience.token());
    made.took = since(start, clock.steady());
    made.hung = patience.isCancelled();
    co_return made;
}

Task<> Drill::Private::playSequence(const Scenario *scenario, SteadyTime start, Evidence *evidence)
{
    const QByteArray model = routeName(scenario->primary, scenario->fallback);
    const int count = scenario->sequence ? scenario->sequence->count : 1;
    for (int i = 0; i < count; ++i) {
        milliseconds due(0);
        if (scenario->sequence)
            due = scenario->sequence->every * i;
        const milliseconds wait = due - since(start, clock.steady());
        if (wait > milliseconds(0))
            (void)co_await sleepFor(clock, wait, CancelToken());
        const milliseconds sentAfter = since(start, clock.steady());
        Call made = co_await call(model, scenario->longest);
        made.sentAfter = sentAfter;
        evidence->calls.push_back(std::move(made));
    }
}

void Drill::Private::collect(const Scenario &, SteadyTime start, Evidence &evidence) const
{
    for (const providers::DemoProvider::Seen &request : seen) {
        Evidence::Asked asked;
        asked.model = request.model;
        asked.after = since(start, request.when);
        asked.refused = request.refused;
        evidence.asked.push_back(std::move(asked));
    }
    evidence.ledger = ledger.rows;
}

Task<Finding> Drill::run(const Scenario &scenario)
{
    Finding finding;
    finding.scenario = &scenario;
    d->seen.clear();
    d->ledger.rows.clear();
    const SteadyTime start = d->clock.steady();
    co_await d->playSequence(&scenario, start, &finding.evidence);
    d->collect(scenario, start, finding.evidence);
    const Call after = co_await d->call("demo/steady", kPatienceAfter);
    finding.evidence.aliveAfter = after.isWhole();
    finding.verdict = judge(scenario, finding.evidence);
    co_return finding;
}

Task<Call> Drill::undisturbed()
{
    return d->call(routeName("steady", "steady-no-prefill"), kPatienceAfter);
}

} // namespace fairlead::drill

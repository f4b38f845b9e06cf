// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Failover.h"

#include "base/Ids.h"
#include "base/Logging.h"
#include "base/Sleep.h"
#include "routing/Opening.h"
#include "routing/Patience.h"

namespace fairlead::routing {

namespace {

using chat::Failure;
using chat::FailureClass;

// Bytes a provider may send without saying anything (comments, metadata) before we stop holding them back.
constexpr qsizetype kMostHeldBytes = 1024 * 1024;

void meterStarts(metering::UsageMeter &meter, const Course &course)
{
    const Target &target = course.target();
    const secrets::LoadedKey *key = course.key();
    meter.attemptStarted(
        target.provider->id, target.model, key ? key->ref.name.toUtf8() : QByteArray(),
        target.provider->priceProvider);
}

Failure firstTokenLate(const Target &target, milliseconds limit)
{
    Failure failure(
        FailureClass::TimedOut, 0,
        target.provider->name.toUtf8() + " said nothing within "
            + QByteArray::number(static_cast<double>(limit.count()) / 1000.0, 'g', 4) + " s");
    failure.code = QByteArrayLiteral("first_token_timeout");
    return failure;
}

Failure cancelled()
{
    return Failure(FailureClass::Cancelled, 0, "The request was cancelled.");
}

std::optional<metering::Micros> connectTime(const net::TransportTimes &times)
{
    if (times.reusedConnection)
        return std::nullopt;
    return times.encrypted ? times.encrypted : times.connected;
}

} // namespace

tl::expected<PreparedCall, Failure> CallSource::prepareOnward(const Target &, const QByteArray &)
{
    return tl::make_unexpected(
        Failure(FailureClass::Internal, 0, "Such a request cannot be continued elsewhere."));
}

/// Everything one try needs once it is on its way: nothing of the caller's.
struct Failover::Attempt {
    Target target;
    PreparedCall prepared;
    Secret key;
    TargetGate::Place place;
    std::optional<net::Timeouts> timeouts;
    std::optional<milliseconds> firstToken; ///< needs the leash
    std::unique_ptr<Leash> leash;
    CancelToken cancel;
};

/// Why a target was not sent the request.
struct Failover::Refused {
    Failure failure;
    Course::Trouble trouble;
};

/// Whose request it is. All of it outlives open().
struct Failover::Request {
    CallSource &calls;
    metering::UsageMeter &meter;
    const CancelToken &cancel;
    const Progress &progress;
    TargetGate *gate;
    const config::RouteConfig *route;
};

/// One of two tries beside each other.
struct Failover::Lane {
    Lane(Course::Stand stand_, std::size_t attempt_)
        : stand(std::move(stand_))
        , attempt(attempt_)
    { }
    [[nodiscard]] bool serves() const { return outcome && outcome->has_value(); }

    Course::Stand stand;
    std::size_t attempt; ///< of the meter
    NanoUsd taken; ///< from the route's budget for second tries
    std::optional<Race::Outcome> outcome; ///< nullopt: it has not ended by itself
};

Failover::Failover(providers::ProviderClient &client, Experience &experience, Clock &clock, Keys keys)
    : m_client(client)
    , m_experience(experience)
    , m_clock(clock)
    , m_keys(std::move(keys))
    , m_deadlines(clock)
{ }

void Failover::setPrices(std::shared_ptr<const metering::PriceBook> prices)
{
    m_experience.limits.setPrices(prices);
    m_prices = std::move(prices);
}

tl::expected<Failover::Attempt, Failover::Refused>
Failover::prepare(const Course &course, const Request &request)
{
    using Trouble = Course::Trouble;
    const auto refused = [](Failure failure, Trouble trouble) {
        return tl::make_unexpected(Refused{std::move(failure), trouble});
    };
    const Target &target = course.target();
    const secrets::LoadedKey *key = course.key();
    if (!key)
        return refused(keyMissing(*target.provider), Trouble::NotSent);
    if (!key->looksLike.empty())
        return refused(foreignKey(*target.provider, *key), Trouble::NotSent);
    if (auto unfit = request.calls.whyUnfit(target))
        return refused(std::move(*unfit), Trouble::Unfit);
    Attempt attempt;
    if (request.gate) {
        auto place = request.gate->enter(target);
        if (!place)
            return refused(std::move(place.error()), Trouble::NotSent);
        attempt.place = std::move(*place);
    }
    auto prepared = request.calls.prepare(target);
    if (!prepared)
        return refused(std::move(prepared.error()), Trouble::Wrong);
    if (auto lossy = tooLossy(target, prepared->losses))
        return refused(std::move(*lossy), Trouble::Unfit);
    attempt.target = target;
    attempt.prepared = std::move(*prepared);
    attempt.key = key->secret;
    attempt.cancel = request.cancel;
    if (request.route)
        setLimits(attempt, course, *request.route);
    return attempt;
}

/// What a route says about waiting; a model named directly waits as its provider does.
void Failover::setLimits(Attempt &attempt, const Course &course, const config::RouteConfig &route)
{
    const providers::ProviderSpec &provider = *attempt.target.provider;
    const config::RouteDeadlines &deadlines = route.deadlines;
    std::optional<milliseconds> left;
    if (deadlines.total)
        left = std::max(std::chrono::ceil<milliseconds>(course.until() - m_clock.steady()), milliseconds(1));
    attempt.timeouts = timeoutsOf(provider.timeouts, deadlines, left);

    Circumstances circumstances;
    circumstances.streamed = attempt.prepared.stream;
    circumstances.moreTargets = course.hasMoreTargets();
    TargetView view;
    if (circumstances.streamed && circumstances.moreTargets && deadlines.adaptive)
        view = m_experience.stats.view(provider.id, attempt.target.model);
    if (circumstances.streamed && circumstances.moreTargets && view.timed < kLeastTimed)
        circumstances.thinksLong = thinksLong(attempt.target);
    attempt.firstToken = firstTokenLimit(deadlines, view, circumstances);
    if (attempt.firstToken || route.hedge) {
        attempt.leash = std::make_unique<Leash>(attempt.cancel, m_deadlines);
        attempt.cancel = attempt.leash->token();
    }
}

/// A model that reasons, or one that a local server may have to load first.
bool Failover::thinksLong(const Target &target) const
{
    if (target.provider->kind == "local")
        return true;
    const auto *facts = m_prices ? m_prices->facts(target.provider->priceProvider, target.model) : nullptr;
    return facts && facts->reasoning;
}

Task<Race::Outcome> Failover::open(
    RoutePlan plan, CallSource &calls, metering::UsageMeter &meter, CancelToken cancel, Progress progress,
    TargetGate *gate)
{
    Course::Bounds bounds;
    bounds.retries = calls.mostRetries();
    if (plan.route) {
        bounds.tries = plan.route->mostAttempts.value_or(bounds.tries);
        bounds.time = plan.route->deadlines.total.value_or(bounds.time);
    }
    Course course(m_experience, m_clock, m_keys, m_prices, std::move(plan.targets), bounds);
    const Request request{calls, meter, cancel, progress, gate, plan.route};

    while (course.next()) {
        if (cancel.isCancelled())
            co_return tl::make_unexpected(cancelled());
        meterStarts(meter, course);
        std::optional<Failure> failure;
        Course::Trouble trouble = Course::Trouble::Answered;
        auto attempt = prepare(course, request);
        if (attempt) {
            course.trying();
            progress(course.target(), course.tries());
            const auto after = hedgeAfter(course, *attempt, plan.route);
            Task<Race::Outcome> sending
                = after ? sendTwice(course, std::move(*attempt), request, *after) : send(std::move(*attempt));
            Race::Outcome served = co_await sending;
            if (served) {
                course.served();
                const net::TransportTimes &times = served->answer->times();
                meter.serving(connectTime(times), times.firstByte, served->answer->status());
                served->attempts = course.tries();
                co_return std::move(*served);
            }
            failure = std::move(served.error());
        } else {
            failure = std::move(attempt.error().failure);
            trouble = attempt.error().trouble;
        }
        meter.attemptFailed(*failure);
        if (failure->failureClass == FailureClass::Cancelled) {
            course.abandoned();
            co_return tl::make_unexpected(cancelled());
        }
        qCInfo(lcRoute).noquote() << meter.record().id << "attempt" << course.tries() << "at"
                                  << course.target().provider->id
                                  << "failed:" << chat::failureClassName(failure->failureClass)
                                  << failure->status;
        const std::optional<milliseconds> wait = course.failed(*failure, trouble);
        if (wait && *wait > milliseconds(0)) {
            const bool slept = co_await sleepFor(m_clock, *wait, cancel);
            if (!slept)
                co_return tl::make_unexpected(cancelled());
        }
    }
    co_return tl::make_unexpected(course.verdict());
}

/// One try, until the first event that says something.
Task<Race::Outcome> Failover::send(Attempt attempt)
{
    const SteadyTime began = m_clock.steady();
    const auto elapsed = [this, began] {
        return std::chrono::duration_cast<std::chrono::microseconds>(m_clock.steady() - began);
    };
    Serving serving;
    serving.flight = m_experience.stats.begin(attempt.target.provider->id, attempt.target.model);
    serving.leash = std::move(attempt.leash);
    serving.place = std::move(attempt.place);
    if (attempt.firstToken)
        serving.leash->expireAt(began + *attempt.firstToken);

    providers::ProviderRequest request;
    request.spec = attempt.target.provider;
    request.key = std::move(attempt.key);
    request.model = attempt.target.model;
    request.call = std::move(attempt.prepared.call);
    request.stream = attempt.prepared.stream;
    request.mode = attempt.prepared.passThrough ? wire::DecodeMode::Tap : wire::DecodeMode::Full;
    request.timeouts = attempt.timeouts;
    request.cancel = attempt.cancel;
    request.reader = std::move(attempt.prepared.reader);
    std::optional<Failure> failure;
    auto opened = co_await m_client.open(std::move(request));
    if (opened)
        serving.answer = std::move(*opened);
    else
        failure = std::move(opened.error());

    qsizetype heldBytes = 0;
    for (bool committed = false; !committed && !failure;) {
        auto ready = serving.answer->tryNext();
        if (!ready)
            ready = co_await serving.answer->next();
        Opening opening = inspect(*ready);
        failure = std::move(opening.failure);
        heldBytes += ready->bytes.size();
        serving.held.push_back(std::move(*ready));
        committed = opening.committed || heldBytes > kMostHeldBytes;
    }
    if (serving.leash)
        serving.leash->met();
    const bool streamed = attempt.prepared.stream;
    if (!failure) {
        if (streamed)
            serving.flight.begun(elapsed());
        serving.target = std::move(attempt.target);
        serving.prepared = std::move(attempt.prepared);
        co_return serving;
    }

    // Who was slower than we let it be must count as that slow at least, or the slow ones would not count.
    const bool expired = serving.leash && serving.leash->hasExpired();
    const bool outrun = attempt.cancel.reason() == CancelReason::Superseded;
    if (streamed && (expired || outrun))
        serving.flight.begun(elapsed());
    if (outrun)
        serving.flight.ended(std::nullopt);
    if (expired)
        failure = firstTokenLate(attempt.target, *attempt.firstToken);
    if (blameOf(failure->failureClass) == Blame::Target)
        serving.flight.failed();
    co_return tl::make_unexpected(std::move(*failure));
}

/// How long the first try is alone; nullopt = to its end.
std::optional<milliseconds>
Failover::hedgeAfter(const Course &course, const Attempt &attempt, const config::RouteConfig *route) const
{
    if (!route || !route->hedge || course.tries() != 1 || !course.hasMoreTargets())
        return std::nullopt;
    const config::Hedge &hedge = *route->hedge;
    if (!hedge.percentile)
        return hedge.after;
    if (!attempt.prepared.stream)
        return std::nullopt; // a whole answer has no first token to be late
    return m_experience.stats.firstToken(
        attempt.target.provider->id, attempt.target.model, *hedge.percentile, kLeastTimed);
}

/// What the slower of two tries costs at this target, about.
std::optional<NanoUsd> Failover::costOfLosing(const metering::UsageMeter &meter, const Target &target) const
{
    if (target.provider->kind == "local")
        return NanoUsd(0);
    return meter.promptCost(target.provider->priceProvider, target.model);
}

/// Puts a second try beside the first, if there is a target for it and money.
void Failover::takeSecond(Course &course, const Request &request, Race &race, std::vector<Lane> &lanes)
{
    const auto costOfFirst = costOfLosing(request.meter, course.target());
    const Course::Stand before = course.stand();
    if (!costOfFirst || !course.nextBeside())
        return;
    const auto costOfSecond = costOfLosing(request.meter, course.target());
    const NanoUsd most = std::max(*costOfFirst, costOfSecond.value_or(NanoUsd(0)));
    const config::RouteConfig &route = *request.route;
    // Unknown is not nothing: what has no price gets no second try.
    if (!costOfSecond || !m_experience.hedges.take(route.model, *route.hedge, most)) {
        course.standAt(before);
        return;
    }
    meterStarts(request.meter, course);
    auto second = prepare(course, request);
    if (!second) {
        m_experience.hedges.settle(route.model, most, NanoUsd(0));
        request.meter.attemptFailed(second.error().failure);
        course.passedOver(second.error().failure);
        course.standAt(before);
        request.meter.goBackTo(lanes.front().attempt, course.target().provider->priceProvider);
        return;
    }
    course.trying();
    request.progress(course.target(), course.tries());
    lanes.emplace_back(course.stand(), request.meter.latestAttempt());
    lanes.back().taken = most;
    const CancelSource cancelSecond = second->leash->source();
    race.start(send(std::move(*second)), cancelSecond);
}

/// A second try at the next target once the first one is late. The slower of the two is cancelled at once.
Task<Race::Outcome> Failover::sendTwice(Course &course, Attempt first, Request request, milliseconds after)
{
    Race race(m_clock);
    std::vector<Lane> lanes;
    lanes.emplace_back(course.stand(), request.meter.latestAttempt());
    const CancelSource cancelFirst = first.leash->source();
    race.start(send(std::move(first)), cancelFirst);
    auto ended = co_await race.next(after);
    if (!ended) {
        takeSecond(course, request, race, lanes);
        ended = co_await race.next(std::nullopt);
    }
    for (;;) {
        Lane &lane = lanes[ended->lane];
        lane.outcome.emplace(std::move(ended->outcome));
        if (lane.serves())
            break;
        request.meter.attemptFailedBeside(lane.attempt, lane.outcome->error());
        if (race.running() == 0)
            break;
        ended = co_await race.next(std::nullopt); // the other may still answer
    }
    race.cancelRest(CancelReason::Superseded);
    while (race.running() > 0)
        ended = co_await race.next(std::nullopt);
    co_return conclude(course, request, lanes);
}

/// Lets course and meter stand where the outcome is from, and books what the slower one cost.
Race::Outcome Failover::conclude(Course &course, const Request &request, std::vector<Lane> &lanes)
{
    Lane &first = lanes.front();
    if (lanes.size() == 1)
        return std::move(*first.outcome);
    Lane &second = lanes.back();
    HedgeBudget &budget = m_experience.hedges;
    if (!first.serves() && !second.serves()) {
        course.failedBeside(first.stand, first.outcome->error());
        // Whom the caller has left may have cost something: what was taken stays taken.
        if (second.outcome->error().failureClass != FailureClass::Cancelled)
            budget.settle(request.route->model, second.taken, NanoUsd(0));
        return std::move(*second.outcome);
    }
    Lane &winner = first.serves() ? first : second;
    Lane &other = first.serves() ? second : first;
    Race::Outcome served = std::move(*winner.outcome);
    NanoUsd truth(0);
    if (other.outcome) {
        course.failedBeside(other.stand, other.outcome->error());
    } else {
        course.superseded(other.stand);
        metering::LedgerRecord row = request.meter.lostRace(
            other.attempt, newRequestId(toUnixMs(m_clock.wall())),
            course.targetOf(other.stand).provider->priceProvider);
        truth = row.cost.value_or(second.taken);
        served->beside.push_back(std::move(row));
    }
    budget.settle(request.route->model, second.taken, truth);
    course.standAt(winner.stand);
    request.meter.goBackTo(winner.attempt, course.target().provider->priceProvider);
    return served;
}

void Failover::completed(Serving &serving, std::optional<double> tokensPerSecond)
{
    serving.flight.ended(tokensPerSecond);
    serving.place.reset();
    m_experience.targets.completed(serving.target);
}

void Failover::broke(Serving &serving, const Failure &failure)
{
    serving.place.reset();
    if (blameOf(failure.failureClass) != Blame::Target)
        return;
    const providers::ProviderSpec &provider = *serving.target.provider;
    if (m_experience.network.explains(provider.id, provider.local, failure))
        return;
    serving.flight.failed();
    m_experience.targets.failed(serving.target, failure);
}

} // namespace fairlead::routing

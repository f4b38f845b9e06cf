// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Failover.h"

#include "base/Logging.h"
#include "base/Sleep.h"

namespace fairlead::routing {

namespace {

using chat::Failure;
using chat::FailureClass;
using providers::Piece;

// Bytes a provider may send without saying anything (comments, metadata) before we stop holding them back.
constexpr qsizetype kMostHeldBytes = 1024 * 1024;

/// What the first pieces of an answer tell.
struct Opening {
    bool committed = false;
    std::optional<Failure> failure;
};

Opening inspect(const Piece &piece)
{
    Opening opening;
    for (const chat::ChatEvent &event : piece.events) {
        if (const auto *failed = std::get_if<chat::Failed>(&event)) {
            if (!opening.committed)
                opening.failure = failed->failure;
            return opening;
        }
        const bool saysNothingYet = std::holds_alternative<chat::Started>(event)
                                    || std::holds_alternative<chat::UsageReport>(event);
        if (!saysNothingYet)
            opening.committed = true;
    }
    if (piece.last)
        opening.committed = true;
    return opening;
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

/// Everything one try needs once it is on its way: nothing of the caller's.
struct Failover::Attempt {
    Target target;
    PreparedCall prepared;
    Secret key;
    TargetGate::Place place;
    std::unique_ptr<Leash> leash;
    CancelToken cancel;
};

/// Why a target was not sent the request.
struct Failover::Refused {
    Failure failure;
    Course::Trouble trouble;
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
Failover::prepare(const Course &course, CallSource &calls, TargetGate *gate)
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
    if (auto unfit = calls.whyUnfit(target))
        return refused(std::move(*unfit), Trouble::Unfit);
    Attempt attempt;
    if (gate) {
        auto place = gate->enter(target);
        if (!place)
            return refused(std::move(place.error()), Trouble::NotSent);
        attempt.place = std::move(*place);
    }
    auto prepared = calls.prepare(target);
    if (!prepared)
        return refused(std::move(prepared.error()), Trouble::Answered);
    if (auto lossy = tooLossy(target, prepared->losses))
        return refused(std::move(*lossy), Trouble::Unfit);
    attempt.target = target;
    attempt.prepared = std::move(*prepared);
    attempt.key = key->secret;
    return attempt;
}

Task<tl::expected<Serving, Failure>> Failover::open(
    RoutePlan plan, CallSource &calls, metering::UsageMeter &meter, CancelToken cancel, Progress progress,
    TargetGate *gate)
{
    Course::Bounds bounds;
    bounds.retries = calls.mostRetries();
    Course course(m_experience, m_clock, m_keys, m_prices, std::move(plan.targets), bounds);

    while (course.next()) {
        if (cancel.isCancelled())
            co_return tl::make_unexpected(cancelled());
        const Target &target = course.target();
        const secrets::LoadedKey *key = course.key();
        meter.attemptStarted(
            target.provider->id, target.model, key ? key->ref.name.toUtf8() : QByteArray(),
            target.provider->priceProvider);
        std::optional<Failure> failure;
        Course::Trouble trouble = Course::Trouble::Answered;
        auto attempt = prepare(course, calls, gate);
        if (attempt) {
            course.trying();
            progress(target, course.tries());
            attempt->cancel = cancel;
            auto served = co_await send(std::move(*attempt));
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
                                  << target.provider->id
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
Task<tl::expected<Serving, Failure>> Failover::send(Attempt attempt)
{
    const SteadyTime began = m_clock.steady();
    Serving serving;
    serving.flight = m_experience.stats.begin(attempt.target.provider->id, attempt.target.model);
    serving.leash = std::move(attempt.leash);
    serving.place = std::move(attempt.place);

    providers::ProviderRequest request;
    request.spec = attempt.target.provider;
    request.key = std::move(attempt.key);
    request.model = attempt.target.model;
    request.call = std::move(attempt.prepared.call);
    request.stream = attempt.prepared.stream;
    request.mode = attempt.prepared.passThrough ? wire::DecodeMode::Tap : wire::DecodeMode::Full;
    request.cancel = std::move(attempt.cancel);
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
    if (failure) {
        if (blameOf(failure->failureClass) == Blame::Target)
            serving.flight.failed();
        co_return tl::make_unexpected(std::move(*failure));
    }
    if (attempt.prepared.stream)
        serving.flight.begun(std::chrono::duration_cast<std::chrono::microseconds>(m_clock.steady() - began));
    serving.target = std::move(attempt.target);
    serving.prepared = std::move(attempt.prepared);
    co_return serving;
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

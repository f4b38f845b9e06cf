// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Failover.h"

#include "base/Logging.h"
#include "base/Sleep.h"
#include "routing/RetryPolicy.h"

#include <QRandomGenerator>

#include <algorithm>

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

Failure keyMissing(const providers::ProviderSpec &provider)
{
    Failure failure(
        FailureClass::Credential, 0,
        "There is no key for " + provider.name.toUtf8()
            + " yet. Add one in the window under Providers & keys, or with:"
              " fairleadctl key set "
            + provider.id);
    failure.code = "key_missing";
    return failure;
}

std::optional<metering::Micros> connectTime(const net::TransportTimes &times)
{
    if (times.reusedConnection)
        return std::nullopt;
    return times.encrypted ? times.encrypted : times.connected;
}

/// What a strict route does not let pass.
QByteArray lostFields(const wire::Losses &losses)
{
    QByteArray fields;
    for (const wire::Loss &loss : losses.list()) {
        if (!loss.harmless)
            fields += (fields.isEmpty() ? "" : ", ") + loss.field;
    }
    return fields;
}

Failure tooLossy(const Target &target, const QByteArray &fields)
{
    Failure failure(
        FailureClass::CallerFault, 400,
        target.provider->name.toUtf8() + " cannot be sent all of this request (" + fields
            + "), and its route is strict. Leave that out, or set \"strict\": false on the route.");
    failure.code = QByteArrayLiteral("lossy_translation");
    failure.param = fields.left(fields.contains(',') ? fields.indexOf(',') : fields.size());
    return failure;
}

} // namespace

Failure foreignKey(const providers::ProviderSpec &provider, const secrets::LoadedKey &key)
{
    QByteArray owners;
    for (const QByteArray &owner : key.looksLike)
        owners += (owners.isEmpty() ? "" : " or ") + owner;
    Failure failure(
        FailureClass::Credential, 0,
        "The key for " + provider.name.toUtf8() + " looks like one of " + owners
            + ", so it was not sent. Store the right one with: fairleadctl key set " + provider.id
            + " (if it is right all the same, give the provider's \"base_url\" in the config)");
    failure.code = "key_of_another_provider";
    return failure;
}

/// Why a try did not serve.
struct Failover::Failed {
    Failed(Failure failure_, bool onlyHere_)
        : failure(std::move(failure_))
        , onlyHere(onlyHere_)
    { }
    Failure failure;
    bool onlyHere; ///< another target may do what this one cannot
};

Failover::Failover(providers::ProviderClient &client, TargetHealth &health, Clock &clock, Keys keys)
    : m_client(client)
    , m_health(health)
    , m_clock(clock)
    , m_keys(std::move(keys))
{ }

Task<tl::expected<Serving, Failure>> Failover::open(
    RoutePlan plan, CallSource &calls, metering::UsageMeter &meter, CancelToken cancel, Progress progress)
{
    std::vector<Target> targets = m_health.inOrderOfTrying(std::move(plan.targets));
    Failure lastFailure;
    int attempts = 0;

    for (std::size_t t = 0; t < targets.size(); ++t) {
        Target &target = targets[t];
        target.limits = m_limits.of(target);
        int lessons = 0;
        std::vector<secrets::LoadedKey> keys = m_keys(target.provider->id);
        const bool keyless = !target.provider->auth.needsKey() || target.provider->local;
        if (keys.empty() && keyless)
            keys.emplace_back(); // an empty secret: no key is sent

        Remaining remaining;
        remaining.moreTargets = t + 1 < targets.size();
        remaining.retriesHere = calls.mostRetries();
        if (keys.empty()) {
            meter.attemptStarted(
                target.provider->id, target.model, QByteArray(), target.provider->priceProvider);
            lastFailure = keyMissing(*target.provider);
            meter.attemptFailed(lastFailure);
            continue;
        }

        for (std::size_t k = 0;;) {
            if (cancel.isCancelled())
                co_return tl::make_unexpected(cancelled());
            progress(target, ++attempts);
            auto served = co_await attempt(target, keys[k], calls, meter, cancel);
            if (served) {
                served->attempts = attempts;
                co_return std::move(*served);
            }
            lastFailure = std::move(served.error().failure);
            if (lessons < kMostLessons && m_limits.learn(target, lastFailure)) {
                ++lessons; // the same request without what the model refuses
                target.limits = m_limits.of(target);
                continue;
            }
            m_health.restUntilRetryAfter(target, lastFailure);

            remaining.moreKeys = k + 1 < keys.size();
            remaining.onlyHere = served.error().onlyHere;
            const Decision decision
                = decide(lastFailure, remaining, QRandomGenerator::global()->generateDouble());
            qCInfo(lcRoute).noquote()
                << meter.record().id << "attempt" << attempts << "at" << target.provider->id
                << "failed:" << chat::failureClassName(lastFailure.failureClass) << lastFailure.status;
            if (decision.action == Decision::Action::Stop)
                co_return tl::make_unexpected(lastFailure);
            if (decision.action == Decision::Action::NextTarget)
                break;
            if (decision.action == Decision::Action::NextKey) {
                ++k;
                continue;
            }
            --remaining.retriesHere;
            ++remaining.retriesMade;
            const bool slept = co_await sleepFor(m_clock, decision.wait, cancel);
            if (!slept)
                co_return tl::make_unexpected(cancelled());
        }
    }
    co_return tl::make_unexpected(lastFailure);
}

Task<tl::expected<Serving, Failover::Failed>> Failover::attempt(
    Target target, secrets::LoadedKey key, CallSource &calls, metering::UsageMeter &meter, CancelToken cancel)
{
    meter.attemptStarted(
        target.provider->id, target.model, key.ref.name.toUtf8(), target.provider->priceProvider);
    const auto failed = [&meter](const Failure &failure, bool onlyHere = false) {
        meter.attemptFailed(failure);
        return tl::make_unexpected(Failed(failure, onlyHere));
    };
    if (!key.looksLike.empty())
        co_return failed(foreignKey(*target.provider, key));
    if (const auto unfit = calls.whyUnfit(target))
        co_return failed(*unfit, true);
    auto prepared = calls.prepare(target);
    if (!prepared)
        co_return failed(prepared.error());
    if (target.strict) {
        const QByteArray lost = lostFields(prepared->losses);
        if (!lost.isEmpty())
            co_return failed(tooLossy(target, lost), true);
    }

    providers::ProviderRequest request;
    request.spec = target.provider;
    request.key = key.secret;
    request.model = target.model;
    request.call = std::move(prepared->call);
    request.stream = prepared->stream;
    request.mode = prepared->passThrough ? wire::DecodeMode::Tap : wire::DecodeMode::Full;
    request.cancel = cancel;
    request.reader = std::move(prepared->reader);
    auto opened = co_await m_client.open(std::move(request));
    if (!opened)
        co_return failed(opened.error());

    Serving serving;
    serving.answer = std::move(*opened);
    qsizetype heldBytes = 0;
    for (;;) {
        auto ready = serving.answer->tryNext();
        if (!ready)
            ready = co_await serving.answer->next();
        Piece piece = std::move(*ready);
        const Opening opening = inspect(piece);
        if (opening.failure)
            co_return failed(*opening.failure);
        heldBytes += piece.bytes.size();
        serving.held.push_back(std::move(piece));
        if (opening.committed || heldBytes > kMostHeldBytes)
            break;
    }
    const net::TransportTimes &times = serving.answer->times();
    meter.serving(connectTime(times), times.firstByte, serving.answer->status());
    serving.target = std::move(target);
    serving.prepared = std::move(*prepared);
    co_return serving;
}

} // namespace fairlead::routing

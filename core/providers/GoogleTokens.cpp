// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/GoogleTokens.h"

#include "providers/ProviderClient.h"
#include "json/View.h"

#include <QCryptographicHash>

#include <algorithm>
#include <chrono>
#include <vector>

namespace fairlead::providers {

namespace {

using chat::Failure;
using chat::FailureClass;
using namespace std::chrono_literals;

constexpr qsizetype kMostTokenBytes = 256 * 1024;
constexpr std::chrono::seconds kEarly{60}; // a token must outlast the request it is used for
constexpr qint64 kLongestLifetime = 24 * 60 * 60; // seconds
constexpr net::Timeouts kPatience{10s, 15s, 15s, 30s};

const QString kService = QStringLiteral("Google's token service");

Failure cancelled()
{
    return Failure(FailureClass::Cancelled, 0, "The request was cancelled.");
}

/// What Google says of a key it refuses: {"error": "invalid_grant", "error_description": "..."}.
Failure refusal(int status, QByteArrayView body, const QByteArray &account)
{
    QByteArray words = "HTTP " + QByteArray::number(status);
    QByteArray code;
    if (const auto document = json::Document::parse(body.toByteArray())) {
        code = (*document)["error"].stringOr({});
        const QByteArray description = (*document)["error_description"].stringOr({});
        if (!code.isEmpty())
            words = description.isEmpty() ? code : code + ": " + description;
    }
    const bool theirs = status == 429 || status >= 500;
    Failure failure(
        theirs ? FailureClass::Transient : FailureClass::Credential, status,
        "Google gave no access token for " + account + " (" + words + ")."
            + (theirs ? "" : " Check the key, and this machine's clock."));
    failure.code = code;
    return failure;
}

net::TransportRequest tokenRequest(const GoogleKey &key, QByteArray form, CancelToken cancel)
{
    net::TransportRequest request;
    request.url = key.tokenUrl();
    request.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}};
    request.body = std::move(form);
    request.timeouts = kPatience;
    request.cancel = std::move(cancel);
    return request;
}

} // namespace

/// One key's token, and the exchange that is to bring the next.
struct GoogleTokens::Account {
    using Waiter = std::shared_ptr<Promise<Outcome>>;

    Secret token;
    SteadyTime freshUntil;
    std::vector<Waiter> waiters; ///< none while no exchange runs
    CancelSource running;

    /// Everybody hears of it. Resumed coroutines may come back for more, so nothing of this is used after.
    void settle(const Outcome &outcome)
    {
        for (const Waiter &waiter : std::exchange(waiters, {}))
            waiter->resolve(outcome);
    }
    void leave(const Waiter &waiter)
    {
        waiters.erase(std::remove(waiters.begin(), waiters.end(), waiter), waiters.end());
        if (waiters.empty())
            running.cancel(CancelReason::ClientGone);
        waiter->resolve(tl::make_unexpected(cancelled()));
    }
};

GoogleTokens::GoogleTokens(net::HttpTransport &transport, Clock &clock)
    : m_transport(transport)
    , m_clock(clock)
{ }

GoogleTokens::~GoogleTokens()
{
    for (const auto &[id, account] : std::exchange(m_accounts, {})) {
        account->running.cancel(CancelReason::Shutdown);
        account->settle(tl::make_unexpected(cancelled()));
    }
}

Task<GoogleTokens::Outcome> GoogleTokens::token(Secret key, CancelToken cancel)
{
    const QByteArrayView text = key.reveal();
    const QByteArray id = QCryptographicHash::hash(
        QByteArray::fromRawData(text.data(), text.size()), QCryptographicHash::Sha256);
    std::shared_ptr<Account> &kept = m_accounts[id];
    if (!kept)
        kept = std::make_shared<Account>();
    const std::shared_ptr<Account> account = kept;
    if (!account->token.isEmpty() && m_clock.steady() < account->freshUntil)
        co_return account->token;

    const auto waiter = std::make_shared<Promise<Outcome>>();
    const bool mine = account->waiters.empty();
    account->waiters.push_back(waiter);
    if (mine) {
        auto parsed = GoogleKey::parse(key);
        if (!parsed) {
            Failure failure(FailureClass::Credential, 0, parsed.error().message() + '.');
            account->settle(tl::make_unexpected(std::move(failure)));
        } else {
            account->running = CancelSource();
            detach(exchange(account, std::move(*parsed), m_transport, m_clock));
        }
    }
    const CancelRegistration registration = cancel.onCancel([account, waiter] { account->leave(waiter); });
    Outcome outcome = co_await waiter->wait();
    co_return outcome;
}

Task<> GoogleTokens::exchange(
    std::shared_ptr<Account> account, GoogleKey key, net::HttpTransport &transport, Clock &clock)
{
    const SteadyTime asked = clock.steady();
    const CancelSource running = account->running;
    auto form = key.tokenForm(clock.wall());
    if (!form) {
        Failure failure(FailureClass::Credential, 0, form.error().message() + '.');
        account->settle(tl::make_unexpected(std::move(failure)));
        co_return;
    }
    auto sent = co_await transport.send(tokenRequest(key, std::move(*form), running.token()));
    if (running.isCancelled())
        co_return; // nobody waits any more, or another exchange has taken over
    if (!sent) {
        account->settle(tl::make_unexpected(toFailure(sent.error(), kService)));
        co_return;
    }
    const std::unique_ptr<net::TransportResponse> response = std::move(*sent);
    auto body = co_await net::readAll(*response, kMostTokenBytes);
    if (running.isCancelled())
        co_return;
    if (!body) {
        account->settle(tl::make_unexpected(toFailure(body.error(), kService)));
        co_return;
    }
    const auto document = json::Document::parse(*body);
    QByteArray token = document ? (*document)["access_token"].stringOr({}) : QByteArray();
    if (response->status() != 200 || token.isEmpty()) {
        account->settle(tl::make_unexpected(refusal(response->status(), *body, key.name())));
        co_return;
    }
    const qint64 lifetime = std::clamp<qint64>((*document)["expires_in"].integerOr(0), 0, kLongestLifetime);
    account->token = Secret(std::move(token));
    account->freshUntil = asked + std::chrono::seconds(lifetime) - kEarly;
    account->settle(account->token);
}

} // namespace fairlead::providers

// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/LimitWords.h"

#include <QDateTime>

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::Failure;
using chat::FailureClass;

// A running request ends in seconds; whoever asks again sooner only hears the same.
constexpr milliseconds kUntilSomebodyEnds{1000};

QByteArray localTime(qint64 ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms).toString(QStringLiteral("yyyy-MM-dd HH:mm")).toLatin1();
}

Failure made(FailureClass failureClass, int status, QByteArray message, const char *code)
{
    Failure failure(failureClass, status, std::move(message));
    failure.code = code;
    failure.ours = true;
    return failure;
}

Failure tooBusy(QByteArray message, milliseconds retryAfter, const char *code)
{
    Failure failure = made(FailureClass::RateLimit, 429, std::move(message), code);
    failure.retryAfter = std::max(retryAfter, milliseconds(1));
    return failure;
}

QByteArray howToRaise(const Scope &scope)
{
    switch (scope.kind) {
    case Scope::Kind::App:
        return " To go on now: fairleadctl budget raise " + scope.name + " 1 --for 1h";
    case Scope::Kind::All:
        return QByteArrayLiteral(" To go on now: fairleadctl budget raise 1 --for 1h");
    case Scope::Kind::Model:
    case Scope::Kind::Provider:
        return {};
    }
    Q_UNREACHABLE();
}

} // namespace

QByteArray dollars(NanoUsd amount)
{
    constexpr qsizetype kCents = 2;
    constexpr qsizetype kMost = 4;
    QByteArray text = amount.toDecimal();
    qsizetype point = text.indexOf('.');
    if (point < 0) {
        point = text.size();
        text += '.';
    }
    text = text.left(point + 1 + kMost);
    while (text.size() < point + 1 + kCents)
        text += '0';
    return '$' + text;
}

Failure budgetSpent(const BudgetState &budget)
{
    const QByteArray allowed = dollars(budget.most + budget.raised);
    return made(
        FailureClass::Quota, 402,
        budget.scope.words() + " may spend " + allowed + " a " + periodName(budget.period) + ", and "
            + dollars(budget.spent) + " is spent. It goes on at " + localTime(budget.resetsMs) + '.'
            + howToRaise(budget.scope),
        "budget_spent");
}

Failure budgetReserved(const BudgetState &budget)
{
    const NanoUsd left = budget.most + budget.raised - budget.spent;
    return tooBusy(
        budget.scope.words() + " has " + dollars(left) + " left of its budget for the "
            + periodName(budget.period) + ", and requests that are running may need all of it.",
        kUntilSomebodyEnds, "budget_reserved");
}

Failure tooFast(const Scope &scope, qint64 most, QByteArrayView what, milliseconds retryAfter)
{
    return tooBusy(
        scope.words() + " may use " + QByteArray::number(most) + ' ' + what.toByteArray() + " a minute.",
        retryAfter, "rate_limited_here");
}

Failure tooMany(const Scope &scope, qint64 most)
{
    return tooBusy(
        scope.words() + " may have " + QByteArray::number(most)
            + (most == 1 ? " request running at a time." : " requests running at a time."),
        kUntilSomebodyEnds, "too_many_at_a_time");
}

Failure paused(const Pause &pause)
{
    const QByteArray who = pause.app.isEmpty() ? QByteArray("This server") : "The app \"" + pause.app + '"';
    const QByteArray why = pause.reason.isEmpty() ? QByteArray(".") : ": " + pause.reason;
    Failure failure = made(
        FailureClass::Permission, 403,
        who + " is paused" + why + " To go on: fairleadctl resume"
            + (pause.app.isEmpty() ? QByteArray() : ' ' + pause.app),
        "paused");
    failure.shouldRetry = false;
    return failure;
}

} // namespace fairlead::routing

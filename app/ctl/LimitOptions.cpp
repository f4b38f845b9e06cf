// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/LimitOptions.h"

#include "app/ctl/Commands.h"
#include "config/ConfigKeys.h"

#include <QDateTime>

#include <algorithm>
#include <array>

namespace fairlead::app {

namespace {

Result<> readCount(const Arguments &arguments, const char *option, std::optional<qint64> &into)
{
    if (!arguments.isSet(option))
        return {};
    const auto number = arguments.number(option, 1, 1'000'000'000, 0);
    if (!number)
        return fail(number.error());
    into = *number;
    return {};
}

/// "5/day": every request is refused beyond it.
Result<config::AppConfig::Budget> budgetOf(const QString &text, bool soft)
{
    const auto periods = config::budgetPeriods();
    const QByteArray per = text.section(u'/', 1).toUtf8();
    const auto amount = amountOf(text.section(u'/', 0, 0));
    if (!amount || std::find(periods.begin(), periods.end(), QByteArrayView(per)) == periods.end())
        return fail(
            ErrorKind::Invalid,
            "--budget takes dollars a day, week or month, such as 5/day, not \"" + text.toUtf8() + "\".");
    config::AppConfig::Budget budget;
    budget.usd = *amount;
    budget.per = per;
    budget.hard = !soft;
    return budget;
}

/// A date, or how long from now: its last day.
Result<QDate> lastDayOf(const QString &text)
{
    const QDate date = QDate::fromString(text, Qt::ISODate);
    if (date.isValid() && date >= QDate::currentDate())
        return date;
    const auto during = durationOf(text);
    if (during)
        return QDateTime::currentDateTime().addSecs(during->count()).date();
    return fail(
        ErrorKind::Invalid,
        "--expires takes a day to come, such as 2027-03-31, or a time, such as 30d, not \"" + text.toUtf8()
            + "\".");
}

} // namespace

QList<QCommandLineOption> appAddOptions()
{
    const auto option = [](const char *name, const char *words, const char *value) {
        return QCommandLineOption(
            QString::fromLatin1(name), QString::fromLatin1(words), QString::fromLatin1(value));
    };
    return {
        option("models", "Models it may ask for, * for anything (repeatable).", "PATTERN"),
        option("rpm", "Requests a minute.", "N"),
        option("tpm", "Tokens a minute.", "N"),
        option("concurrent", "Requests at a time.", "N"),
        option("budget", "Dollars a day, week or month: 5/day.", "USD/PERIOD"),
        QCommandLineOption(
            QStringLiteral("soft"), QStringLiteral("Only warn of what is beyond, refuse nothing.")),
        option("expires", "The last day it is let in (2027-03-31), or how long from now (30d).", "WHEN"),
    };
}

Result<config::AppConfig> appSettings(const QByteArray &name, const Arguments &arguments)
{
    config::AppConfig settings;
    settings.name = name;
    for (const QString &pattern : arguments.values("models"))
        settings.models.push_back(pattern.toUtf8());
    if (auto read = readCount(arguments, "rpm", settings.limits.requestsPerMinute); !read)
        return fail(read.error());
    if (auto read = readCount(arguments, "tpm", settings.limits.tokensPerMinute); !read)
        return fail(read.error());
    if (auto read = readCount(arguments, "concurrent", settings.limits.concurrent); !read)
        return fail(read.error());
    settings.limits.hard = !arguments.isSet("soft");
    if (arguments.isSet("budget")) {
        const auto budget = budgetOf(arguments.value("budget"), arguments.isSet("soft"));
        if (!budget)
            return fail(budget.error());
        settings.budget = *budget;
    }
    if (arguments.isSet("expires")) {
        const auto day = lastDayOf(arguments.value("expires"));
        if (!day)
            return fail(day.error());
        settings.expires = *day;
    }
    return settings;
}

Result<std::chrono::seconds> durationOf(const QString &text)
{
    struct Unit {
        QChar name;
        qint64 seconds;
    };
    constexpr qint64 kMost = 365 * 86'400;
    static constexpr std::array kUnits{Unit{u's', 1}, Unit{u'm', 60}, Unit{u'h', 3600}, Unit{u'd', 86'400}};
    bool isNumber = false;
    const qint64 count = text.chopped(std::min<qsizetype>(1, text.size())).toLongLong(&isNumber);
    for (const Unit &unit : kUnits) {
        if (isNumber && count > 0 && text.endsWith(unit.name) && count <= kMost / unit.seconds)
            return std::chrono::seconds(count * unit.seconds);
    }
    return fail(
        ErrorKind::Invalid, '"' + text.toUtf8() + "\" is no time. Say 90s, 30m, 1h or 7d; a year at most.");
}

Result<NanoUsd> amountOf(const QString &text)
{
    QByteArray digits = text.toUtf8();
    if (digits.startsWith('$'))
        digits.remove(0, 1);
    const auto amount = NanoUsd::fromDecimal(digits);
    if (!amount || *amount <= NanoUsd())
        return fail(ErrorKind::Invalid, '"' + text.toUtf8() + "\" is no amount in dollars. Say 5 or 0.50.");
    return *amount;
}

} // namespace fairlead::app

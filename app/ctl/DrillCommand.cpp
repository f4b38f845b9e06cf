// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"
#include "drill/LeapingClock.h"
#include "drill/Report.h"

#include <algorithm>
#include <array>

namespace fairlead::app {

namespace {

using drill::Drill;
using drill::Line;
using drill::Scenario;

constexpr std::array kModes{"off", "auto", "hold"};

/// How long the first word takes in each mode when nothing breaks.
struct ModeCost {
    QByteArray mode;
    std::optional<milliseconds> firstText;
};

struct Outcome {
    std::vector<Line> lines;
    std::vector<ModeCost> costs;
};

/// A gateway of its own for every fault, so that none is judged by what another has taught.
Task<Result<Outcome>>
play(Clock *clock, std::vector<const Scenario *> chosen, QByteArray recovery, bool tells)
{
    Outcome outcome;
    for (const Scenario *scenario : chosen) {
        auto made = Drill::create(*clock, recovery);
        if (!made)
            co_return fail(made.error());
        if (tells)
            terminal::err(scenario->id + ' ' + scenario->title + " ...\n");
        const drill::Finding finding = co_await (*made)->run(*scenario);
        outcome.lines.push_back(drill::lineOf(finding));
    }
    for (const char *mode : kModes) {
        auto made = Drill::create(*clock, mode);
        if (!made)
            co_return fail(made.error());
        const drill::Call call = co_await (*made)->undisturbed();
        ModeCost cost;
        cost.mode = mode;
        cost.firstText = call.reading.firstText;
        outcome.costs.push_back(std::move(cost));
    }
    co_return outcome;
}

template<typename Done>
Task<> tell(Task<Result<Outcome>> task, Done done)
{
    done(co_await task);
}

Result<std::vector<const Scenario *>> chosenBy(const QStringList &names)
{
    std::vector<const Scenario *> chosen;
    for (const QString &name : names) {
        const Scenario *scenario = drill::findScenario(name.toUtf8());
        if (!scenario)
            return fail(
                ErrorKind::NotFound,
                "There is no fault \"" + name.toUtf8() + "\". Without a name all are played and listed.");
        chosen.push_back(scenario);
    }
    if (chosen.empty()) {
        for (const Scenario &scenario : drill::scenarios())
            chosen.push_back(&scenario);
    }
    return chosen;
}

QByteArray tableOf(const Outcome &outcome)
{
    Table table({
        {"FAULT"},
        {""},
        {"RESULT"},
        {"TRIES", Table::Align::Right},
        {"ELSEWHERE", Table::Align::Right},
        {"FIRST WORD", Table::Align::Right},
        {"TOOK", Table::Align::Right},
        {"MENDED BY"},
        {"HOW IT ENDED"},
    });
    for (const Line &line : outcome.lines)
        table.add(
            {line.id, line.title, line.grade, QByteArray::number(line.primaryTries),
             QByteArray::number(line.fallbackTries), text::duration(line.firstText),
             text::duration(line.took), line.rescue, line.reason});
    const auto passed = std::count_if(
        outcome.lines.begin(), outcome.lines.end(), [](const Line &line) { return line.grade == "pass"; });
    QByteArray text = table.text() + '\n' + QByteArray::number(static_cast<qlonglong>(passed)) + " of "
                      + QByteArray::number(static_cast<qulonglong>(outcome.lines.size()))
                      + " pass.\nFirst word when nothing breaks, by the route's \"recovery\": ";
    QByteArrayList costs;
    for (const ModeCost &cost : outcome.costs)
        costs.append(cost.mode + ' ' + text::duration(cost.firstText));
    return text + costs.join(", ") + ".\n";
}

QByteArray jsonOf(const Outcome &outcome)
{
    json::Writer writer;
    writer.beginObject().memberRaw("faults", drill::jsonOf(outcome.lines)).key("first_text_ms").beginObject();
    for (const ModeCost &cost : outcome.costs)
        memberCount(
            writer, cost.mode,
            cost.firstText ? std::optional<std::int64_t>(cost.firstText->count()) : std::nullopt);
    return writer.endObject().endObject().take();
}

} // namespace

QList<QCommandLineOption> drillOptions()
{
    return {
        {QStringLiteral("real-time"), QStringLiteral("Wait as long as the faults take, some minutes")},
        {QStringLiteral("recovery"),
         QStringLiteral("How the route recovers from broken answers: auto, hold or off"),
         QStringLiteral("MODE")},
        {QStringLiteral("markdown"), QStringLiteral("Print the table of the docs")},
    };
}

ExitCode drillFaults(const Arguments &arguments)
{
    const QByteArray recovery = arguments.value("recovery").toUtf8();
    if (!recovery.isEmpty() && std::find(kModes.begin(), kModes.end(), recovery) == kModes.end())
        return misused("--recovery is one of auto, hold and off.");
    const auto chosen = chosenBy(arguments.positional());
    if (!chosen)
        return failed(chosen.error());
    const bool real = arguments.isSet("real-time");
    SystemClock system;
    drill::LeapingClock leaping;
    Clock *clock = &leaping;
    if (real)
        clock = &system;
    const auto outcome = wait<Outcome>([&](auto done) {
        detach(tell(play(clock, *chosen, recovery, real && !arguments.wantsJson()), done));
    });
    if (!outcome)
        return failed(outcome.error());
    if (arguments.wantsJson())
        terminal::out(indented(jsonOf(*outcome)) + '\n');
    else if (arguments.isSet("markdown"))
        terminal::out(drill::markdownOf(outcome->lines));
    else
        terminal::out(tableOf(*outcome));
    const bool failedAny = std::any_of(
        outcome->lines.begin(), outcome->lines.end(), [](const Line &line) { return line.grade == "fail"; });
    return failedAny ? kFailure : kSuccess;
}

} // namespace fairlead::app

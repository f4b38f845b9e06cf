// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Help.h"

#include <algorithm>
#include <numeric>

namespace fairlead::app {

namespace {

constexpr char kExitCodes[] = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n";

QByteArray optionNames(const QCommandLineOption &option)
{
    QStringList names;
    for (const QString &name : option.names())
        names += (name.size() == 1 ? QStringLiteral("-") : QStringLiteral("--")) + name;
    QByteArray text = names.join(QStringLiteral(", ")).toUtf8();
    if (!option.valueName().isEmpty())
        text += ' ' + option.valueName().toUtf8();
    return text;
}

QByteArray rows(const std::vector<std::pair<QByteArray, QByteArray>> &lines)
{
    qsizetype width = 0;
    for (const auto &line : lines)
        width = std::max(width, line.first.size());
    QByteArray text;
    for (const auto &line : lines)
        text += "  " + line.first.leftJustified(width + 2) + line.second + '\n';
    return text;
}

QByteArray options(const QList<QCommandLineOption> &list)
{
    std::vector<std::pair<QByteArray, QByteArray>> lines;
    for (const QCommandLineOption &option : list)
        lines.emplace_back(optionNames(option), option.description().toUtf8());
    return rows(lines);
}

QByteArray usageOf(const Command &command)
{
    QByteArray text = command.name;
    if (*command.arguments != '\0')
        text += QByteArray(" ") + command.arguments;
    return text;
}

/// Steps from one word to the other: insert, delete, replace.
std::size_t distance(const QByteArray &from, const QByteArray &to)
{
    std::vector<std::size_t> row(static_cast<std::size_t>(to.size()) + 1);
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (const char a : from) {
        std::size_t diagonal = row[0]++;
        for (std::size_t i = 1; i < row.size(); ++i) {
            const std::size_t replaced = diagonal + (a == to[static_cast<qsizetype>(i) - 1] ? 0 : 1);
            diagonal = row[i];
            row[i] = std::min({replaced, row[i] + 1, row[i - 1] + 1});
        }
    }
    return row.back();
}

} // namespace

QByteArray overviewHelp()
{
    std::vector<std::pair<QByteArray, QByteArray>> lines;
    for (const Command &command : commandTable())
        lines.emplace_back(usageOf(command), command.summary);
    return "Fairlead: one port to every model, your keys in the keychain, each request accounted for.\n\n"
           "Usage: fairleadctl COMMAND [OPTION...]\n\n"
           + rows(lines) + "\nOptions of every command:\n" + options(Arguments::commonOptions())
           + "\nfairleadctl COMMAND --help tells more. " + kExitCodes;
}

QByteArray commandHelp(const Command &command)
{
    QByteArray text
        = QByteArray(command.summary) + ".\n\nUsage: fairleadctl " + usageOf(command) + " [OPTION...]\n\n";
    if (*command.details != '\0')
        text += QByteArray(command.details) + "\n\n";
    return text + options(command.options() + Arguments::commonOptions()) + '\n' + kExitCodes;
}

QByteArray groupHelp(const QByteArray &group)
{
    std::vector<std::pair<QByteArray, QByteArray>> lines;
    for (const Command &command : commandTable()) {
        if (QByteArray(command.name).startsWith(group + ' '))
            lines.emplace_back(usageOf(command), command.summary);
    }
    return "Usage: fairleadctl " + group + " VERB [OPTION...]\n\n" + rows(lines) + "\nfairleadctl " + group
           + " VERB --help tells more. " + kExitCodes;
}

QByteArray nearestName(const QByteArray &mistyped, const std::vector<QByteArray> &names)
{
    constexpr std::size_t kFar = 3;
    QByteArray nearest;
    std::size_t least = kFar;
    for (const QByteArray &name : names) {
        const std::size_t steps = name.startsWith(mistyped) ? 1 : distance(mistyped, name);
        if (steps < least && steps < static_cast<std::size_t>(name.size())) {
            least = steps;
            nearest = name;
        }
    }
    return nearest;
}

} // namespace fairlead::app

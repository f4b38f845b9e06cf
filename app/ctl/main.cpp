// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/LogHandler.h"
#include "app/ctl/Help.h"
#include "app/ctl/KeyLeak.h"
#include "app/ctl/Session.h"
#include "app/desktop/Translations.h"

#include <QCoreApplication>
#include <QLoggingCategory>

#include <algorithm>

using namespace fairlead;
using namespace fairlead::app;

namespace {

/// The command that the first words name, and what follows them.
struct Choice {
    const Command *command = nullptr;
    QStringList rest;
};

Choice choose(const QStringList &words)
{
    Choice choice;
    for (const Command &command : commandTable()) {
        const QStringList name = QString::fromLatin1(command.name).split(u' ');
        if (words.size() >= name.size() && words.first(name.size()) == name) {
            choice.command = &command;
            choice.rest = words.sliced(name.size());
        }
    }
    return choice;
}

/// First words with a space behind them in the table: "key" of "key set".
std::vector<QByteArray> groups()
{
    std::vector<QByteArray> names;
    for (const Command &command : commandTable()) {
        const QByteArray name(command.name);
        if (const auto space = name.indexOf(' '); space >= 0)
            names.push_back(name.first(space));
    }
    return names;
}

ExitCode unknownCommand(const QStringList &words)
{
    const auto known = groups();
    const QByteArray first = words.first().toUtf8();
    const bool isGroup = std::find(known.begin(), known.end(), first) != known.end();
    if (isGroup
        && (words.size() == 1 || words.contains(QStringLiteral("--help"))
            || words.contains(QStringLiteral("-h")))) {
        const bool asked = words.size() > 1;
        asked ? terminal::out(groupHelp(first)) : terminal::err(groupHelp(first));
        return asked ? kSuccess : kMisuse;
    }
    const QByteArray typed = isGroup ? first + ' ' + words[1].toUtf8() : first;
    std::vector<QByteArray> names = isGroup ? std::vector<QByteArray>() : known;
    for (const Command &command : commandTable())
        names.emplace_back(command.name);
    const QByteArray nearest = nearestName(typed, names);
    QByteArray said = "There is no command \"" + typed + "\".";
    if (!nearest.isEmpty())
        said += " Did you mean \"" + nearest + "\"?";
    return misused(said + " See: fairleadctl --help");
}

void chooseLogs(const Command &command)
{
    // The server logs; the other commands say what matters in their own words. QT_LOGGING_RULES has the last
    // word.
    if (QByteArray(command.name) != "serve")
        QLoggingCategory::setFilterRules(QStringLiteral(
            "fairlead.*.info=false\nfairlead.secrets.warning=false\nfairlead.gateway.warning=false"));
}

ExitCode runCommand(const Choice &choice)
{
    const auto arguments = Arguments::parse(*choice.command, choice.rest);
    if (!arguments)
        return misused(arguments.error().message() + " See: fairleadctl " + choice.command->name + " --help");
    if ((*arguments)->wantsHelp()) {
        terminal::out(commandHelp(*choice.command));
        return kSuccess;
    }
    return choice.command->run(**arguments);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("fairlead"));
    QCoreApplication::setApplicationVersion(QStringLiteral(FAIRLEAD_VERSION));
    // After the application object: the keychain needs GLib's loop on this thread, the gateway's is faster
    // without it.
    qputenv("QT_NO_GLIB", "1");
    installPlurals(application);
    installLogHandler();

    QStringList words = QCoreApplication::arguments().sliced(1);
    if (words.isEmpty()) {
        terminal::err(overviewHelp());
        return kMisuse;
    }
    if (words.first() == QLatin1String("--help") || words.first() == QLatin1String("-h")
        || words.first() == QLatin1String("help")) {
        terminal::out(overviewHelp());
        return kSuccess;
    }
    if (words.first() == QLatin1String("--version"))
        words.first() = QStringLiteral("version");

    if (words.first() == QLatin1String("key")) {
        if (const auto leak = findLeakedKey(words))
            return misused(*leak);
    }
    const Choice choice = choose(words);
    if (!choice.command)
        return unknownCommand(words);
    chooseLogs(*choice.command);
    return runCommand(choice);
}

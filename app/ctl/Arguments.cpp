// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Arguments.h"

#include "app/ctl/Command.h"

namespace fairlead::app {

QList<QCommandLineOption> Arguments::commonOptions()
{
    return {
        {QStringLiteral("config"), QStringLiteral("Another config file."), QStringLiteral("FILE")},
        {QStringLiteral("data-dir"), QStringLiteral("Another folder for the ledger."), QStringLiteral("DIR")},
        {QStringLiteral("json"), QStringLiteral("Print JSON with stable names, for scripts.")},
        {{QStringLiteral("h"), QStringLiteral("help")}, QStringLiteral("Show this help.")},
    };
}

Result<std::unique_ptr<Arguments>> Arguments::parse(const Command &command, const QStringList &words)
{
    auto arguments = std::make_unique<Arguments>();
    arguments->m_parser.addOptions(command.options());
    arguments->m_parser.addOptions(commonOptions());
    // The parser skips the first word, as it takes it for the program's name.
    if (!arguments->m_parser.parse(QStringList{QString()} + words))
        return fail(ErrorKind::Invalid, arguments->m_parser.errorText().toUtf8());
    return arguments;
}

bool Arguments::isSet(const char *option) const
{
    return m_parser.isSet(QString::fromLatin1(option));
}

QString Arguments::value(const char *option) const
{
    return m_parser.value(QString::fromLatin1(option));
}

QStringList Arguments::values(const char *option) const
{
    return m_parser.values(QString::fromLatin1(option));
}

Result<int> Arguments::number(const char *option, int least, int most, int fallback) const
{
    if (!isSet(option))
        return fallback;
    bool isNumber = false;
    const int number = value(option).toInt(&isNumber);
    if (!isNumber || number < least || number > most)
        return fail(
            ErrorKind::Invalid, QByteArray("--") + option + " takes a whole number from "
                                    + QByteArray::number(least) + " to " + QByteArray::number(most)
                                    + ", not \"" + value(option).toUtf8() + "\".");
    return number;
}

QStringList Arguments::positional() const
{
    return m_parser.positionalArguments();
}

QString Arguments::configPath() const
{
    return isSet("config") ? value("config") : config::defaultConfigPath();
}

QString Arguments::dataDir() const
{
    return isSet("data-dir") ? value("data-dir") : config::defaultDataDir();
}

gateway::GatewayOptions Arguments::gatewayOptions() const
{
    gateway::GatewayOptions options;
    options.configPath = configPath();
    options.dataDir = dataDir();
    return options;
}

} // namespace fairlead::app

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "gateway/LocalGateway.h"

#include <QCommandLineParser>

namespace fairlead::app {

struct Command;

/// The arguments of one command, read and checked against its options and those that every command has.
class Arguments
{
public:
    /// The options that every command has.
    [[nodiscard]] static QList<QCommandLineOption> commonOptions();

    /// `words`: what follows the command's name.
    [[nodiscard]] static Result<std::unique_ptr<Arguments>>
    parse(const Command &command, const QStringList &words);

    [[nodiscard]] bool isSet(const char *option) const;
    [[nodiscard]] QString value(const char *option) const;
    [[nodiscard]] QStringList values(const char *option) const;
    /// A whole number within bounds; `fallback` if the option is not given; an error that names the option
    /// otherwise.
    [[nodiscard]] Result<int> number(const char *option, int least, int most, int fallback) const;
    [[nodiscard]] QStringList positional() const;

    [[nodiscard]] bool wantsJson() const { return isSet("json"); }
    [[nodiscard]] bool wantsHelp() const { return isSet("help"); }
    [[nodiscard]] QString configPath() const; ///< the default place if not given
    [[nodiscard]] QString dataDir() const;
    [[nodiscard]] gateway::GatewayOptions gatewayOptions() const;

private:
    QCommandLineParser m_parser;
};

} // namespace fairlead::app

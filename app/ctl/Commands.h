// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

/// The run functions of the table and the options that only their command has.
namespace fairlead::app {

[[nodiscard]] QList<QCommandLineOption> serveOptions();
[[nodiscard]] ExitCode serve(const Arguments &arguments);

[[nodiscard]] QList<QCommandLineOption> askOptions();
[[nodiscard]] ExitCode ask(const Arguments &arguments);
[[nodiscard]] QList<QCommandLineOption> compareOptions();
[[nodiscard]] ExitCode compareModels(const Arguments &arguments);

[[nodiscard]] QList<QCommandLineOption> modelsOptions();
[[nodiscard]] ExitCode models(const Arguments &arguments);
[[nodiscard]] QList<QCommandLineOption> providersOptions();
[[nodiscard]] ExitCode providers(const Arguments &arguments);
[[nodiscard]] ExitCode routeList(const Arguments &arguments);
[[nodiscard]] QList<QCommandLineOption> routeSimulateOptions();
[[nodiscard]] ExitCode routeSimulate(const Arguments &arguments);
[[nodiscard]] ExitCode pricesShow(const Arguments &arguments);

[[nodiscard]] ExitCode keySet(const Arguments &arguments);
[[nodiscard]] ExitCode keyList(const Arguments &arguments);
[[nodiscard]] ExitCode keyTest(const Arguments &arguments);
[[nodiscard]] QList<QCommandLineOption> keyRemoveOptions();
[[nodiscard]] ExitCode keyRemove(const Arguments &arguments);

[[nodiscard]] QList<QCommandLineOption> appAddOptions();
[[nodiscard]] ExitCode appAdd(const Arguments &arguments);
[[nodiscard]] ExitCode appList(const Arguments &arguments);
[[nodiscard]] ExitCode appRevoke(const Arguments &arguments);

[[nodiscard]] QList<QCommandLineOption> pauseOptions();
[[nodiscard]] ExitCode pause(const Arguments &arguments);
[[nodiscard]] ExitCode resume(const Arguments &arguments);
[[nodiscard]] QList<QCommandLineOption> budgetRaiseOptions();
[[nodiscard]] ExitCode budgetRaise(const Arguments &arguments);
[[nodiscard]] ExitCode budgetList(const Arguments &arguments);

[[nodiscard]] QList<QCommandLineOption> usageOptions();
[[nodiscard]] ExitCode usage(const Arguments &arguments);
[[nodiscard]] QList<QCommandLineOption> logOptions();
[[nodiscard]] ExitCode log(const Arguments &arguments);
[[nodiscard]] ExitCode explain(const Arguments &arguments);

[[nodiscard]] QList<QCommandLineOption> drillOptions();
[[nodiscard]] ExitCode drillFaults(const Arguments &arguments);

[[nodiscard]] QList<QCommandLineOption> doctorOptions();
[[nodiscard]] ExitCode doctor(const Arguments &arguments);
[[nodiscard]] ExitCode version(const Arguments &arguments);

} // namespace fairlead::app

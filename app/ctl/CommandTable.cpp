// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

namespace fairlead::app {

namespace {

QList<QCommandLineOption> none()
{
    return {};
}

constexpr char kServe[]
    = "Prints \"fairlead: listening on URL\" on standard output once it accepts connections; logs go to "
      "standard\n"
      "error. SIGTERM lets running streams finish, then exits; a second one exits at once. SIGHUP reads the "
      "config\n"
      "again. The first start without any app creates the app \"default\" and prints its token.";
constexpr char kAsk[] = "The answer goes to standard output as it comes, its figures to standard error. "
                        "\"-\" stands for standard\n"
                        "input:  git diff | fairleadctl ask -m demo/fast \"What changes here?\" -";
constexpr char kCompare[] = "Asks all of them at once and prints the answers and a table of figures:\n"
                            "fairleadctl compare -m demo/fast -m demo/slow \"Why is the sky blue?\"";
constexpr char kKeySet[] = "The key is asked for without echo, or read from standard input; never from the "
                           "arguments, which end up in the\n"
                           "shell's history. It goes into the keychain of the system; without one nothing is "
                           "kept, and you are told so.";
constexpr char kPrices[]
    = "MODEL is PROVIDER/MODEL, or a name that several providers may have. Without it: the models of\n"
      "your providers. Prices come with this version, no network is used.";
constexpr char kExplain[]
    = "Shows why each target of a route was taken or passed over, every attempt, where the time went, and\n"
      "tokens by kind times price.";
constexpr char kSimulate[]
    = "Runs a route over the requests of the last days that asked for it: which would have gone elsewhere,\n"
      "what it would have cost. Nothing is sent. Without ROUTE: each route of the config. A new rule:\n"
      "echo '{\"model\": \"smart\", \"targets\": [\"lab/m1\"]}' | fairleadctl route simulate --rule -";
constexpr char kAppAdd[]
    = "Prints the token, once; it is kept only as a hash. A running server takes it at once.";
constexpr char kDrill[]
    = "Plays sixteen ways in which a provider fails, with a gateway of its own and no network, and judges by\n"
      "its bytes what a client gets: fairleadctl drill, or fairleadctl drill cut stall. In time that leaps,\n"
      "unless you ask for the real one.";
constexpr char kPause[] = "A running server takes it at once: new requests are refused with 403 and the "
                          "reason, running ones finish.\n"
                          "It lasts until `fairleadctl resume`, also over a restart.";
constexpr char kBudgetRaise[] = "On top of what the config allows, for a while: fairleadctl budget raise "
                                "my-editor 2 --for 1h";
constexpr char kDoctor[]
    = "Looks at the config, the ledger, the key store, the port and every provider's key.";

} // namespace

const std::vector<Command> &commandTable()
{
    static const std::vector<Command> table{
        {"serve", "Run the local server", "", kServe, serveOptions, serve},
        {"ask", "Ask a model", "[PROMPT...|-]", kAsk, askOptions, ask},
        {"compare", "Ask several models the same", "[PROMPT...|-]", kCompare, compareOptions, compareModels},
        {"models", "List routes and models", "", "", modelsOptions, models},
        {"providers", "List providers", "", "", providersOptions, providers},
        {"key set", "Keep a provider's key", "PROVIDER", kKeySet, none, keySet},
        {"key list", "List keys, by hint only", "", "", none, keyList},
        {"key test", "Ask a provider whether its key works", "PROVIDER", "", none, keyTest},
        {"key remove", "Remove a key from the keychain", "PROVIDER", "", keyRemoveOptions, keyRemove},
        {"app add", "Make a token for a local tool", "NAME", kAppAdd, appAddOptions, appAdd},
        {"app list", "List tools with a token", "", "", none, appList},
        {"app revoke", "Take a token back", "NAME", "", none, appRevoke},
        {"pause", "Refuse requests of an app, or of all", "[APP]", kPause, pauseOptions, pause},
        {"resume", "Let a paused app go on", "[APP]", "", none, resume},
        {"budget list", "Show budgets and what is spent", "", "", none, budgetList},
        {"budget raise", "Let an app, or all, spend more for a while", "[APP] USD", kBudgetRaise,
         budgetRaiseOptions, budgetRaise},
        {"usage", "Sum up requests, tokens and cost", "", "", usageOptions, usage},
        {"log", "List the latest requests", "", "", logOptions, log},
        {"explain", "Show one request's receipt", "REQUEST_ID", kExplain, none, explain},
        {"route list", "List routes and their targets", "", "", none, routeList},
        {"route simulate", "Show what a route would have done", "[ROUTE]", kSimulate, routeSimulateOptions,
         routeSimulate},
        {"prices show", "Show prices", "[MODEL]", kPrices, none, pricesShow},
        {"drill", "Play faults and see what a client gets", "[FAULT...]", kDrill, drillOptions, drillFaults},
        {"doctor", "Check that all is in order", "", kDoctor, doctorOptions, doctor},
        {"version", "Print the version", "", "", none, version},
    };
    return table;
}

} // namespace fairlead::app

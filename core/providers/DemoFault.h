// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "providers/DemoScript.h"

#include <QByteArray>

#include <optional>
#include <vector>

namespace fairlead::providers {

/// One way in which a provider fails, played by a demo model of that name: a row of a table. Every such model
/// gives the same sixty words, so that an answer put together from two of them can be judged by its bytes.
struct DemoFault {
    enum class When {
        Always,
        EverySecond, ///< the first of every two requests
        ByTurns, ///< for a minute, counted from the first request; then a minute not, and so on
    };

    QByteArray model = {}; ///< "fault-cut"
    QByteArray words = {}; ///< what happens, for people
    When when = When::Always;

    // Before the answer
    int status = 0; ///< refused with this; 0 = not refused
    QByteArray type = {};
    QByteArray code = {};
    QByteArray message = {};
    std::optional<std::chrono::seconds> retryAfter = {};
    bool resets = false; ///< the connection, before any byte
    milliseconds silence{0}; ///< before the connection is closed without an answer
    milliseconds firstWord{0}; ///< after the head

    // Inside the answer, after so many words; -1 = never
    int cutAfter = -1;
    int stallAfter = -1;
    milliseconds stall{0}; ///< then the connection is closed
    int garbageAfter = -1; ///< an event that is no JSON

    bool withoutDone = false; ///< all but the last event, [DONE]
    milliseconds open{0}; ///< the connection stays, after a complete answer
    bool refusesPrefill = false;
};

/// How long a fault of When::ByTurns lasts.
inline constexpr std::chrono::seconds kDemoTurn{60};

/// Two models that never fail ("steady", and "steady-no-prefill", which refuses to continue an answer begun
/// elsewhere), and one for every fault.
[[nodiscard]] const std::vector<DemoFault> &demoFaults();
[[nodiscard]] const DemoFault *findDemoFault(QByteArrayView model);
/// The demo model that plays it.
[[nodiscard]] DemoModel faultModel(const DemoFault &fault);

/// What a demo model sends, piece by piece.
struct DemoPlay {
    enum class Ending { Proper, Cut };
    struct Step {
        milliseconds pause{0}; ///< before it
        QByteArray bytes;
    };
    std::vector<Step> steps;
    milliseconds stays{0}; ///< with everything sent
    Ending ending = Ending::Proper;
};

/// The streamed answer, damaged as `fault` says; the script's answer as it is where that is null.
[[nodiscard]] DemoPlay playStream(const DemoScript &script, milliseconds perWord, const DemoFault *fault);
/// The whole answer likewise.
[[nodiscard]] DemoPlay playWhole(const DemoScript &script, const DemoFault *fault);

} // namespace fairlead::providers

// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/DemoFault.h"

#include <algorithm>

namespace fairlead::providers {

namespace {

using namespace std::chrono_literals;

constexpr milliseconds kPerWord = 15ms;

// Where a whole answer breaks that would be cut after some word.
constexpr double kCutPart = 0.6;

QByteArray garbageEvent()
{
    return "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"delta\":{\"content\": \n\n";
}

} // namespace

const std::vector<DemoFault> &demoFaults()
{
    using When = DemoFault::When;
    static const char kTooFast[] = "Rate limit reached. The demo refuses on purpose.";
    static const char kBusy[] = "The engine is overloaded. The demo refuses on purpose.";
    static const std::vector<DemoFault> faults{
        {.model = "steady", .words = "never fails"},
        {.model = "steady-no-prefill",
         .words = "never fails, but refuses to continue an answer begun elsewhere",
         .refusesPrefill = true},
        {.model = "fault-429-once",
         .words = "every second request: 429 with Retry-After 2 s",
         .when = When::EverySecond,
         .status = 429,
         .type = "rate_limit_error",
         .code = "rate_limit_exceeded",
         .message = kTooFast,
         .retryAfter = 2s},
        {.model = "fault-429",
         .words = "429, always, without Retry-After",
         .status = 429,
         .type = "rate_limit_error",
         .code = "rate_limit_exceeded",
         .message = kTooFast},
        {.model = "fault-500-once",
         .words = "every second request: 500",
         .when = When::EverySecond,
         .status = 500,
         .type = "server_error",
         .message = "The server had an error. The demo fails on purpose."},
        {.model = "fault-503",
         .words = "503, always",
         .status = 503,
         .type = "server_error",
         .code = "overloaded",
         .message = kBusy},
        {.model = "fault-reset",
         .words = "every second request: the connection is reset before any byte",
         .when = When::EverySecond,
         .resets = true},
        {.model = "fault-silence", .words = "accepts the request and never answers", .silence = 120s},
        {.model = "fault-slow", .words = "the head at once, the first word after 20 s", .firstWord = 20s},
        {.model = "fault-cut", .words = "the connection ends after 40 of 60 words", .cutAfter = 40},
        {.model = "fault-stall",
         .words = "20 of 60 words, then 30 s of silence, then the end",
         .stallAfter = 20,
         .stall = 30s},
        {.model = "fault-garbage", .words = "an event that is no JSON, after 10 words", .garbageAfter = 10},
        {.model = "fault-no-done",
         .words = "the whole answer but its last event, [DONE]; the connection stays open",
         .withoutDone = true,
         .open = 60s},
        {.model = "fault-context",
         .words = "the request is too long for this model",
         .status = 400,
         .type = "invalid_request_error",
         .code = "context_length_exceeded",
         .message = "This model's maximum context length is 8192 tokens, and your messages are longer. The "
                    "demo refuses on purpose."},
        {.model = "fault-filter",
         .words = "refused by the content filter",
         .status = 400,
         .type = "invalid_request_error",
         .code = "content_policy_violation",
         .message = "Your request was rejected by the safety system. The demo refuses on purpose."},
        {.model = "fault-flaps",
         .words = "503 for a minute, then a minute not, and so on",
         .when = When::ByTurns,
         .status = 503,
         .type = "server_error",
         .code = "overloaded",
         .message = kBusy},
    };
    return faults;
}

const DemoFault *findDemoFault(QByteArrayView model)
{
    const auto &faults = demoFaults();
    const auto found = std::find_if(
        faults.begin(), faults.end(), [&](const DemoFault &f) { return QByteArrayView(f.model) == model; });
    return found == faults.end() ? nullptr : &*found;
}

DemoModel faultModel(const DemoFault &fault)
{
    return {fault.model, "sixty", 0ms, kPerWord, false, false, DemoModel::Failure::Never};
}

DemoPlay playStream(const DemoScript &script, milliseconds perWord, const DemoFault *fault)
{
    const DemoFault healthy;
    if (!fault)
        fault = &healthy;
    std::vector<QByteArray> events = script.chunks();
    if (fault->withoutDone)
        events.pop_back();

    DemoPlay play;
    if (fault->firstWord > 0ms)
        play.steps.push_back({0ms, ": the head is here, the words are not\n\n"});
    int words = -1; // the first event has the role only
    for (const QByteArray &event : events) {
        if (words >= 0 && (words == fault->cutAfter || words == fault->stallAfter)) {
            play.stays = fault->stall;
            play.ending = DemoPlay::Ending::Cut;
            return play;
        }
        if (words == fault->garbageAfter && words >= 0)
            play.steps.push_back({0ms, garbageEvent()});
        const bool isFirst = words < 0;
        play.steps.push_back({isFirst ? fault->firstWord : perWord, event});
        ++words;
    }
    play.stays = fault->open;
    return play;
}

DemoPlay playWhole(const DemoScript &script, const DemoFault *fault)
{
    QByteArray body = script.wholeAnswer();
    DemoPlay play;
    const milliseconds before = fault ? fault->firstWord : 0ms;
    const bool isCut = fault && (fault->cutAfter >= 0 || fault->stallAfter >= 0);
    if (isCut) {
        body.truncate(static_cast<qsizetype>(static_cast<double>(body.size()) * kCutPart));
        play.stays = fault->stall;
        play.ending = DemoPlay::Ending::Cut;
    } else if (fault && fault->garbageAfter >= 0) {
        body.truncate(body.size() / 2);
        body += "\"garbage";
    }
    play.steps.push_back({before, body});
    return play;
}

} // namespace fairlead::providers

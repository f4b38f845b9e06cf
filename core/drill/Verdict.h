// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "drill/Reading.h"
#include "drill/Scenario.h"
#include "metering/LedgerRecord.h"

#include <vector>

namespace fairlead::drill {

/// One call as its caller saw it.
struct Call {
    milliseconds sentAfter{0}; ///< since the scenario began
    milliseconds took{0};
    bool hung = false;
    Reading reading;

    [[nodiscard]] bool isWhole() const; ///< every byte of the text, said to be an answer
};

/// Everything there is to judge by: the caller's view, the provider's, and the ledger's.
struct Evidence {
    std::vector<Call> calls;
    struct Asked {
        QByteArray model;
        milliseconds after{0};
        bool refused = false;
    };
    std::vector<Asked> asked; ///< requests the provider saw, before the check that we are alive
    std::vector<metering::LedgerRecord> ledger;
    bool aliveAfter = false; ///< the next request works

    [[nodiscard]] std::vector<Asked> askedFor(const QByteArray &model) const;
};

struct Verdict {
    enum class Grade {
        Pass, ///< the whole answer (or the error that is right), everything as it should be
        Partial, ///< that, but not all was as it should be
        Safe, ///< no answer, but a clear error in time
        Fail, ///< a hang, or a stump shown as an answer, or a promise broken
    };
    Grade grade = Grade::Fail;
    QByteArray reason; ///< in words: what was missing, or how it ended
};

[[nodiscard]] QByteArray gradeName(Verdict::Grade grade); ///< "pass", "partial", "safe", "fail"
[[nodiscard]] Verdict judge(const Scenario &scenario, const Evidence &evidence);

} // namespace fairlead::drill

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"

#include <QByteArray>

#include <optional>

namespace fairlead::config {

/// How much may be asked for and spent: by an app, of a model, of a provider, or in all. What is not said is
/// not limited.
struct Limits {
    std::optional<qint64> requestsPerMinute; ///< "requests_per_minute"
    std::optional<qint64> tokensPerMinute; ///< "tokens_per_minute", read and written
    std::optional<qint64> concurrent; ///< "concurrent": requests at a time
    std::optional<NanoUsd> usdPerDay, usdPerWeek, usdPerMonth; ///< by this machine's calendar
    bool hard = true; ///< refuse what is beyond; otherwise only warn
    bool operator==(const Limits &) const = default;
};

/// The limits of models, by the names they are served under.
struct ModelLimits {
    QByteArray model; ///< "provider/model", in which '*' stands for anything
    Limits limits;
    bool operator==(const ModelLimits &) const = default;
};

/// When an app is stopped because it seems to run in circles. What is not said comes from the next wider
/// place: the app's, the file's, the defaults below.
struct RunawayLimits {
    std::optional<qint64> sameCalls; ///< "same_calls": the same tool call in a row; 0 = do not look
    std::optional<NanoUsd> usdPerMinute; ///< "usd_per_minute"
    bool operator==(const RunawayLimits &) const = default;

    static constexpr qint64 kDefaultSameCalls = 30;
};

} // namespace fairlead::config

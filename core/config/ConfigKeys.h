// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <span>

namespace fairlead::config {

/// The objects of the config file.
enum class Section {
    Root,
    Server,
    Tls,
    App,
    Budget,
    Limits,
    ModelLimits,
    Runaway,
    Provider,
    Key,
    Timeouts,
    Route,
    Target,
    Condition,
    Deadlines,
    Hedge,
};

/// Every key of an object, in the documented order. The reader takes its "unknown key" from here and a test
/// compares the lists with resources/config.schema.json, so neither can know a key the other does not.
[[nodiscard]] std::span<const QByteArrayView> keysOf(Section section);
/// "server", "a provider": the object in a sentence.
[[nodiscard]] QByteArrayView nameOf(Section section);

/// Names of values, shared by reader, writer and schema test.
[[nodiscard]] std::span<const QByteArrayView> wireNames();
[[nodiscard]] std::span<const QByteArrayView> authenticationNames();
[[nodiscard]] std::span<const QByteArrayView> budgetPeriods();
[[nodiscard]] std::span<const QByteArrayView> keyUseNames();
[[nodiscard]] std::span<const QByteArrayView> strategyNames();
[[nodiscard]] std::span<const QByteArrayView> recoveryNames(); ///< in the order of Recovery
[[nodiscard]] std::span<const QByteArrayView> percentileNames(); ///< "p50" ...
[[nodiscard]] std::span<const QByteArrayView> dayNames(); ///< from Monday

/// The entry of `known` that `word` was probably meant to be; empty if nothing is near.
[[nodiscard]] QByteArrayView nearest(QByteArrayView word, std::span<const QByteArrayView> known);

} // namespace fairlead::config

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"
#include "routing/Gate.h"

namespace fairlead::gateway {

/// The main thread's side of limits: what people have switched, and what the ledger knows was spent.
class LimitKeeper
{
public:
    using Done = std::function<void(Result<>)>;

    explicit LimitKeeper(storage::Ledger &ledger)
        : m_ledger(ledger)
    { }

    /// What the gate goes by: the config, and what was switched since.
    [[nodiscard]] routing::GateRules rules(const config::Config &config) const;
    [[nodiscard]] std::vector<PauseInfo> pauses() const;

    void pause(const QByteArray &app, const QByteArray &reason, QObject *context, Done done);
    void resume(const QByteArray &app, QObject *context, Done done);
    void
    raise(const QByteArray &app, NanoUsd amount, std::chrono::seconds during, QObject *context, Done done);

    using Filled
        = std::function<void(const routing::Gate::Gap &gap, const QHash<QByteArray, NanoUsd> &spent)>;
    /// Sums up what was spent, rows that are still queued included. `filled` is called for each gap, with
    /// nothing if the ledger cannot say.
    void fill(const std::vector<routing::Gate::Gap> &gaps, QObject *context, const Filled &filled);

private:
    storage::Ledger &m_ledger;
};

[[nodiscard]] BudgetInfo infoOf(const routing::BudgetState &state);
[[nodiscard]] LimitEvent eventOf(const routing::LimitNotice &notice);

} // namespace fairlead::gateway

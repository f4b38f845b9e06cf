// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "routing/Gate.h"

namespace fairlead::routing {

/// The way of every row to the ledger leads past the gate, whoever made it: money that was spent on a hedge
/// or on a broken answer counts as any other.
class CountedLedger final : public metering::LedgerSink
{
public:
    CountedLedger(Gate &gate, metering::LedgerSink &ledger)
        : m_gate(gate)
        , m_ledger(ledger)
    { }
    void append(metering::LedgerRecord record) override
    {
        m_gate.book(record);
        m_ledger.append(std::move(record));
    }

private:
    Gate &m_gate;
    metering::LedgerSink &m_ledger;
};

} // namespace fairlead::routing

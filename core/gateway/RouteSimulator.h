// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/RouteConfig.h"
#include "metering/PriceBook.h"
#include "routing/Simulation.h"
#include "storage/Ledger.h"

#include <QObject>

#include <memory>

namespace fairlead::gateway {

/// Reads the requests that a route is about from the ledger, page by page, and runs the route over them.
class RouteSimulator : public QObject
{
public:
    struct Question {
        std::shared_ptr<const routing::RoutingTable> table; ///< with the route
        std::shared_ptr<const metering::PriceBook> prices;
        config::RouteConfig route;
        qint64 sinceMs = 0;
    };
    using Done = storage::Ledger::Callback<routing::Simulation>;

    /// `ledger` must outlive `context`; when that dies first, nobody is answered.
    static void ask(storage::Ledger &ledger, Question question, QObject *context, Done done);

    /// The latest requests say enough.
    static constexpr std::size_t kMostRows = 20'000;

private:
    RouteSimulator(storage::Ledger &ledger, Question question, QObject *context, Done done);
    void readPage();
    void take(Result<std::vector<metering::LedgerRecord>> page);
    void finish();

    storage::Ledger &m_ledger;
    Question m_question;
    Done m_done;
    storage::LogQuery m_query;
    std::vector<metering::LedgerRecord> m_rows;
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/RouteSimulator.h"

namespace fairlead::gateway {

namespace {

constexpr int kPageRows = 1'000;

} // namespace

void RouteSimulator::ask(storage::Ledger &ledger, Question question, QObject *context, Done done)
{
    auto *simulator = new RouteSimulator(ledger, std::move(question), context, std::move(done));
    simulator->readPage();
}

RouteSimulator::RouteSimulator(storage::Ledger &ledger, Question question, QObject *context, Done done)
    : QObject(context)
    , m_ledger(ledger)
    , m_question(std::move(question))
    , m_done(std::move(done))
{
    m_query.range.fromMs = m_question.sinceMs;
    m_query.requestsOnly = true;
    m_query.limit = kPageRows;
    if (!m_question.route.isPattern())
        m_query.model = m_question.route.model;
}

void RouteSimulator::readPage()
{
    m_ledger.log(
        m_query, this, [this](Result<std::vector<metering::LedgerRecord>> page) { take(std::move(page)); });
}

void RouteSimulator::take(Result<std::vector<metering::LedgerRecord>> page)
{
    if (!page) {
        deleteLater();
        m_done(fail(page.error()));
        return;
    }
    if (!page->empty()) {
        m_query.beforeMs = page->back().startedMs;
        m_query.beforeId = page->back().id;
    }
    const bool more = page->size() == kPageRows;
    m_rows.insert(m_rows.end(), std::make_move_iterator(page->begin()), std::make_move_iterator(page->end()));
    if (more && m_rows.size() < kMostRows)
        readPage();
    else
        finish();
}

void RouteSimulator::finish()
{
    deleteLater();
    m_done(routing::simulate(*m_question.table, m_question.route.model, m_rows, m_question.prices));
}

} // namespace fairlead::gateway

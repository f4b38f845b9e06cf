// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/spend/SpendLoader.h"

namespace fairlead::ui {

using storage::GroupBy;
using storage::SummaryRow;

struct SpendLoader::Load {
    SpendData data;
    SummaryRow ever;
    int waiting = 0;
    QString error;
};

SpendLoader::SpendLoader(storage::Ledger &ledger, QObject *parent)
    : QObject(parent)
    , m_ledger(ledger)
{ }

void SpendLoader::load(SpendRange range, const QDate &today)
{
    const auto load = std::make_shared<Load>();
    m_running = load;
    SpendData &data = load->data;
    data.range = range;
    data.buckets = bucketsOf(range, today);
    data.bars.resize(data.buckets.size());

    const storage::TimeRange whole = wholeOf(data.buckets);
    askOne(load, whole, &data.total);
    askOne(load, wholeOf(bucketsOf(SpendRange::Today, today)), &data.today);
    askOne(load, wholeOf(bucketsOf(SpendRange::ThisMonth, today)), &data.month);
    askOne(load, {}, &load->ever);
    ask(load, whole, GroupBy::Model, &data.byModel);
    ask(load, whole, GroupBy::App, &data.byApp);
    // The ledger groups by one thing at a time; a day's models come from its daily sums, so thirty questions
    // are still little work.
    for (std::size_t i = 0; i < data.buckets.size(); ++i)
        ask(load, data.buckets[i].range, GroupBy::Model, &data.bars[i]);
}

void SpendLoader::ask(const std::shared_ptr<Load> &load, storage::TimeRange range, GroupBy by, Rows *into)
{
    storage::SummaryQuery query;
    query.range = range;
    query.groupBy = by;
    ++load->waiting;
    m_ledger.summary(query, this, [this, load, into](const Result<Rows> &rows) {
        if (rows)
            *into = *rows;
        else
            load->error = QString::fromUtf8(rows.error().message());
        answered(load);
    });
}

void SpendLoader::askOne(const std::shared_ptr<Load> &load, storage::TimeRange range, SummaryRow *into)
{
    storage::SummaryQuery query;
    query.range = range;
    ++load->waiting;
    m_ledger.summary(query, this, [this, load, into](const Result<Rows> &rows) {
        if (!rows)
            load->error = QString::fromUtf8(rows.error().message());
        else if (!rows->empty())
            *into = rows->front();
        answered(load);
    });
}

void SpendLoader::answered(const std::shared_ptr<Load> &load)
{
    if (--load->waiting > 0 || load != m_running)
        return;
    m_running.reset();
    if (!load->error.isEmpty()) {
        Q_EMIT failed(load->error);
        return;
    }
    load->data.everAsked = load->ever.requests > 0;
    Q_EMIT loaded(load->data);
}

} // namespace fairlead::ui

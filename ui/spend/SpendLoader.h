// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/spend/SpendRange.h"

#include <QObject>

#include <memory>

namespace fairlead::ui {

/// All the page shows of one range.
struct SpendData {
    SpendRange range = SpendRange::ThirtyDays;
    storage::SummaryRow total;
    storage::SummaryRow today;
    storage::SummaryRow month;
    std::vector<storage::SummaryRow> byModel; ///< dearest first
    std::vector<storage::SummaryRow> byApp;
    std::vector<SpendBucket> buckets;
    std::vector<std::vector<storage::SummaryRow>> bars; ///< by model, one for each bucket
    bool everAsked = false; ///< there is a row in the ledger, whenever
};

/// Asks the ledger, on its own thread, for everything a range needs; the newest load wins.
class SpendLoader : public QObject
{
    Q_OBJECT
public:
    explicit SpendLoader(storage::Ledger &ledger, QObject *parent = nullptr);

    void load(SpendRange range, const QDate &today);
    [[nodiscard]] bool isLoading() const { return m_running != nullptr; }

Q_SIGNALS:
    void loaded(const fairlead::ui::SpendData &data);
    void failed(const QString &message);

private:
    struct Load;
    using Rows = std::vector<storage::SummaryRow>;
    void ask(const std::shared_ptr<Load> &load, storage::TimeRange range, storage::GroupBy by, Rows *into);
    void askOne(const std::shared_ptr<Load> &load, storage::TimeRange range, storage::SummaryRow *into);
    void answered(const std::shared_ptr<Load> &load);

    storage::Ledger &m_ledger;
    std::shared_ptr<Load> m_running;
};

} // namespace fairlead::ui

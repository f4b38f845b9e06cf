// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/RowsModel.h"

#include "storage/Ledger.h"

namespace fairlead::ui {

struct SpendRow {
    QByteArray key;
    QString name;
    int series = -1; ///< -1: no mark
    int shade = 0;
    qint64 requests = 0;
    qint64 failed = 0;
    qint64 unpriced = 0;
    NanoUsd cost;
    qint64 input = 0; ///< fresh, without what came from a cache
    qint64 cached = 0;
    qint64 output = 0;
    qint64 reasoning = 0;
    std::optional<qint64> p50us;
    std::optional<qint64> p95us;
    bool operator==(const SpendRow &) const = default;
};

/// What is known of a sum: "—" where nothing has a price, "≥ $1.20" where a part has none.
[[nodiscard]] QString costWords(NanoUsd cost, qint64 unpriced);
[[nodiscard]] QString unpricedWords(qint64 unpriced);

/// Summaries by model or by app.
class SummaryModel final : public RowsModel<SpendRow>
{
    Q_OBJECT
public:
    enum class By { Model, App };
    enum Column { Name, Requests, Input, Cached, Output, Cost, Unpriced, FirstP50, FirstP95, kColumns };

    explicit SummaryModel(By by, QObject *parent = nullptr);

    void apply(const std::vector<storage::SummaryRow> &rows);

    [[nodiscard]] int columnCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString text(const SpendRow &row, int column) const;
    [[nodiscard]] QString tip(const SpendRow &row, int column) const;

    By m_by;
};

} // namespace fairlead::ui

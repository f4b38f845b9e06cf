// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/RowsModel.h"

#include "gateway/Gateway.h"

namespace fairlead::ui {

struct LiveRow {
    QByteArray key; ///< the request's id
    qint64 startedMs = 0;
    QString app;
    QString asked;
    QString served;
    int series = 0;
    gateway::LiveExchange::Phase phase = gateway::LiveExchange::Phase::Routing;
    int attempts = 0;
    bool operator==(const LiveRow &) const = default;
};

/// Requests in flight, newest first.
class LiveModel final : public RowsModel<LiveRow>
{
    Q_OBJECT
public:
    enum Column { Since, App, Asked, Served, Phase, Attempts, kColumns };
    using RowsModel::RowsModel;

    void apply(const std::vector<gateway::LiveExchange> &exchanges);
    /// Lets the elapsed times go on.
    void setNow(qint64 nowMs);
    [[nodiscard]] QByteArray idAt(int row) const;

    [[nodiscard]] int columnCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString text(const LiveRow &row, int column) const;

    qint64 m_nowMs = 0;
};

} // namespace fairlead::ui

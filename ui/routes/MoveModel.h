// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"
#include "ui/models/RowsModel.h"

namespace fairlead::ui {

struct MoveRow {
    QByteArray key;
    QByteArray from;
    QByteArray to;
    int requests = 0;
    std::optional<NanoUsd> was;
    std::optional<NanoUsd> would;
    bool operator==(const MoveRow &) const = default;
};

/// Who would go where, by a simulation.
class MoveModel final : public RowsModel<MoveRow>
{
    Q_OBJECT
public:
    enum Column { From, To, Requests, Was, Would, kColumns };

    using RowsModel::RowsModel;
    void apply(const routing::Simulation &simulation);

    [[nodiscard]] int columnCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] static QString text(const MoveRow &row, int column);
};

} // namespace fairlead::ui

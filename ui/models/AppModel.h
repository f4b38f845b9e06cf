// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/RowsModel.h"

#include "gateway/Gateway.h"

namespace fairlead::ui {

struct AppRow {
    QByteArray key; ///< "name", or "config:name"
    QByteArray name;
    QString tokenHint;
    qint64 createdMs = 0;
    qint64 lastSeenMs = 0;
    bool fromConfig = false;
    bool operator==(const AppRow &) const = default;
};

/// Local tools with a token; revoked ones are gone.
class AppModel final : public RowsModel<AppRow>
{
    Q_OBJECT
public:
    enum Column { Name, Token, LastSeen, kColumns };
    using RowsModel::RowsModel;

    void apply(const std::vector<gateway::AppInfo> &apps);
    /// Lets the relative times go on.
    void setNow(qint64 nowMs);

    [[nodiscard]] int columnCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString text(const AppRow &row, int column) const;
    [[nodiscard]] QString tip(const AppRow &row, int column) const;

    qint64 m_nowMs = 0;
};

} // namespace fairlead::ui

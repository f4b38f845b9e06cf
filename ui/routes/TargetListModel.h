// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/RouteConfig.h"
#include "gateway/Gateway.h"
#include "ui/widgets/Chip.h"

#include <QAbstractListModel>
#include <QHash>
#include <QSet>

namespace fairlead::ui {

/// The places of a route as rows that can be dragged into another order.
class TargetListModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role {
        NoteRole = Qt::UserRole + 1, ///< QString: what is said of it, in words
        LampRole, ///< QString: how it is doing, in a word
        ToneRole, ///< int(Chip::Tone)
        SpeedRole, ///< QString: "first token 420 ms, 71 tok/s"
        IsRouteRole, ///< bool: leads to another route
        NumberRole, ///< int: its place in the order; 0 = none (a canary, a shadow)
    };

    using QAbstractListModel::QAbstractListModel;

    void setRoute(const config::RouteConfig *route);
    /// How targets are doing, by "provider/model".
    void setConditions(const std::vector<gateway::TargetCondition> &conditions);
    /// Providers that cannot be asked yet.
    void setUnready(const QSet<QByteArray> &providers);

    [[nodiscard]] const std::vector<config::RouteTarget> &targets() const { return m_targets; }

    [[nodiscard]] int rowCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    [[nodiscard]] Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    bool moveRows(const QModelIndex &from, int row, int count, const QModelIndex &to, int before) override;

Q_SIGNALS:
    /// Somebody put them into another order; targets() has it.
    void reordered();

private:
    [[nodiscard]] QString note(const config::RouteTarget &target) const;
    [[nodiscard]] std::pair<QString, Chip::Tone> lamp(const config::RouteTarget &target) const;
    [[nodiscard]] QString tip(const config::RouteTarget &target) const;
    [[nodiscard]] QString speed(const config::RouteTarget &target) const;
    [[nodiscard]] int number(int row) const;

    std::vector<config::RouteTarget> m_targets;
    QByteArray m_strategy;
    QHash<QByteArray, gateway::TargetCondition> m_conditions;
    QSet<QByteArray> m_unready;
};

/// "Weight 3 · only with tools": what is said of a target beyond its name.
[[nodiscard]] QString targetNote(const config::RouteTarget &target, const QByteArray &strategy);

} // namespace fairlead::ui

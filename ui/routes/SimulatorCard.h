// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"
#include "ui/widgets/Card.h"

#include <QTimer>

class QComboBox;
class QLabel;

namespace fairlead::ui {

class MoveModel;
class DataTable;
class StatTile;

/// What the route as it is being changed would have done with the requests of the last days.
class SimulatorCard : public Card
{
    Q_OBJECT
public:
    explicit SimulatorCard(gateway::Gateway &gateway, QWidget *parent = nullptr);

    /// Null clears it. Asks when nothing has changed for a moment.
    void setRoute(const config::RouteConfig *route);
    [[nodiscard]] bool isSettled() const { return m_waiting == 0 && !m_pause.isActive(); }

protected:
    void changeEvent(QEvent *event) override;

private:
    void ask();
    void say(const Result<routing::Simulation> &result);
    void display(const routing::Simulation &result);
    void applyTheme();
    [[nodiscard]] int days() const;

    gateway::Gateway &m_gateway;
    std::optional<config::RouteConfig> m_route;
    quint64 m_asked = 0; ///< only the answer to the last question is shown
    int m_waiting = 0;
    QTimer m_pause;
    QComboBox *m_days;
    StatTile *m_requests;
    StatTile *m_moved;
    StatTile *m_cost;
    StatTile *m_first;
    QLabel *m_notes;
    MoveModel *m_moves;
    DataTable *m_table;
};

} // namespace fairlead::ui

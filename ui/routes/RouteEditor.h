// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

#include <QSet>
#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListView;
class QPushButton;
class QSpinBox;

namespace fairlead::ui {

class ElidedLabel;
class RouteDraft;
class TargetListModel;

/// One route: its name, its strategy, its chain of targets and how long to wait. Everything goes through the
/// draft, so that every step can be undone.
class RouteEditor : public QWidget
{
    Q_OBJECT
public:
    RouteEditor(gateway::Gateway &gateway, RouteDraft &draft, QWidget *parent = nullptr);

    /// Shows the draft's current route.
    void refresh();
    /// What can be asked has changed.
    void refreshModels();
    [[nodiscard]] TargetListModel *targets() const { return m_targets; }
    [[nodiscard]] QListView *list() const { return m_list; }
    void focusName();
    void selectTarget(int row);

protected:
    void changeEvent(QEvent *event) override;

private:
    QWidget *buildHead();
    QWidget *buildChain();
    QWidget *buildWaiting();
    void addActions();
    void applyTheme();
    void editTarget(int row); ///< -1 = a new one
    void moveTarget(int by);
    void removeTarget();
    [[nodiscard]] int currentRow() const;
    [[nodiscard]] QStringList choices() const;

    gateway::Gateway &m_gateway;
    RouteDraft &m_draft;
    QLineEdit *m_name;
    QComboBox *m_strategy;
    ElidedLabel *m_strategyNote;
    QCheckBox *m_sticky;
    TargetListModel *m_targets;
    QListView *m_list;
    QPushButton *m_edit;
    QPushButton *m_remove;
    QComboBox *m_recovery;
    QSpinBox *m_firstToken;
    QSpinBox *m_idle;
    std::vector<QLabel *> m_mutedLabels;
    bool m_showing = false; ///< the draft is written into the fields, not the other way round
};

} // namespace fairlead::ui

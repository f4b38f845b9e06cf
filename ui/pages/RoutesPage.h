// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/Page.h"

#include <QTimer>

class QListView;
class QPushButton;
class QStackedWidget;
class QStringListModel;

namespace fairlead::ui {

class EmptyState;
class InlineMessage;
class RouteDraft;
class RouteEditor;
class SimulatorCard;

/// Routes on the left, the chosen one in the middle, and beside it what it would have done. Changes are a
/// draft until they are applied; then they are in force at once, without a restart.
class RoutesPage : public Page
{
    Q_OBJECT
public:
    explicit RoutesPage(const PageContext &context, QWidget *parent = nullptr);

    QWidget *createTools(QWidget *parent) override;
    void showDemo() override;
    [[nodiscard]] bool isSettled() const override;

    [[nodiscard]] RouteDraft *draft() const { return m_draft; }
    [[nodiscard]] RouteEditor *editor() const { return m_editor; }
    void applyChanges();
    void undo();
    void redo();

protected:
    void applyTheme() override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    QWidget *buildList();
    void addShortcuts();
    void refresh();
    void takeSaved();
    void askHowTargetsAre();

    RouteDraft *m_draft;
    InlineMessage *m_message;
    QStackedWidget *m_stack;
    EmptyState *m_nothing;
    QStringListModel *m_names;
    QListView *m_list;
    RouteEditor *m_editor;
    SimulatorCard *m_simulator;
    QPushButton *m_undo = nullptr;
    QPushButton *m_redo = nullptr;
    QPushButton *m_apply = nullptr;
    QTimer m_lamps;
    int m_asked = 0;
};

} // namespace fairlead::ui

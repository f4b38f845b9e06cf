// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/Page.h"

#include <QTimer>

#include <optional>

class QComboBox;
class QLineEdit;
class QPushButton;
class QStackedLayout;
class QScrollArea;

namespace fairlead::ui {

class DataTable;
class EmptyState;
class InlineMessage;
class LogDetails;
class LogModel;

/// Every request there was, newest first and live; the chosen one with its receipt and attempts beside it.
class LogPage : public Page
{
    Q_OBJECT
public:
    explicit LogPage(const PageContext &context, QWidget *parent = nullptr);

    void showDemo() override;
    [[nodiscard]] bool isSettled() const override;

    [[nodiscard]] LogModel *model() const { return m_model; }
    [[nodiscard]] DataTable *table() const { return m_table; }
    [[nodiscard]] LogDetails *details() const { return m_details; }
    [[nodiscard]] EmptyState *emptyState() const { return m_empty; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    QWidget *buildFilters();
    QWidget *buildList();
    void addShortcuts();
    void fillChoices();
    void applyFilter();
    void clearFilter();
    [[nodiscard]] bool isFiltered() const;
    void fetchNew();
    void showState();
    void showDetails();

    LogModel *m_model;
    QLineEdit *m_text;
    QComboBox *m_status;
    QComboBox *m_provider;
    QComboBox *m_app;
    QPushButton *m_clear;
    InlineMessage *m_error;
    QStackedLayout *m_stack;
    DataTable *m_table;
    EmptyState *m_empty;
    QScrollArea *m_side;
    LogDetails *m_details;
    QTimer m_typing;
    QTimer m_soon;
    std::optional<qint64> m_oldestNew; ///< start of the oldest request that ended since the last look
    bool m_stale = true;
};

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/ColumnView.h"
#include "ui/pages/Page.h"

#include "compare/Comparison.h"

#include <QTimer>

#include <vector>

class QHBoxLayout;
class QPushButton;
class QScrollArea;
class QStackedLayout;

namespace fairlead::ui {

class Composer;
class EmptyState;

/// One prompt, several models, side by side and live.
class ComparePage : public Page
{
    Q_OBJECT
public:
    explicit ComparePage(const PageContext &context, QWidget *parent = nullptr);
    ~ComparePage() override;

    QWidget *createTools(QWidget *parent) override;
    void showDemo() override;
    [[nodiscard]] bool isSettled() const override;

    [[nodiscard]] compare::Comparison &comparison() { return m_comparison; }
    [[nodiscard]] Composer *composer() const { return m_composer; }
    [[nodiscard]] EmptyState *emptyState() const { return m_empty; }
    [[nodiscard]] ColumnView *columnView(int index) const;

private:
    void addShortcuts();
    void restore();
    void saveDraft();
    void saveColumns();

    void send();
    void addModel(const QByteArray &name);
    void pickModel(const QWidget *anchor, int replaces);
    void grant(ColumnView *view, ColumnView::Wish wish);
    void startFirstComparison();
    [[nodiscard]] std::vector<QByteArray> demoModels() const;
    [[nodiscard]] bool onlyDemoReady() const;

    void placeColumn(int index);
    void dropColumn(int index);
    void moveColumn(int from, int to);
    void focusColumn(int by);
    void showPlaces();
    void showTools();
    void showEmptyState();
    void showBest();

    compare::Comparison m_comparison;
    Composer *m_composer;
    QWidget *m_lower;
    QStackedLayout *m_stack;
    QScrollArea *m_scroll;
    QWidget *m_row;
    QHBoxLayout *m_columns;
    EmptyState *m_empty;
    std::vector<ColumnView *> m_views;
    QPushButton *m_add = nullptr;
    QPushButton *m_rerunAll = nullptr;
    QPushButton *m_rerunFailed = nullptr;
    QPushButton *m_stopAll = nullptr;
    QTimer m_draftTimer;
};

} // namespace fairlead::ui

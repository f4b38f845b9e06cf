// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/Page.h"
#include "ui/spend/SpendLoader.h"

#include <QTimer>

class QButtonGroup;
class QStackedLayout;

namespace fairlead::ui {

class DataTable;
class EmptyState;
class InlineMessage;
class SpendChart;
class StatTile;
class SummaryModel;

/// What was asked and what it cost: four numbers, a chart, two tables.
class SpendPage : public Page
{
    Q_OBJECT
public:
    explicit SpendPage(const PageContext &context, QWidget *parent = nullptr);

    QWidget *createTools(QWidget *parent) override;
    [[nodiscard]] bool isSettled() const override;

    void setRange(SpendRange range);
    [[nodiscard]] const SpendData &shown() const { return m_data; }
    [[nodiscard]] StatTile *tile(int place) const { return m_tiles.at(static_cast<std::size_t>(place)); }
    [[nodiscard]] SpendChart *chart() const { return m_chart; }
    [[nodiscard]] DataTable *modelTable() const { return m_modelTable; }
    [[nodiscard]] DataTable *appTable() const { return m_appTable; }
    [[nodiscard]] EmptyState *emptyState() const { return m_empty; }

protected:
    void showEvent(QShowEvent *event) override;

private:
    QWidget *buildBody();
    QWidget *buildTables();
    void reload();
    void reloadSoon();
    void showData(const SpendData &spend);
    void showTiles();

    SpendLoader *m_loader;
    SpendData m_data;
    SpendRange m_range = SpendRange::ThirtyDays;
    QTimer m_soon;
    QTimer m_minute;
    bool m_stale = true;

    QButtonGroup *m_ranges;
    QStackedLayout *m_stack;
    EmptyState *m_empty;
    InlineMessage *m_error;
    std::vector<StatTile *> m_tiles;
    SpendChart *m_chart;
    SummaryModel *m_byModel;
    SummaryModel *m_byApp;
    DataTable *m_modelTable;
    DataTable *m_appTable;
};

} // namespace fairlead::ui

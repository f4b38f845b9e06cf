// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/spend/SpendLoader.h"

#include <QWidget>

class QBarSet;
class QChart;
class QChartView;
class QLabel;

namespace fairlead::ui {

class SeriesLegend;

/// Bars by day or hour, stacked by model; cost, or tokens while nothing has cost anything.
class SpendChart : public QWidget
{
    Q_OBJECT
public:
    explicit SpendChart(QWidget *parent = nullptr);
    ~SpendChart() override;

    void setData(const SpendData &spend);
    /// What a bar of the chart stands for; empty if there is none.
    [[nodiscard]] QString tipOf(int layer, int bucket) const;
    [[nodiscard]] int layerCount() const { return static_cast<int>(m_layers.size()); }
    [[nodiscard]] double valueOf(int layer, int bucket) const;

protected:
    void changeEvent(QEvent *event) override;

private:
    /// One colour of the stack.
    struct Layer {
        QByteArray key;
        QString name;
        int series = 0;
        int shade = 0;
        std::vector<qint64> values; ///< nano-dollars, or tokens
    };
    void gather(const SpendData &spend);
    void draw();
    void addAxes();
    void applyTheme();
    void hovered(bool inside, int layer, int bucket);
    [[nodiscard]] qint64 most() const;
    [[nodiscard]] double scaled(qint64 value) const;

    std::vector<Layer> m_layers;
    std::vector<SpendBucket> m_buckets;
    bool m_money = true;
    QLabel *m_title;
    SeriesLegend *m_legend;
    QChart *m_chart;
    QChartView *m_view;
};

} // namespace fairlead::ui

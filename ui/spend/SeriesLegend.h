// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

namespace fairlead::ui {

/// Marks and names of what a chart shows, in one line; what has no room is counted.
class SeriesLegend : public QWidget
{
    Q_OBJECT
public:
    struct Entry {
        QString name;
        int series = 0;
        int shade = 0;
    };
    using QWidget::QWidget;

    void setEntries(std::vector<Entry> entries);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::vector<Entry> m_entries;
};

} // namespace fairlead::ui

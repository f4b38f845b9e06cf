// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

#include <vector>

namespace fairlead::ui {

/// How wide a column is: as wide as this sample of its content. The one without a sample takes what is left.
struct TableColumn {
    QString sample;
    bool stretches = false;
};

/// A table as all pages have it: whole rows, no grid, numbers aligned by the model, Ctrl+C copies the
/// selected rows. New rows above what one reads do not move it. With no rows it says `nothing`.
class DataTable : public QTableView
{
    Q_OBJECT
public:
    explicit DataTable(const QString &accessibleName, QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model) override;
    /// One entry a column, after setModel().
    void setColumns(const std::vector<TableColumn> &columns);
    void setNothing(const QString &words);
    /// Copies the selected rows, one a line, cells parted by tabs.
    void copySelection() const;
    /// Tall enough for this many rows and the header.
    [[nodiscard]] int heightOf(int rows) const;

Q_SIGNALS:
    /// Enter or double click on a row.
    void rowOpened(const QModelIndex &index);

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    void rowsInserted(const QModelIndex &parent, int start, int end) override;

private:
    void applyFont();

    QString m_nothing;
    std::vector<TableColumn> m_columns;
};

} // namespace fairlead::ui

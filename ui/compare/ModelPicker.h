// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QLineEdit;
class QListView;
class QSortFilterProxyModel;

namespace fairlead::gateway {
class Gateway;
}

namespace fairlead::ui {

/// A popup to choose a model in: type to search, arrows to move, Return to take, Escape to leave.
class ModelPicker : public QFrame
{
    Q_OBJECT
public:
    explicit ModelPicker(const gateway::Gateway &gateway, QWidget *parent = nullptr);

    /// Shows it below (or above) the anchor. Deletes itself when closed.
    void popUp(const QWidget *anchor);

Q_SIGNALS:
    void chosen(const QByteArray &modelName);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void search(const QString &text);
    void take(const QModelIndex &index);
    void selectFirstReady();
    void moveBy(int step);

    QLineEdit *m_search;
    QListView *m_list;
    QLabel *m_nothing;
    QSortFilterProxyModel *m_filter;
};

} // namespace fairlead::ui

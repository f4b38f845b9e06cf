// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/Page.h"

class QLabel;
class QLineEdit;
class QListView;
class QModelIndex;
class QPushButton;
class QSortFilterProxyModel;

namespace fairlead::ui {

class ElidedLabel;
class EmptyState;
class InlineMessage;
class ProviderDialog;
class ProviderListModel;
class ProviderPanel;

/// Providers on the left, the chosen one on the right, and above both where keys are kept.
class KeysPage : public Page
{
    Q_OBJECT
public:
    explicit KeysPage(const PageContext &context, QWidget *parent = nullptr);

    QWidget *createTools(QWidget *parent) override;
    void showDemo() override;

    /// False if it is not in the list, or hidden by the search.
    bool select(const QByteArray &provider);
    [[nodiscard]] ProviderPanel *panel() const { return m_panel; }
    [[nodiscard]] QListView *list() const { return m_list; }
    [[nodiscard]] QLineEdit *searchField() const { return m_search; }

protected:
    void applyTheme() override;

private:
    QWidget *buildList();
    void refresh();
    void showStore();
    void showCurrent();
    void search(const QString &text);
    void addProvider();
    void editProvider(const QByteArray &id);
    void runDialog(ProviderDialog *dialog);

    ProviderListModel *m_model;
    QSortFilterProxyModel *m_filter;
    InlineMessage *m_banner;
    ElidedLabel *m_storeLine;
    QLineEdit *m_search;
    QListView *m_list;
    EmptyState *m_nothing;
    ProviderPanel *m_panel;
};

} // namespace fairlead::ui

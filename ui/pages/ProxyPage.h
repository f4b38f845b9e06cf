// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/Page.h"

#include <QTimer>

class QLabel;
class QPushButton;

namespace fairlead::ui {

class AppModel;
class DataTable;
class InlineMessage;
class LiveModel;
class ServerCard;

/// The local server: on or off, how to reach it, who may, and what is running.
class ProxyPage : public Page
{
    Q_OBJECT
public:
    explicit ProxyPage(const PageContext &context, QWidget *parent = nullptr);

    [[nodiscard]] ServerCard *server() const { return m_server; }
    [[nodiscard]] DataTable *liveTable() const { return m_liveTable; }
    [[nodiscard]] DataTable *appTable() const { return m_appTable; }

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    QWidget *buildLive();
    QWidget *buildApps();
    void showLive();
    void showApps();
    void showButtons();
    void tick();
    void cancelSelected();
    void newToken();
    void askToRevoke();

    LiveModel *m_live;
    AppModel *m_apps;
    ServerCard *m_server;
    DataTable *m_liveTable;
    DataTable *m_appTable;
    QLabel *m_liveTitle;
    QPushButton *m_cancel;
    QPushButton *m_revoke;
    InlineMessage *m_message;
    QTimer m_second;
};

} // namespace fairlead::ui

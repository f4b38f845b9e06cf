// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

class QToolButton;

namespace fairlead::gateway {
class Gateway;
}

namespace fairlead::ui {

/// The line at the window's foot: the proxy's state and address, what is in flight, today's spend, where keys
/// are kept. Its parts are buttons that lead to where they come from.
class StatusStrip : public QWidget
{
    Q_OBJECT
public:
    explicit StatusStrip(gateway::Gateway &gateway, QWidget *parent = nullptr);

Q_SIGNALS:
    void pageRequested(const QByteArray &pageId);

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    QToolButton *addPart(const QString &name, const QByteArray &pageId);
    void showServer();
    void showLive();
    void showKeys();
    void showSpend();
    void copyAddress();

    gateway::Gateway &m_gateway;
    QToolButton *m_server;
    QToolButton *m_copy;
    QToolButton *m_live;
    QToolButton *m_spend;
    QToolButton *m_keys;
    QTimer m_spendTimer; ///< gathers ledger writes into one look
    QTimer m_minuteTimer; ///< midnight makes a new today
};

} // namespace fairlead::ui

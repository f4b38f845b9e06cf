// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/Card.h"

class QLabel;
class QPushButton;

namespace fairlead::gateway {
class Gateway;
}

namespace fairlead::ui {

class CopyField;
class InlineMessage;

/// Whether the proxy is on, said large, with the switch; how tools reach it; what went wrong and what to do.
class ServerCard : public Card
{
    Q_OBJECT
public:
    explicit ServerCard(gateway::Gateway &gateway, QWidget *parent = nullptr);

    [[nodiscard]] CopyField *address() const { return m_address; }
    [[nodiscard]] CopyField *example() const { return m_example; }

protected:
    void changeEvent(QEvent *event) override;

private:
    QWidget *buildHead();
    QWidget *buildAddresses();
    void toggle();
    void showStatus();
    void showError();
    void drawLamp();
    [[nodiscard]] QString exampleText() const;

    gateway::Gateway &m_gateway;
    QLabel *m_lamp;
    QLabel *m_state;
    QLabel *m_remark;
    QPushButton *m_switch = nullptr;
    InlineMessage *m_error;
    CopyField *m_address;
    CopyField *m_example;
    QLabel *m_access;
    std::vector<QLabel *> m_captions;
};

} // namespace fairlead::ui

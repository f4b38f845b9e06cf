// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;

namespace fairlead::ui {

class CopyField;
class InlineMessage;

/// Names an app, then shows its token, once.
class TokenDialog : public QDialog
{
    Q_OBJECT
public:
    explicit TokenDialog(gateway::Gateway &gateway, QWidget *parent = nullptr);

    [[nodiscard]] QLineEdit *nameField() const { return m_name; }
    [[nodiscard]] CopyField *tokenField() const { return m_token; }

private:
    void create();
    void showToken(const gateway::NewApp &app);
    void showError(const QString &words);

    gateway::Gateway &m_gateway;
    QLabel *m_words;
    QLineEdit *m_name;
    CopyField *m_token;
    InlineMessage *m_message;
    QPushButton *m_create;
    QPushButton *m_close;
};

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Gateway.h"

#include <QWidget>

class QAction;
class QLineEdit;
class QPushButton;

namespace fairlead::ui {

class InlineMessage;

/// Takes a key: paste, check, save. The text leaves this field only as a Secret, and the field is emptied
/// when the key is kept or another provider comes. A key that looks like another provider's is not sent
/// before the user says so.
class KeyEditor : public QWidget
{
    Q_OBJECT
public:
    explicit KeyEditor(gateway::Gateway &gateway, QWidget *parent = nullptr);

    void setProvider(const gateway::ProviderInfo &provider);
    void focusField();

Q_SIGNALS:
    /// What a check found; the models it offers.
    void modelsFound(const QByteArray &provider, const std::vector<QByteArray> &models);

protected:
    void changeEvent(QEvent *event) override;

private:
    enum class Step { Check, Save };
    [[nodiscard]] Secret typed() const;
    void start(Step step);
    void run(Step step);
    void check();
    void save();
    void warn(Step step, const std::vector<QByteArray> &others);
    void showState();
    void setBusy(bool busy);

    gateway::Gateway &m_gateway;
    gateway::ProviderInfo m_provider;
    QLineEdit *m_field;
    QAction *m_eye;
    QPushButton *m_check;
    QPushButton *m_save;
    InlineMessage *m_message;
    bool m_busy = false;
};

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/PromptEditor.h"
#include "ui/widgets/Card.h"

class QMenu;
class QPushButton;
class QToolButton;

namespace fairlead::ui {

class DisclosureButton;

/// Where the question is written: the prompt, the system prompt folded above it, Send, and which key sends.
class Composer : public Card
{
    Q_OBJECT
public:
    explicit Composer(QWidget *parent = nullptr);

    [[nodiscard]] QString prompt() const;
    [[nodiscard]] QString systemPrompt() const;
    void setPrompt(const QString &text);
    void setSystemPrompt(const QString &text);
    void setSendKey(PromptEditor::SendKey key);
    /// Without a column there is nobody to ask; the tip then says so.
    void setSendable(bool sendable, const QString &whyNot);
    [[nodiscard]] PromptEditor *promptEditor() const { return m_prompt; }
    [[nodiscard]] PromptEditor *systemEditor() const { return m_system; }
    [[nodiscard]] QPushButton *sendButton() const { return m_send; }

Q_SIGNALS:
    void sendRequested();
    void draftChanged();
    void sendKeyChosen(fairlead::ui::PromptEditor::SendKey key);

protected:
    void changeEvent(QEvent *event) override;

private:
    void openSystem(bool open);
    void showHint();
    void showSendable();
    void trySend();
    void applyTheme();

    DisclosureButton *m_systemToggle;
    PromptEditor *m_system;
    PromptEditor *m_prompt;
    QToolButton *m_hint;
    QMenu *m_keys;
    QPushButton *m_send;
    bool m_sendable = false;
    QString m_whyNot;
};

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPlainTextEdit>

namespace fairlead::ui {

/// A text field that grows with what is in it and sends on a key.
class PromptEditor : public QPlainTextEdit
{
    Q_OBJECT
public:
    enum class SendKey { Return, ControlReturn };

    PromptEditor(int leastLines, int mostLines, QWidget *parent = nullptr);

    void setSendKey(SendKey key);
    [[nodiscard]] SendKey sendKey() const { return m_sendKey; }
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void sendRequested();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    [[nodiscard]] int heightOf(int lines) const;
    void fitHeight();

    int m_leastLines;
    int m_mostLines;
    SendKey m_sendKey = SendKey::Return;
};

} // namespace fairlead::ui

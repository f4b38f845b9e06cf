// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QPlainTextEdit;
class QToolButton;

namespace fairlead::ui {

/// Text to take elsewhere, in the fixed font on an inset, with a button that copies all of it.
class CopyField : public QWidget
{
    Q_OBJECT
public:
    /// `name` says what it is, for the button's tip and screen readers: "the proxy's address".
    explicit CopyField(const QString &name, QWidget *parent = nullptr);

    void setText(const QString &text);
    [[nodiscard]] QString text() const;
    [[nodiscard]] QToolButton *button() const { return m_copy; }
    void copy();

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void applyTheme();
    void fit();

    QPlainTextEdit *m_text;
    QToolButton *m_copy;
};

} // namespace fairlead::ui

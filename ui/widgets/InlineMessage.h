// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QToolButton;
class QHBoxLayout;
class QPushButton;

namespace fairlead::ui {

/// Something to say in place, instead of a dialog: what happened, why, and the next step as a button.
class InlineMessage : public QWidget
{
    Q_OBJECT
public:
    enum class Kind { Info, Good, Warning, Error };

    explicit InlineMessage(QWidget *parent = nullptr);

    /// Shows it.
    void say(Kind kind, const QString &text);
    [[nodiscard]] QString text() const;
    [[nodiscard]] Kind kind() const { return m_kind; }
    /// Adds a button behind the words; the message does not close by itself.
    QPushButton *addAction(const QString &text);
    void clearActions();
    void setClosable(bool closable);

Q_SIGNALS:
    void closed();

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    [[nodiscard]] QColor ink() const;
    void applyTheme();

    Kind m_kind = Kind::Info;
    QLabel *m_mark;
    QLabel *m_words;
    QHBoxLayout *m_actions;
    QToolButton *m_close;
};

} // namespace fairlead::ui

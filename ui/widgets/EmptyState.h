// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace fairlead::ui {

/// What a page or a list shows while there is nothing: one picture, one sentence, one action.
class EmptyState : public QWidget
{
    Q_OBJECT
public:
    /// `icon` names one of our icons; an empty `action` leaves the button out.
    EmptyState(
        const QString &icon, const QString &title, const QString &sentence, const QString &action,
        QWidget *parent = nullptr);

    void setTitle(const QString &title);
    void setSentence(const QString &sentence);
    void setAction(const QString &action);
    [[nodiscard]] QPushButton *button() const { return m_button; }

Q_SIGNALS:
    void actionTriggered();

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyTheme();
    void fitButton();

    QString m_icon;
    QLabel *m_picture;
    QLabel *m_title;
    QLabel *m_sentence;
    QPushButton *m_button;
};

} // namespace fairlead::ui

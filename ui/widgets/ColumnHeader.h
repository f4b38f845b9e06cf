// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QToolButton;

namespace fairlead::ui {

class ElidedLabel;

/// One line above a column: the provider's mark, the model, the provider, what is going on, and a menu.
class ColumnHeader : public QWidget
{
    Q_OBJECT
public:
    explicit ColumnHeader(QWidget *parent = nullptr);

    void setSubject(int series, const QString &model, const QString &provider);
    /// A word at the end of the line; empty for none.
    void setState(const QString &state);
    [[nodiscard]] QToolButton *menuButton() const { return m_menu; }

Q_SIGNALS:
    void menuRequested();

protected:
    void changeEvent(QEvent *event) override;

private:
    void applyTheme();

    int m_series = 0;
    class Mark;
    Mark *m_mark;
    ElidedLabel *m_model;
    ElidedLabel *m_provider;
    ElidedLabel *m_state;
    QToolButton *m_menu;
};

} // namespace fairlead::ui

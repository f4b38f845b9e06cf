// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

class QVBoxLayout;

namespace fairlead::ui {

class RailButton;

/// The column of page names at the window's leading edge; collapses to icons.
class NavigationRail : public QWidget
{
    Q_OBJECT
public:
    explicit NavigationRail(QWidget *parent = nullptr);

    void
    addPage(const QByteArray &id, const QString &title, const QString &icon, const QKeySequence &shortcut);
    /// A button at the foot of the rail that is not a page.
    RailButton *addTool(const QString &title, const QString &icon);
    void setCurrent(const QByteArray &id);
    void setCollapsed(bool collapsed);
    [[nodiscard]] bool isCollapsed() const { return m_collapsed; }

Q_SIGNALS:
    void pageChosen(const QByteArray &id);

protected:
    void paintEvent(QPaintEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void moveFocus(int by);

    QVBoxLayout *m_layout;
    std::vector<RailButton *> m_pages;
    std::vector<RailButton *> m_tools;
    bool m_collapsed = false;
};

} // namespace fairlead::ui

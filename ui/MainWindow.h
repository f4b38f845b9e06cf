// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/pages/PageRegistry.h"

#include <QMainWindow>
#include <QSettings>

#include <map>

class QActionGroup;
class QHBoxLayout;
class QLabel;
class QMenu;
class QStackedWidget;

namespace fairlead::ui {

class NavigationRail;
class StatusStrip;

/// The window: rail, title line, pages built when first shown, status strip.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// `gateway` outlives the window.
    explicit MainWindow(gateway::Gateway &gateway, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// False if there is no such page.
    bool openPage(const QByteArray &id);
    [[nodiscard]] QByteArray currentPage() const { return m_current; }
    /// The page, built if need be; nullptr if there is no such page.
    Page *page(const QByteArray &id);

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    struct Built {
        Page *page = nullptr;
        QWidget *tools = nullptr;
    };
    void buildFrame();
    void buildMenu();
    void addAppearanceMenu();
    void setRailCollapsed(bool collapsed);
    void restore();
    void about();
    Built *build(const QByteArray &id);

    gateway::Gateway &m_gateway;
    QSettings m_settings;
    NavigationRail *m_rail;
    QLabel *m_title;
    QHBoxLayout *m_titleLine;
    QStackedWidget *m_stack;
    StatusStrip *m_status;
    QMenu *m_menu;
    QAction *m_collapse;
    QByteArray m_current;
    std::map<QByteArray, Built> m_pages;
};

} // namespace fairlead::ui

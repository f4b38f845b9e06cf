// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/MainWindow.h"

#include "ui/Icons.h"
#include "ui/NavigationRail.h"
#include "ui/RailButton.h"
#include "ui/StatusStrip.h"
#include "ui/Theme.h"

#include "gateway/Gateway.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QStackedWidget>

#include <algorithm>

namespace fairlead::ui {

namespace {

const PageEntry *entryOf(const QByteArray &id)
{
    const auto &pages = pageRegistry();
    const auto it
        = std::find_if(pages.begin(), pages.end(), [&](const PageEntry &page) { return page.id == id; });
    return it == pages.end() ? nullptr : &*it;
}

QKeySequence shortcutOf(std::size_t place)
{
    return place < 9 ? QKeySequence(QStringLiteral("Ctrl+%1").arg(place + 1)) : QKeySequence();
}

} // namespace

MainWindow::MainWindow(gateway::Gateway &gateway, QWidget *parent)
    : QMainWindow(parent)
    , m_gateway(gateway)
    , m_settings(QDir(gateway.dataDir()).filePath(QStringLiteral("window.ini")), QSettings::IniFormat)
    , m_rail(new NavigationRail(this))
    , m_title(new QLabel(this))
    , m_titleLine(new QHBoxLayout)
    , m_stack(new QStackedWidget(this))
    , m_status(new StatusStrip(gateway, this))
    , m_menu(new QMenu(this))
    , m_collapse(new QAction(tr("Collapse sidebar"), this))
{
    setWindowTitle(QStringLiteral("Fairlead"));
    setWindowIcon(icons::icon(QStringLiteral("mark")));
    buildFrame();
    buildMenu();
    restore();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildFrame()
{
    std::size_t place = 0;
    for (const PageEntry &entry : pageRegistry()) {
        const QKeySequence shortcut = shortcutOf(place++);
        const QByteArray id = entry.id;
        m_rail->addPage(id, entry.translatedTitle(), QString::fromLatin1(entry.icon), shortcut);
        auto *open = new QAction(entry.translatedTitle(), this);
        open->setShortcut(shortcut);
        connect(open, &QAction::triggered, this, [this, id] { openPage(id); });
        addAction(open);
    }
    connect(m_rail, &NavigationRail::pageChosen, this, &MainWindow::openPage);
    connect(m_status, &StatusStrip::pageRequested, this, &MainWindow::openPage);

    Theme::setType(m_title, Theme::Type::Title);
    const int side = Theme::space(this, 24);
    m_titleLine->setContentsMargins(side, Theme::space(this, 16), side, Theme::space(this, 12));
    m_titleLine->setSpacing(Theme::space(this, 8));
    m_titleLine->addWidget(m_title);
    m_titleLine->addStretch(1);

    auto *body = new QVBoxLayout;
    body->setSpacing(0);
    body->addLayout(m_titleLine);
    body->addWidget(m_stack, 1);
    auto *upper = new QHBoxLayout;
    upper->setSpacing(0);
    upper->addWidget(m_rail);
    upper->addLayout(body, 1);
    auto *central = new QWidget(this);
    auto *whole = new QVBoxLayout(central);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->setSpacing(0);
    whole->addLayout(upper, 1);
    whole->addWidget(m_status);
    setCentralWidget(central);
}

void MainWindow::buildMenu()
{
    m_collapse->setCheckable(true);
    m_collapse->setShortcut(QKeySequence(QStringLiteral("Ctrl+B")));
    connect(m_collapse, &QAction::toggled, this, &MainWindow::setRailCollapsed);
    addAppearanceMenu();
    m_menu->addAction(m_collapse);
    m_menu->addSeparator();
    m_menu->addAction(tr("About Fairlead"), this, &MainWindow::about);
    QAction *quit = m_menu->addAction(tr("Quit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence::Quit);
    addAction(m_collapse);
    addAction(quit);

    RailButton *more = m_rail->addTool(tr("Menu"), QStringLiteral("menu"));
    more->setObjectName(QStringLiteral("rail.menu"));
    connect(more, &RailButton::clicked, this, [this, more] {
        m_menu->popup(more->mapToGlobal(QPoint(0, -m_menu->sizeHint().height())));
    });
}

void MainWindow::addAppearanceMenu()
{
    QMenu *menu = m_menu->addMenu(tr("Appearance"));
    auto *group = new QActionGroup(menu);
    const int chosen = m_settings.value(QStringLiteral("window/appearance"), 0).toInt();
    const std::pair<Appearance, QString> rows[]{
        {Appearance::System, tr("As the system")},
        {Appearance::Light, tr("Light")},
        {Appearance::Dark, tr("Dark")}};
    for (const auto &row : rows) {
        QAction *action = menu->addAction(row.second);
        const Appearance appearance = row.first;
        action->setCheckable(true);
        action->setChecked(chosen == static_cast<int>(appearance));
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, appearance] {
            m_settings.setValue(QStringLiteral("window/appearance"), static_cast<int>(appearance));
            applyAppearance(appearance);
        });
    }
}

void MainWindow::setRailCollapsed(bool collapsed)
{
    m_rail->setCollapsed(collapsed);
    m_settings.setValue(QStringLiteral("window/railCollapsed"), collapsed);
}

void MainWindow::restore()
{
    applyAppearance(
        static_cast<Appearance>(m_settings.value(QStringLiteral("window/appearance"), 0).toInt()));
    m_collapse->setChecked(m_settings.value(QStringLiteral("window/railCollapsed"), false).toBool());
    // Room for three columns to start with, on screens that have it.
    if (!restoreGeometry(m_settings.value(QStringLiteral("window/geometry")).toByteArray())) {
        const int width = fontMetrics().averageCharWidth() * 190;
        resize(width, width * 10 / 16);
    }
    if (!openPage(m_settings.value(QStringLiteral("window/page")).toByteArray()) && !pageRegistry().empty())
        openPage(pageRegistry().front().id);
}

MainWindow::Built *MainWindow::build(const QByteArray &id)
{
    if (const auto it = m_pages.find(id); it != m_pages.end())
        return &it->second;
    const PageEntry *entry = entryOf(id);
    if (!entry)
        return nullptr;
    Built built;
    built.page = entry->create(PageContext{m_gateway, m_settings}, m_stack);
    built.page->setObjectName(QLatin1String("page.") + QString::fromLatin1(id));
    built.page->setAccessibleName(entry->translatedTitle());
    m_stack->addWidget(built.page);
    connect(built.page, &Page::pageRequested, this, &MainWindow::openPage);
    built.tools = built.page->createTools(centralWidget());
    if (built.tools) {
        built.tools->hide();
        m_titleLine->addWidget(built.tools);
    }
    return &m_pages.emplace(id, built).first->second;
}

Page *MainWindow::page(const QByteArray &id)
{
    Built *built = build(id);
    return built ? built->page : nullptr;
}

bool MainWindow::openPage(const QByteArray &id)
{
    const Built *built = build(id);
    if (!built)
        return false;
    for (const auto &[otherId, other] : m_pages) {
        if (other.tools)
            other.tools->setVisible(otherId == id);
    }
    m_current = id;
    m_title->setText(entryOf(id)->translatedTitle());
    m_stack->setCurrentWidget(built->page);
    m_rail->setCurrent(id);
    m_settings.setValue(QStringLiteral("window/page"), QString::fromLatin1(id));
    return true;
}

void MainWindow::about()
{
    QMessageBox::about(
        this, tr("About Fairlead"),
        tr("Fairlead %1\n\nOne port to every model, your keys in the keychain, each request accounted for."
           "\n\nFree software under the GNU General Public License, version 3 or later.")
            .arg(QStringLiteral(FAIRLEAD_VERSION)));
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
    m_settings.sync();
    QMainWindow::closeEvent(event);
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/ProxyPage.h"

#include "ui/Theme.h"
#include "ui/models/AppModel.h"
#include "ui/models/LiveModel.h"
#include "ui/proxy/ServerCard.h"
#include "ui/proxy/TokenDialog.h"
#include "ui/widgets/DataTable.h"
#include "ui/widgets/InlineMessage.h"
#include "ui/widgets/TableCard.h"

#include "gateway/Gateway.h"

#include <QAction>
#include <QDateTime>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace fairlead::ui {

using namespace std::chrono_literals;

ProxyPage::ProxyPage(const PageContext &context, QWidget *parent)
    : Page(context, parent)
    , m_live(new LiveModel(this))
    , m_apps(new AppModel(this))
    , m_server(new ServerCard(gateway(), this))
    , m_liveTable(new DataTable(tr("Requests in flight"), this))
    , m_appTable(new DataTable(tr("Apps and their tokens"), this))
    , m_message(new InlineMessage(this))
{
    m_message->setObjectName(QStringLiteral("proxy.message"));
    const int side = Theme::space(this, 24);
    const int gap = Theme::space(this, 16);
    auto *tables = new QHBoxLayout;
    tables->setSpacing(gap);
    tables->addWidget(buildLive(), 7);
    tables->addWidget(buildApps(), 4);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(side, 0, side, Theme::space(this, 16));
    layout->setSpacing(gap);
    layout->addWidget(m_server);
    layout->addWidget(m_message);
    layout->addLayout(tables, 1);

    m_second.setInterval(1s);
    connect(&m_second, &QTimer::timeout, this, &ProxyPage::tick);
    connect(&gateway(), &gateway::Gateway::liveExchangesChanged, this, &ProxyPage::showLive);
    connect(&gateway(), &gateway::Gateway::appsChanged, this, &ProxyPage::showApps);
    tick();
    showLive();
    showApps();
}

QWidget *ProxyPage::buildLive()
{
    m_liveTable->setObjectName(QStringLiteral("proxy.live"));
    m_liveTable->setModel(m_live);
    m_liveTable->setNothing(tr("No request is running. What a tool asks appears here while it is answered."));
    m_liveTable->setColumns(
        {{tr("9 min 59 s", "widest time")},
         {QStringLiteral("my-editor")},
         {QString(), true},
         {QString(), true},
         {tr("Connecting") + QStringLiteral("mmm")},
         {QStringLiteral("00")}});
    auto *card = new TableCard(tr("In flight"), m_liveTable, this);
    m_liveTitle = card->title();
    m_cancel = new QPushButton(tr("Cancel request"), card);
    m_cancel->setObjectName(QStringLiteral("proxy.cancel"));
    m_cancel->setToolTip(tr("Stops the selected request and its provider (Delete)"));
    card->addTool(m_cancel);
    connect(m_cancel, &QPushButton::clicked, this, &ProxyPage::cancelSelected);
    auto *remove = new QAction(tr("Cancel request"), m_liveTable);
    remove->setShortcut(QKeySequence::Delete);
    remove->setShortcutContext(Qt::WidgetShortcut);
    connect(remove, &QAction::triggered, this, &ProxyPage::cancelSelected);
    m_liveTable->addAction(remove);
    connect(
        m_liveTable->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ProxyPage::showButtons);
    return card;
}

QWidget *ProxyPage::buildApps()
{
    m_appTable->setObjectName(QStringLiteral("proxy.apps"));
    m_appTable->setModel(m_apps);
    m_appTable->setNothing(
        tr("No tool has a token yet. Make one for each, so that each can be told apart and revoked."));
    m_appTable->setColumns({{QString(), true}, {tr("from the environment")}, {tr("just now")}});
    auto *card = new TableCard(tr("Apps"), m_appTable, this);
    m_revoke = new QPushButton(tr("Revoke…"), card);
    m_revoke->setObjectName(QStringLiteral("proxy.revoke"));
    auto *add = new QPushButton(tr("New token"), card);
    add->setObjectName(QStringLiteral("proxy.newToken"));
    card->addTool(m_revoke);
    card->addTool(add);
    connect(m_revoke, &QPushButton::clicked, this, &ProxyPage::askToRevoke);
    connect(add, &QPushButton::clicked, this, &ProxyPage::newToken);
    connect(
        m_appTable->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ProxyPage::showButtons);
    return card;
}

void ProxyPage::showLive()
{
    m_live->apply(gateway().liveExchanges());
    m_liveTitle->setText(
        m_live->rowCount() == 0 ? tr("In flight") : tr("%n in flight", nullptr, m_live->rowCount()));
    showButtons();
}

void ProxyPage::showApps()
{
    m_apps->apply(gateway().apps());
    showButtons();
}

void ProxyPage::showButtons()
{
    m_cancel->setEnabled(m_liveTable->selectionModel()->hasSelection());
    m_cancel->setVisible(m_live->rowCount() > 0);
    const AppRow *app = m_apps->rowAt(m_appTable->currentIndex().row());
    const bool chosen = app && m_appTable->selectionModel()->hasSelection();
    m_revoke->setVisible(m_apps->rowCount() > 0);
    m_revoke->setEnabled(chosen && !app->fromConfig);
    m_revoke->setToolTip(
        chosen && app->fromConfig ? tr("This app stands in the config file: remove it there")
                                  : tr("Takes the selected app's token away"));
}

void ProxyPage::tick()
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    m_live->setNow(now);
    m_apps->setNow(now);
}

void ProxyPage::cancelSelected()
{
    const QByteArray id = m_live->idAt(m_liveTable->currentIndex().row());
    if (!id.isEmpty())
        gateway().cancelExchange(id);
}

void ProxyPage::newToken()
{
    auto *dialog = new TokenDialog(gateway(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void ProxyPage::askToRevoke()
{
    const AppRow *app = m_apps->rowAt(m_appTable->currentIndex().row());
    if (!app)
        return;
    const QByteArray id = app->name;
    const QString name = QString::fromUtf8(id);
    m_message->clearActions();
    m_message->say(
        InlineMessage::Kind::Warning,
        tr("Revoke the token of %1? It is refused from the next request on.").arg(name));
    QPushButton *revoke = m_message->addAction(tr("Revoke it"));
    revoke->setObjectName(QStringLiteral("proxy.confirm"));
    connect(revoke, &QPushButton::clicked, this, [this, id, name] {
        m_message->clearActions();
        gateway().revokeApp(id, this, [this, name](const Result<> &revoked) {
            m_message->say(
                revoked ? InlineMessage::Kind::Good : InlineMessage::Kind::Error,
                revoked ? tr("%1 can no longer ask.").arg(name)
                        : QString::fromUtf8(revoked.error().message()));
        });
    });
    connect(m_message->addAction(tr("Keep it")), &QPushButton::clicked, m_message, &QWidget::hide);
}

void ProxyPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    tick();
    m_second.start();
}

void ProxyPage::hideEvent(QHideEvent *event)
{
    Page::hideEvent(event);
    m_second.stop();
}

} // namespace fairlead::ui

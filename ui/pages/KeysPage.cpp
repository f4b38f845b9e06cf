// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/KeysPage.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/keys/KeyEditor.h"
#include "ui/keys/ProviderDelegate.h"
#include "ui/keys/ProviderDialog.h"
#include "ui/keys/ProviderPanel.h"
#include "ui/models/ProviderListModel.h"
#include "ui/widgets/ElidedLabel.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/InlineMessage.h"

#include "gateway/Gateway.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QSortFilterProxyModel>
#include <QVBoxLayout>

#include <algorithm>

namespace fairlead::ui {

namespace {

const QString kLast = QStringLiteral("keys/provider");

} // namespace

KeysPage::KeysPage(const PageContext &context, QWidget *parent)
    : Page(context, parent)
    , m_model(new ProviderListModel(this))
    , m_filter(new QSortFilterProxyModel(this))
    , m_banner(new InlineMessage(this))
    , m_storeLine(new ElidedLabel(this))
    , m_panel(new ProviderPanel(gateway(), this))
{
    m_banner->setObjectName(QStringLiteral("keys.banner"));
    m_storeLine->setObjectName(QStringLiteral("keys.store"));
    m_filter->setSourceModel(m_model);
    m_filter->setFilterRole(role::Search);
    m_filter->setFilterCaseSensitivity(Qt::CaseInsensitive);

    const int side = Theme::space(this, 24);
    const int gap = Theme::space(this, 24);
    auto *columns = new QHBoxLayout;
    columns->setSpacing(gap);
    columns->addWidget(buildList(), 2);
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->viewport()->setAutoFillBackground(false);
    scroll->setWidget(m_panel);
    m_panel->setAutoFillBackground(false); // setWidget() turns it on
    columns->addWidget(scroll, 5);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(side, 0, side, Theme::space(this, 16));
    layout->setSpacing(Theme::space(this, 12));
    layout->addWidget(m_storeLine);
    layout->addWidget(m_banner);
    layout->addLayout(columns, 1);

    auto *find = new QAction(tr("Search providers"), this);
    find->setShortcut(QKeySequence::Find);
    find->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(find, &QAction::triggered, m_search, [this] {
        m_search->setFocus();
        m_search->selectAll();
    });
    addAction(find);
    connect(m_panel, &ProviderPanel::editWanted, this, &KeysPage::editProvider);
    connect(&gateway(), &gateway::Gateway::providersChanged, this, &KeysPage::refresh);
    refresh();
    if (!select(settings().value(kLast).toByteArray()))
        m_list->setCurrentIndex(m_filter->index(0, 0));
}

QWidget *KeysPage::buildList()
{
    auto *left = new QWidget(this);
    m_search = new QLineEdit(left);
    m_search->setPlaceholderText(tr("Search providers"));
    m_search->setAccessibleName(tr("Search providers"));
    m_search->setClearButtonEnabled(true);
    m_search->addAction(icons::icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_list = new QListView(left);
    m_list->setModel(m_filter);
    m_list->setItemDelegate(new ProviderDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setVerticalScrollMode(QListView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setMouseTracking(true);
    m_list->setAccessibleName(tr("Providers"));
    m_list->viewport()->setAutoFillBackground(false);
    m_nothing = new EmptyState(
        QStringLiteral("search"), tr("No provider is called that"),
        tr("A server of your own can be added with its address."), tr("Add a provider"), left);
    m_nothing->hide();
    auto *layout = new QVBoxLayout(left);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 8));
    layout->addWidget(m_search);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_nothing, 1);
    connect(m_search, &QLineEdit::textChanged, this, &KeysPage::search);
    connect(m_search, &QLineEdit::returnPressed, m_list, [this] { m_list->setFocus(); });
    connect(m_nothing, &EmptyState::actionTriggered, this, &KeysPage::addProvider);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &KeysPage::showCurrent);
    connect(m_list, &QListView::activated, this, [this] { m_panel->editor()->focusField(); });
    return left;
}

QWidget *KeysPage::createTools(QWidget *parent)
{
    auto *add = new QPushButton(icons::icon(QStringLiteral("plus")), tr("Add a provider"), parent);
    add->setObjectName(QStringLiteral("keys.add"));
    add->setToolTip(tr("A server of your own, or one the catalogue does not know"));
    connect(add, &QPushButton::clicked, this, &KeysPage::addProvider);
    return add;
}

void KeysPage::refresh()
{
    m_model->apply(gateway().providers(), gateway().keyStore());
    showStore();
    showCurrent();
}

void KeysPage::showStore()
{
    const secrets::StoreInfo store = gateway().keyStore();
    const bool lasting = store.persistent;
    m_storeLine->setVisible(lasting && store.reason.isEmpty());
    m_storeLine->setText(tr("Keys are kept in %1. They never stand in the config file, the log or an export.")
                             .arg(store.name));
    if (lasting && store.reason.isEmpty()) {
        m_banner->hide();
        return;
    }
    const QString words = lasting ? tr("Keys are kept in %1.").arg(store.name)
                                  : tr("Keys are kept in memory only and forgotten when Fairlead ends.");
    m_banner->say(
        lasting ? InlineMessage::Kind::Info : InlineMessage::Kind::Warning,
        store.reason.isEmpty() ? words : words + QLatin1Char(' ') + store.reason);
}

bool KeysPage::select(const QByteArray &provider)
{
    const int row = m_model->rowOf(provider);
    const QModelIndex index = row < 0 ? QModelIndex() : m_filter->mapFromSource(m_model->index(row, 0));
    if (!index.isValid())
        return false;
    m_list->setCurrentIndex(index);
    m_list->scrollTo(index, QListView::PositionAtCenter);
    return true;
}

void KeysPage::showCurrent()
{
    const QByteArray id = m_list->currentIndex().data(ProviderListModel::IdRole).toByteArray();
    const auto providers = gateway().providers();
    const auto it
        = std::find_if(providers.begin(), providers.end(), [&](const auto &info) { return info.id == id; });
    if (it == providers.end())
        return;
    m_panel->setProvider(*it);
    settings().setValue(kLast, id);
}

void KeysPage::search(const QString &text)
{
    m_filter->setFilterFixedString(text.trimmed());
    const bool any = m_filter->rowCount() > 0;
    m_list->setVisible(any);
    m_nothing->setVisible(!any);
    if (any && !m_list->currentIndex().isValid())
        m_list->setCurrentIndex(m_filter->index(0, 0));
}

void KeysPage::addProvider()
{
    std::vector<QByteArray> taken;
    for (const ProviderRow &row : m_model->rows())
        taken.push_back(row.key);
    runDialog(new ProviderDialog(std::move(taken), this));
}

void KeysPage::editProvider(const QByteArray &id)
{
    config::ProviderConfig entry;
    entry.id = id;
    for (const config::ProviderConfig &known : gateway().config().providers) {
        if (known.id == id)
            entry = known;
    }
    const auto providers = gateway().providers();
    const bool known = std::any_of(providers.begin(), providers.end(), [&](const auto &info) {
        return info.id == id && !info.kind.isEmpty();
    });
    runDialog(new ProviderDialog(entry, known, this));
}

void KeysPage::runDialog(ProviderDialog *dialog)
{
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ProviderDialog::saveWanted, this, [this, dialog] {
        const config::ProviderConfig entry = dialog->entry();
        gateway().saveProvider(entry, dialog, [this, dialog, id = entry.id](const Result<> &saved) {
            if (!saved) {
                dialog->setError(QString::fromUtf8(saved.error().message()));
                return;
            }
            dialog->accept();
            m_search->clear();
            select(id);
        });
    });
    dialog->open();
}

void KeysPage::applyTheme()
{
    Theme::setMuted(m_storeLine);
    QPalette clear = m_list->palette();
    clear.setColor(QPalette::Base, Theme::of(this).ground());
    if (clear != m_list->palette())
        m_list->setPalette(clear);
}

void KeysPage::showDemo()
{
    for (const ProviderRow &row : m_model->rows()) {
        if (row.configured && row.key != "demo" && select(row.key))
            return;
    }
}

} // namespace fairlead::ui

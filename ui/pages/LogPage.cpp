// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/LogPage.h"

#include "ui/Format.h"
#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/log/LogDetails.h"
#include "ui/models/LogModel.h"
#include "ui/widgets/Card.h"
#include "ui/widgets/DataTable.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/InlineMessage.h"

#include "gateway/Gateway.h"

#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QDateTime>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QStackedLayout>

#include <limits>

namespace fairlead::ui {

using namespace std::chrono_literals;
using metering::LedgerRecord;

LogPage::LogPage(const PageContext &context, QWidget *parent)
    : Page(context, parent)
    , m_model(new LogModel(gateway().ledger(), this))
    , m_error(new InlineMessage(this))
{
    const int side = Theme::space(this, 24);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(side, 0, side, Theme::space(this, 16));
    layout->setSpacing(Theme::space(this, 12));
    layout->addWidget(buildFilters());
    layout->addWidget(m_error);
    layout->addWidget(buildList(), 1);
    addShortcuts();

    m_typing.setSingleShot(true);
    m_typing.setInterval(200ms);
    m_soon.setSingleShot(true);
    m_soon.setInterval(100ms);
    connect(&m_typing, &QTimer::timeout, this, &LogPage::applyFilter);
    connect(&m_soon, &QTimer::timeout, this, &LogPage::fetchNew);
    connect(&gateway(), &gateway::Gateway::exchangeFinished, this, [this](const LedgerRecord &record) {
        m_oldestNew = std::min(m_oldestNew.value_or(record.startedMs), record.startedMs);
    });
    connect(&gateway().ledger(), &storage::Ledger::rowsWritten, this, [this] {
        m_stale = true;
        if (isVisible() && !m_soon.isActive())
            m_soon.start();
    });
    connect(&gateway(), &gateway::Gateway::providersChanged, this, &LogPage::fillChoices);
    connect(&gateway(), &gateway::Gateway::appsChanged, this, &LogPage::fillChoices);
    connect(m_model, &LogModel::loaded, this, &LogPage::showState);
    connect(m_model, &LogModel::failed, this, [this](const QString &message) {
        m_error->clearActions();
        m_error->say(InlineMessage::Kind::Error, message);
        connect(m_error->addAction(tr("Try again")), &QPushButton::clicked, this, &LogPage::applyFilter);
    });
    fillChoices();
}

QWidget *LogPage::buildFilters()
{
    auto *bar = new QWidget(this);
    m_text = new QLineEdit(bar);
    m_text->setObjectName(QStringLiteral("log.text"));
    m_text->setPlaceholderText(tr("Search models, messages and ids"));
    m_text->setAccessibleName(tr("Search the log"));
    m_text->setClearButtonEnabled(true);
    m_text->addAction(icons::icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_status = new QComboBox(bar);
    m_status->setObjectName(QStringLiteral("log.status"));
    m_status->setAccessibleName(tr("Outcome"));
    m_status->addItem(tr("Any outcome"), QByteArray());
    const std::pair<LedgerRecord::Status, QString> rows[]{
        {LedgerRecord::Status::Ok, tr("Answered")},
        {LedgerRecord::Status::Failed, tr("Failed")},
        {LedgerRecord::Status::Incomplete, tr("Cut off")},
        {LedgerRecord::Status::Cancelled, tr("Stopped")}};
    for (const auto &row : rows)
        m_status->addItem(row.second, metering::statusName(row.first));
    m_provider = new QComboBox(bar);
    m_provider->setObjectName(QStringLiteral("log.provider"));
    m_provider->setAccessibleName(tr("Provider"));
    m_app = new QComboBox(bar);
    m_app->setObjectName(QStringLiteral("log.app"));
    m_app->setAccessibleName(tr("App"));
    for (QComboBox *box : {m_status, m_provider, m_app}) {
        box->view()->setAccessibleName(box->accessibleName());
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        box->setMaximumWidth(fontMetrics().averageCharWidth() * 32);
    }
    m_clear = new QPushButton(tr("Clear filters"), bar);
    m_clear->setObjectName(QStringLiteral("log.clear"));
    m_clear->hide();
    auto *layout = new QHBoxLayout(bar);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 8));
    layout->addWidget(m_text, 1);
    layout->addWidget(m_status);
    layout->addWidget(m_provider);
    layout->addWidget(m_app);
    layout->addWidget(m_clear);
    connect(m_text, &QLineEdit::textChanged, this, [this] { m_typing.start(); });
    for (QComboBox *box : {m_status, m_provider, m_app})
        connect(box, &QComboBox::currentIndexChanged, this, &LogPage::applyFilter);
    connect(m_clear, &QPushButton::clicked, this, &LogPage::clearFilter);
    return bar;
}

QWidget *LogPage::buildList()
{
    auto *list = new QWidget(this);
    m_stack = new QStackedLayout(list);
    m_table = new DataTable(tr("Requests"), this);
    m_table->setObjectName(QStringLiteral("log.table"));
    m_table->setModel(m_model);
    const QString time = format::duration(std::chrono::microseconds(888'000));
    const QString tokens = QStringLiteral("00.0k");
    m_table->setColumns(
        {{tr("30 MMM 00:00", "widest time in the log")},
         {QStringLiteral("nightly-batch")},
         {QString(), true},
         {QString(), true},
         {tr("Overloaded") + QStringLiteral("mm")},
         {time},
         {time},
         {tokens},
         {tokens},
         {QStringLiteral("$0.0008888")},
         {QStringLiteral("00")}});
    auto *card = new Card(list);
    const int margin = Theme::space(this, 8);
    card->content()->setContentsMargins(margin, margin, margin, margin);
    card->content()->addWidget(m_table);

    auto *sideCard = new Card(list);
    sideCard->content()->setContentsMargins(1, 1, 1, 1);
    m_side = new QScrollArea(sideCard);
    m_side->setFrameShape(QFrame::NoFrame);
    m_side->setWidgetResizable(true);
    m_side->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_side->setFocusPolicy(Qt::NoFocus);
    m_side->viewport()->setAutoFillBackground(false);
    m_details = new LogDetails(m_side);
    m_side->setWidget(m_details);
    m_details->setAutoFillBackground(false); // setWidget() turns it on
    sideCard->content()->addWidget(m_side);
    sideCard->setFixedWidth(fontMetrics().averageCharWidth() * 54);
    sideCard->hide();

    auto *body = new QWidget(list);
    auto *columns = new QHBoxLayout(body);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(Theme::space(this, 16));
    columns->addWidget(card, 1);
    columns->addWidget(sideCard);
    m_empty = new EmptyState(QStringLiteral("log"), QString(), QString(), tr("Start a comparison"), list);
    m_stack->addWidget(body);
    m_stack->addWidget(m_empty);
    connect(m_empty, &EmptyState::actionTriggered, this, [this] {
        if (isFiltered())
            clearFilter();
        else
            Q_EMIT pageRequested("compare");
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &LogPage::showDetails);
    connect(m_model, &QAbstractItemModel::modelReset, this, &LogPage::showDetails);
    return list;
}

void LogPage::addShortcuts()
{
    auto *find = new QAction(tr("Search the log"), this);
    find->setShortcut(QKeySequence::Find);
    connect(find, &QAction::triggered, m_text, [this] {
        m_text->setFocus();
        m_text->selectAll();
    });
    auto *close = new QAction(tr("Close the details"), this);
    close->setShortcut(QKeySequence(Qt::Key_Escape));
    connect(close, &QAction::triggered, m_table, &QTableView::clearSelection);
    for (QAction *action : {find, close}) {
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
    }
}

void LogPage::fillChoices()
{
    const auto fill
        = [](QComboBox *box, const QString &any, const std::vector<std::pair<QString, QByteArray>> &rows) {
              const QSignalBlocker blocker(box);
              const QByteArray chosen = box->currentData().toByteArray();
              box->clear();
              box->addItem(any, QByteArray());
              for (const auto &row : rows)
                  box->addItem(row.first, row.second);
              box->setCurrentIndex(std::max(0, box->findData(chosen)));
          };
    std::vector<std::pair<QString, QByteArray>> providers;
    for (const gateway::ProviderInfo &provider : gateway().providers()) {
        if (provider.configured)
            providers.emplace_back(provider.name, provider.id);
    }
    std::vector<std::pair<QString, QByteArray>> apps;
    for (const gateway::AppInfo &app : gateway().apps())
        apps.emplace_back(QString::fromUtf8(app.name), app.name);
    fill(m_provider, tr("Any provider"), providers);
    fill(m_app, tr("Any app"), apps);
    m_app->setVisible(!apps.empty());
}

bool LogPage::isFiltered() const
{
    const storage::LogQuery &filter = m_model->filter();
    return !filter.text.isEmpty() || !filter.status.isEmpty() || !filter.provider.isEmpty()
           || !filter.app.isEmpty();
}

void LogPage::applyFilter()
{
    m_typing.stop();
    m_error->hide();
    storage::LogQuery filter;
    filter.text = m_text->text().trimmed().toUtf8();
    filter.status = m_status->currentData().toByteArray();
    filter.provider = m_provider->currentData().toByteArray();
    filter.app = m_app->currentData().toByteArray();
    m_stale = false;
    m_oldestNew.reset();
    m_model->setNow(QDateTime::currentMSecsSinceEpoch());
    m_model->setFilter(std::move(filter));
    m_clear->setVisible(isFiltered());
}

void LogPage::clearFilter()
{
    const QSignalBlocker text(m_text);
    const QSignalBlocker status(m_status);
    const QSignalBlocker provider(m_provider);
    const QSignalBlocker app(m_app);
    m_text->clear();
    for (QComboBox *box : {m_status, m_provider, m_app})
        box->setCurrentIndex(0);
    applyFilter();
}

void LogPage::fetchNew()
{
    m_stale = false;
    m_model->setNow(QDateTime::currentMSecsSinceEpoch());
    m_model->fetchNew(m_oldestNew.value_or(std::numeric_limits<qint64>::max()));
    m_oldestNew.reset();
}

void LogPage::showState()
{
    if (m_model->isLoading())
        return;
    const bool any = m_model->rowCount() > 0;
    m_stack->setCurrentIndex(any ? 0 : 1);
    if (any)
        return;
    const bool filtered = isFiltered();
    m_empty->setTitle(filtered ? tr("No request is like that") : tr("No request yet"));
    m_empty->setSentence(
        filtered ? tr("Other words, or another outcome, may find more.")
                 : tr("Each one, from this window or through the proxy, is listed here with its cost."));
    m_empty->setAction(filtered ? tr("Clear filters") : tr("Start a comparison"));
}

void LogPage::showDetails()
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    QWidget *card = m_side->parentWidget();
    card->setVisible(!rows.isEmpty());
    // What the details tell anyway makes room for the names.
    for (const int column :
         {LogModel::First, LogModel::Total, LogModel::Input, LogModel::Output, LogModel::Attempts})
        m_table->setColumnHidden(column, !rows.isEmpty());
    if (const LogRow *row = rows.isEmpty() ? nullptr : m_model->rowAt(rows.front().row())) {
        if (row->key != m_details->requestId()) {
            m_details->setRecord(row->record);
            m_side->ensureVisible(0, 0);
        }
    }
}

void LogPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    if (!m_stale)
        return;
    if (m_model->rowCount() == 0)
        applyFilter();
    else
        fetchNew();
}

bool LogPage::isSettled() const
{
    return !m_stale && !m_model->isLoading();
}

void LogPage::showDemo()
{
    // The picture shows a row with its receipt as soon as there is one.
    const auto select = [this] {
        if (!m_table->selectionModel()->hasSelection() && m_model->rowCount() > 0)
            m_table->setCurrentIndex(m_model->index(std::min(8, m_model->rowCount() - 1), 0));
    };
    connect(m_model, &LogModel::loaded, this, select);
    select();
}

} // namespace fairlead::ui

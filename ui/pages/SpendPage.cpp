// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/SpendPage.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/models/SummaryModel.h"
#include "ui/spend/SpendChart.h"
#include "ui/widgets/DataTable.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/InlineMessage.h"
#include "ui/widgets/StatTile.h"
#include "ui/widgets/TableCard.h"

#include "gateway/Gateway.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSettings>
#include <QStackedLayout>
#include <QToolButton>

#include <algorithm>

namespace fairlead::ui {

using namespace std::chrono_literals;

namespace {

const QString kRange = QStringLiteral("spend/range");
enum Tile { Cost, Requests, First, Tokens, kTiles };

} // namespace

SpendPage::SpendPage(const PageContext &context, QWidget *parent)
    : Page(context, parent)
    , m_loader(new SpendLoader(gateway().ledger(), this))
    , m_ranges(new QButtonGroup(this))
    , m_empty(new EmptyState(
          QStringLiteral("spend"), tr("Nothing spent yet"),
          tr("Every request, from this window or through the proxy, is priced and listed here."),
          tr("Start a comparison"), this))
    , m_error(new InlineMessage(this))
    , m_byModel(new SummaryModel(SummaryModel::By::Model, this))
    , m_byApp(new SummaryModel(SummaryModel::By::App, this))
{
    const int stored = settings().value(kRange, static_cast<int>(m_range)).toInt();
    m_range = static_cast<SpendRange>(std::clamp(stored, 0, kSpendRanges - 1));
    auto *layout = new QVBoxLayout(this);
    const int side = Theme::space(this, 24);
    layout->setContentsMargins(side, 0, side, Theme::space(this, 16));
    layout->setSpacing(Theme::space(this, 12));
    layout->addWidget(m_error);
    m_stack = new QStackedLayout;
    layout->addLayout(m_stack, 1);
    m_stack->addWidget(buildBody());
    m_stack->addWidget(m_empty);

    m_soon.setSingleShot(true);
    m_soon.setInterval(500ms);
    m_minute.setInterval(60s);
    m_minute.start();
    connect(&m_soon, &QTimer::timeout, this, &SpendPage::reload);
    connect(&m_minute, &QTimer::timeout, this, &SpendPage::reloadSoon);
    connect(&gateway().ledger(), &storage::Ledger::rowsWritten, this, &SpendPage::reloadSoon);
    connect(m_empty, &EmptyState::actionTriggered, this, [this] { Q_EMIT pageRequested("compare"); });
    connect(m_loader, &SpendLoader::loaded, this, &SpendPage::showData);
    connect(m_loader, &SpendLoader::failed, this, [this](const QString &message) {
        m_error->clearActions();
        m_error->say(InlineMessage::Kind::Error, message);
        connect(m_error->addAction(tr("Try again")), &QPushButton::clicked, this, &SpendPage::reload);
    });
}

QWidget *SpendPage::buildBody()
{
    auto *body = new QWidget(this);
    auto *tiles = new QHBoxLayout;
    const int gap = Theme::space(this, 16);
    tiles->setSpacing(gap);
    for (const QString &name : {tr("Cost today"), tr("Requests"), tr("First token"), tr("Tokens")}) {
        m_tiles.push_back(new StatTile(name, body));
        tiles->addWidget(m_tiles.back(), 1);
    }
    auto *chartCard = new Card(body);
    m_chart = new SpendChart(chartCard);
    m_chart->setObjectName(QStringLiteral("spend.chart"));
    chartCard->content()->addWidget(m_chart);
    auto *layout = new QVBoxLayout(body);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(gap);
    layout->addLayout(tiles);
    layout->addWidget(chartCard, 5);
    layout->addWidget(buildTables(), 4);
    return body;
}

QWidget *SpendPage::buildTables()
{
    auto *tables = new QWidget(this);
    m_modelTable = new DataTable(tr("Spend by model"), tables);
    m_modelTable->setObjectName(QStringLiteral("spend.models"));
    m_modelTable->setModel(m_byModel);
    m_appTable = new DataTable(tr("Spend by app"), tables);
    m_appTable->setObjectName(QStringLiteral("spend.apps"));
    m_appTable->setModel(m_byApp);
    const QString number = QStringLiteral("000.0k");
    const QString money = QStringLiteral("≥ $0.0000");
    const QString time = format::duration(std::chrono::microseconds(888'000));
    for (DataTable *table : {m_modelTable, m_appTable}) {
        table->setNothing(tr("No request in this time."));
        table->setColumns(
            {{QString(), true},
             {QStringLiteral("0,000")},
             {number},
             {number},
             {number},
             {money},
             {unpricedWords(10)},
             {time},
             {time}});
    }
    for (const int column :
         {SummaryModel::Cached, SummaryModel::Unpriced, SummaryModel::FirstP50, SummaryModel::FirstP95})
        m_appTable->setColumnHidden(column, true);
    auto *layout = new QHBoxLayout(tables);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 16));
    layout->addWidget(new TableCard(tr("By model"), m_modelTable, tables), 5);
    layout->addWidget(new TableCard(tr("By app"), m_appTable, tables), 3);
    return tables;
}

QWidget *SpendPage::createTools(QWidget *parent)
{
    auto *tools = new QWidget(parent);
    auto *layout = new QHBoxLayout(tools);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 4));
    for (int i = 0; i < kSpendRanges; ++i) {
        auto *button = new QToolButton(tools);
        button->setObjectName(QStringLiteral("spend.range%1").arg(i));
        button->setText(rangeWords(static_cast<SpendRange>(i)));
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::TabFocus);
        m_ranges->addButton(button, i);
        layout->addWidget(button);
    }
    m_ranges->button(static_cast<int>(m_range))->setChecked(true);
    connect(
        m_ranges, &QButtonGroup::idClicked, this, [this](int id) { setRange(static_cast<SpendRange>(id)); });
    return tools;
}

void SpendPage::setRange(SpendRange range)
{
    m_range = range;
    settings().setValue(kRange, static_cast<int>(range));
    if (QAbstractButton *button = m_ranges->button(static_cast<int>(range)))
        button->setChecked(true);
    reload();
}

void SpendPage::reloadSoon()
{
    m_stale = true;
    if (isVisible() && !m_soon.isActive())
        m_soon.start();
}

void SpendPage::reload()
{
    m_stale = false;
    m_loader->load(m_range, QDate::currentDate());
}

void SpendPage::showData(const SpendData &spend)
{
    m_data = spend;
    m_error->hide();
    m_stack->setCurrentIndex(spend.everAsked ? 0 : 1);
    showTiles();
    m_chart->setData(spend);
    m_byModel->apply(spend.byModel);
    m_byApp->apply(spend.byApp);
    const bool anyUnpriced = std::any_of(
        spend.byModel.begin(), spend.byModel.end(), [](const auto &row) { return row.unpriced > 0; });
    m_modelTable->setColumnHidden(SummaryModel::Unpriced, !anyUnpriced);
}

void SpendPage::showTiles()
{
    const storage::SummaryRow &total = m_data.total;
    const QString range = rangeWords(m_data.range);
    const auto exact = [](const storage::SummaryRow &row) {
        return row.unpriced > 0 ? unpricedWords(row.unpriced) : format::exactMoney(row.cost);
    };
    m_tiles[Cost]->setValue(costWords(m_data.today.cost, m_data.today.unpriced), exact(m_data.today));
    m_tiles[Cost]->setRemark(tr("This month %1").arg(costWords(m_data.month.cost, m_data.month.unpriced)));

    m_tiles[Requests]->setValue(format::count(total.requests));
    const int failed = static_cast<int>(total.failed);
    QString requests = failed > 0 ? tr("%1, %n failed", "range of days", failed).arg(range)
                                  : tr("%1, none failed", "range of days").arg(range);
    if (total.unpriced > 0)
        requests = QStringLiteral("%1, %2").arg(requests, unpricedWords(total.unpriced));
    m_tiles[Requests]->setRemark(requests);

    const auto micros = [](std::optional<qint64> us) {
        return us ? std::make_optional(std::chrono::microseconds(*us)) : std::nullopt;
    };
    m_tiles[First]->setValue(
        format::duration(micros(total.firstTextP50us)),
        total.firstTextP50us ? tr("Half of the answers began within this time (TTFT p50)")
                             : tr("No answer had a first token"));
    m_tiles[First]->setRemark(tr("%1, slowest twentieth %2", "range of days, time")
                                  .arg(range, format::duration(micros(total.firstTextP95us))));

    m_tiles[Tokens]->setValue(
        format::tokens(total.inputTokens + total.outputTokens),
        format::exactTokens(total.inputTokens + total.outputTokens));
    m_tiles[Tokens]->setRemark(tr("%1 read, %2 of them cached, %3 written")
                                   .arg(
                                       format::tokens(total.inputTokens), format::tokens(total.cachedTokens),
                                       format::tokens(total.outputTokens)));
}

bool SpendPage::isSettled() const
{
    return !m_stale && !m_loader->isLoading();
}

void SpendPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    if (m_stale)
        reload();
}

} // namespace fairlead::ui

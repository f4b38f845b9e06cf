// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/ComparePage.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/compare/Composer.h"
#include "ui/compare/ModelPicker.h"
#include "ui/widgets/ColumnHeader.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/MarkdownView.h"

#include "gateway/Gateway.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QShortcut>
#include <QStackedLayout>
#include <QToolButton>

#include <algorithm>

namespace fairlead::ui {

using compare::Column;
using compare::Comparison;
using namespace std::chrono_literals;

namespace {

constexpr QLatin1String kColumns("compare/columns");
constexpr QLatin1String kPrompt("compare/prompt");
constexpr QLatin1String kSystem("compare/system");
constexpr QLatin1String kSendKey("compare/sendKey");

constexpr const char *kDemoModels[]{"demo/fast", "demo/slow", "demo/thinker"};

/// The ground all columns stand on.
class ColumnsGround : public QWidget
{
public:
    using QWidget::QWidget;

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        Theme::of(this).drawCard(painter, rect());
    }
};

} // namespace

ComparePage::ComparePage(const PageContext &context, QWidget *parent)
    : Page(context, parent)
    , m_comparison(context.gateway)
    , m_composer(new Composer(this))
    , m_lower(new QWidget(this))
    , m_stack(new QStackedLayout(m_lower))
    , m_scroll(new QScrollArea(m_lower))
    , m_row(new ColumnsGround(m_scroll))
    , m_columns(new QHBoxLayout(m_row))
    , m_empty(new EmptyState(QStringLiteral("compare"), QString(), QString(), QString(), m_lower))
{
    m_columns->setContentsMargins(0, 0, 0, 0);
    m_columns->setSpacing(0);
    m_scroll->setWidget(m_row);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_row->setAutoFillBackground(false);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_scroll);

    auto *layout = new QVBoxLayout(this);
    const int side = Theme::space(this, 24);
    layout->setContentsMargins(side, 0, side, Theme::space(this, 16));
    layout->setSpacing(Theme::space(this, 12));
    layout->addWidget(m_composer);
    layout->addWidget(m_lower, 1);

    m_draftTimer.setSingleShot(true);
    m_draftTimer.setInterval(400ms);
    connect(&m_draftTimer, &QTimer::timeout, this, &ComparePage::saveDraft);
    connect(m_composer, &Composer::draftChanged, &m_draftTimer, qOverload<>(&QTimer::start));
    connect(m_composer, &Composer::sendRequested, this, &ComparePage::send);
    connect(m_composer, &Composer::sendKeyChosen, this, [this](PromptEditor::SendKey key) {
        settings().setValue(kSendKey, static_cast<int>(key));
    });
    connect(m_empty, &EmptyState::actionTriggered, this, &ComparePage::startFirstComparison);
    connect(&m_comparison, &Comparison::columnAdded, this, &ComparePage::placeColumn);
    connect(&m_comparison, &Comparison::columnRemoved, this, &ComparePage::dropColumn);
    connect(&m_comparison, &Comparison::columnMoved, this, &ComparePage::moveColumn);
    connect(&m_comparison, &Comparison::runningChanged, this, &ComparePage::showTools);
    connect(&gateway(), &gateway::Gateway::providersChanged, this, [this] {
        for (ColumnView *view : m_views)
            view->refreshTitle();
        showEmptyState();
    });
    addShortcuts();
    restore();
    showTools();
    setFocusProxy(m_composer->promptEditor());
}

ComparePage::~ComparePage()
{
    if (m_draftTimer.isActive())
        saveDraft();
}

QWidget *ComparePage::createTools(QWidget *parent)
{
    auto *tools = new QWidget(parent);
    auto *layout = new QHBoxLayout(tools);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 8));
    const auto add = [&](const QString &icon, const QString &text, const QString &tip) {
        auto *button = new QPushButton(icons::icon(icon), text, tools);
        button->setToolTip(tip);
        layout->addWidget(button);
        return button;
    };
    m_rerunFailed = add(
        QStringLiteral("refresh"), tr("Re-run failed"), tr("Ask those that failed again (Ctrl+Shift+R)"));
    m_rerunAll
        = add(QStringLiteral("refresh"), tr("Re-run all"), tr("Ask every column the same again (Ctrl+R)"));
    m_stopAll = add(QStringLiteral("stop"), tr("Stop all"), tr("Stop every answer (Esc)"));
    m_add = add(QStringLiteral("plus"), tr("Add model"), tr("Add a column (Ctrl+Shift+A)"));
    m_add->setObjectName(QStringLiteral("compare.add"));
    m_stopAll->setObjectName(QStringLiteral("compare.stopAll"));
    connect(m_rerunFailed, &QPushButton::clicked, &m_comparison, &Comparison::rerunFailed);
    connect(m_rerunAll, &QPushButton::clicked, &m_comparison, &Comparison::rerunAll);
    connect(m_stopAll, &QPushButton::clicked, &m_comparison, &Comparison::stopAll);
    connect(m_add, &QPushButton::clicked, this, [this] { pickModel(m_add, -1); });
    showTools();
    return tools;
}

void ComparePage::addShortcuts()
{
    const auto on = [this](const QKeySequence &keys, auto action) {
        auto *shortcut = new QShortcut(keys, this);
        shortcut->setContext(Qt::WindowShortcut);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    on(QKeySequence(Qt::Key_Escape), [this] { m_comparison.stopAll(); });
    on(QKeySequence(QStringLiteral("Ctrl+R")), [this] { m_comparison.rerunAll(); });
    on(QKeySequence(QStringLiteral("Ctrl+Shift+R")), [this] { m_comparison.rerunFailed(); });
    on(QKeySequence(QStringLiteral("Ctrl+L")), [this] { m_composer->promptEditor()->setFocus(); });
    on(QKeySequence(QStringLiteral("Alt+Left")), [this] { focusColumn(-1); });
    on(QKeySequence(QStringLiteral("Alt+Right")), [this] { focusColumn(1); });
    on(QKeySequence(QStringLiteral("Ctrl+Shift+A")), [this] {
        if (m_add && m_add->isEnabled())
            pickModel(m_add, -1);
    });
}

void ComparePage::restore()
{
    m_composer->setPrompt(settings().value(kPrompt).toString());
    m_composer->setSystemPrompt(settings().value(kSystem).toString());
    m_composer->setSendKey(static_cast<PromptEditor::SendKey>(settings().value(kSendKey, 0).toInt()));
    m_draftTimer.stop();
    for (const QString &name : settings().value(kColumns).toStringList())
        m_comparison.addColumn(name.toUtf8());
    showEmptyState();
}

void ComparePage::saveDraft()
{
    m_draftTimer.stop();
    settings().setValue(kPrompt, m_composer->prompt());
    settings().setValue(kSystem, m_composer->systemPrompt());
    settings().sync(); // the draft survives a crash
}

void ComparePage::saveColumns()
{
    QStringList names;
    for (const ColumnView *view : m_views)
        names += QString::fromUtf8(view->column().modelName());
    settings().setValue(kColumns, names);
}

void ComparePage::send()
{
    saveDraft();
    m_comparison.send(m_composer->prompt(), m_composer->systemPrompt());
    showTools();
}

void ComparePage::addModel(const QByteArray &name)
{
    if (m_comparison.addColumn(name))
        saveColumns();
}

void ComparePage::pickModel(const QWidget *anchor, int replaces)
{
    auto *picker = new ModelPicker(gateway(), this);
    connect(picker, &ModelPicker::chosen, this, [this, replaces](const QByteArray &name) {
        Column *column = m_comparison.column(replaces);
        if (!column) {
            addModel(name);
            return;
        }
        column->clear(); // the answer was the other model's
        column->setModelName(name);
        saveColumns();
    });
    picker->popUp(anchor);
}

void ComparePage::grant(ColumnView *view, ColumnView::Wish wish)
{
    const int index = m_comparison.indexOf(&view->column());
    switch (wish) {
    case ColumnView::Wish::ChangeModel:
        pickModel(view->header()->menuButton(), index);
        return;
    case ColumnView::Wish::Rerun:
        m_comparison.rerun(index);
        return;
    case ColumnView::Wish::Stop:
        view->column().stop();
        return;
    case ColumnView::Wish::Remove:
        m_comparison.removeColumn(index);
        return;
    case ColumnView::Wish::MoveLeft:
        m_comparison.moveColumn(index, index - 1);
        return;
    case ColumnView::Wish::MoveRight:
        m_comparison.moveColumn(index, index + 1);
        return;
    }
}

std::vector<QByteArray> ComparePage::demoModels() const
{
    std::vector<QByteArray> found;
    const auto models = gateway().models();
    for (const char *name : kDemoModels) {
        if (std::any_of(
                models.begin(), models.end(), [&](const auto &m) { return m.ready && m.name == name; }))
            found.emplace_back(name);
    }
    return found;
}

bool ComparePage::onlyDemoReady() const
{
    const auto models = gateway().models();
    return std::none_of(
        models.begin(), models.end(), [](const auto &m) { return m.ready && m.provider != "demo"; });
}

void ComparePage::startFirstComparison()
{
    const std::vector<QByteArray> demo = demoModels();
    if (!onlyDemoReady()) {
        pickModel(m_empty->button(), -1);
        return;
    }
    if (demo.empty()) {
        Q_EMIT pageRequested(QByteArrayLiteral("keys"));
        return;
    }
    for (const QByteArray &model : demo)
        addModel(model);
    if (m_composer->prompt().trimmed().isEmpty())
        m_composer->setPrompt(tr("Explain monads to a cook, with one recipe."));
    send();
}

void ComparePage::showDemo()
{
    for (int i = m_comparison.columnCount() - 1; i >= 0; --i)
        m_comparison.removeColumn(i);
    m_composer->setPrompt(tr("Explain monads to a cook, with one recipe."));
    std::vector<QByteArray> models = demoModels();
    for (const auto &model : gateway().models()) {
        if (models.size() < 3 && model.ready && !model.isRoute)
            models.push_back(model.name);
    }
    for (const QByteArray &model : models)
        m_comparison.addColumn(model);
    send();
}

bool ComparePage::isSettled() const
{
    return !m_comparison.isRunning();
}

ColumnView *ComparePage::columnView(int index) const
{
    return index >= 0 && index < static_cast<int>(m_views.size()) ? m_views[static_cast<std::size_t>(index)]
                                                                  : nullptr;
}

void ComparePage::placeColumn(int index)
{
    Column *column = m_comparison.column(index);
    auto *view = new ColumnView(gateway(), *column, m_row);
    m_columns->insertWidget(index, view, 1);
    m_views.insert(m_views.begin() + index, view);
    connect(view, &ColumnView::wished, this, [this, view](ColumnView::Wish wish) { grant(view, wish); });
    connect(column, &Column::stateChanged, this, [this] {
        showBest();
        showTools();
    });
    view->show();
    showPlaces();
}

void ComparePage::dropColumn(int index)
{
    ColumnView *view = columnView(index);
    m_views.erase(m_views.begin() + index);
    m_columns->removeWidget(view);
    view->hide();
    // Its own menu may be what asked for this.
    view->deleteLater();
    view->column().disconnect(view);
    saveColumns();
    showPlaces();
    showBest();
}

void ComparePage::moveColumn(int from, int to)
{
    ColumnView *view = columnView(from);
    m_views.erase(m_views.begin() + from);
    m_views.insert(m_views.begin() + to, view);
    m_columns->removeWidget(view);
    m_columns->insertWidget(to, view, 1);
    saveColumns();
    showPlaces();
}

void ComparePage::focusColumn(int by)
{
    const auto it = std::find_if(m_views.begin(), m_views.end(), [](const ColumnView *v) {
        return v->isAncestorOf(QApplication::focusWidget());
    });
    const auto last = static_cast<std::ptrdiff_t>(m_views.size()) - 1;
    if (last < 0)
        return;
    const std::ptrdiff_t from = it == m_views.end() ? (by > 0 ? -1 : last + 1) : it - m_views.begin();
    ColumnView *view = m_views[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + by, 0, last))];
    view->answer()->setFocus(Qt::ShortcutFocusReason);
    m_scroll->ensureWidgetVisible(view, 0, 0);
}

void ComparePage::showPlaces()
{
    for (std::size_t i = 0; i < m_views.size(); ++i)
        m_views[i]->setPlace(i == 0, i + 1 == m_views.size());
    // Wide enough for every column to be read; beyond that the area scrolls.
    int least = 0;
    for (const ColumnView *view : m_views)
        least += view->minimumSizeHint().width();
    m_row->setMinimumWidth(least);
    showEmptyState();
    showTools();
}

void ComparePage::showTools()
{
    const bool any = m_comparison.columnCount() > 0;
    m_composer->setSendable(any, tr("Add a model first"));
    for (ColumnView *view : m_views)
        view->setRerunnable(m_comparison.hasPrompt());
    if (!m_add)
        return;
    const bool full = m_comparison.columnCount() >= Comparison::kMostColumns;
    m_add->setEnabled(!full);
    m_add->setToolTip(
        full ? tr("%n columns are the most", nullptr, Comparison::kMostColumns)
             : tr("Add a column (Ctrl+Shift+A)"));
    m_rerunAll->setVisible(any && m_comparison.hasPrompt() && !m_comparison.isRunning());
    m_rerunFailed->setVisible(m_comparison.failedCount() > 0 && m_comparison.columnCount() > 1);
    m_stopAll->setVisible(m_comparison.isRunning());
}

void ComparePage::showEmptyState()
{
    if (!m_views.empty()) {
        m_stack->setCurrentWidget(m_scroll);
        return;
    }
    m_stack->setCurrentWidget(m_empty);
    if (!onlyDemoReady()) {
        m_empty->setTitle(tr("Compare models side by side"));
        m_empty->setSentence(
            tr("Choose two or more models, ask once, and read the answers next to each other."));
        m_empty->setAction(tr("Add a model"));
    } else if (!demoModels().empty()) {
        m_empty->setTitle(tr("See it work first"));
        m_empty->setSentence(tr("Three demo models run on this machine: no key, no network, no cost. "
                                "Your own models join them once a key is stored."));
        m_empty->setAction(tr("Compare three demo models"));
    } else {
        m_empty->setTitle(tr("No model is ready yet"));
        m_empty->setSentence(tr("Store a key, or point Fairlead to a server on this machine."));
        m_empty->setAction(tr("Set up a provider"));
    }
}

/// The best value of each row of figures, among answers that are complete; only where there is something to
/// compare.
void ComparePage::showBest()
{
    std::vector<const Column *> done;
    for (const ColumnView *view : m_views) {
        if (view->column().state() == Column::State::Done)
            done.push_back(&view->column());
    }
    const auto best = [&](auto value, auto better) {
        std::vector<const Column *> winners;
        int known = 0;
        for (const Column *column : done) {
            const auto mine = value(column->figures());
            if (!mine)
                continue;
            ++known;
            if (!winners.empty() && better(*value(winners.front()->figures()), *mine))
                continue;
            if (!winners.empty() && better(*mine, *value(winners.front()->figures())))
                winners.clear();
            winners.push_back(column);
        }
        // All equal is no news.
        return known > 1 && static_cast<int>(winners.size()) < known ? winners
                                                                     : std::vector<const Column *>();
    };
    const auto first = best([](const Column::Figures &f) { return f.firstText; }, std::less<>());
    const auto rate = best([](const Column::Figures &f) { return f.tokensPerSecond; }, std::greater<>());
    const auto cost = best([](const Column::Figures &f) { return f.cost; }, std::less<>());
    for (ColumnView *view : m_views) {
        const auto won = [&](const std::vector<const Column *> &winners) {
            return std::find(winners.begin(), winners.end(), &view->column()) != winners.end();
        };
        ColumnFooter::Figures figures;
        figures.setFlag(ColumnFooter::FirstText, won(first));
        figures.setFlag(ColumnFooter::Rate, won(rate));
        figures.setFlag(ColumnFooter::Cost, won(cost));
        view->footer()->setBest(figures);
    }
}

} // namespace fairlead::ui

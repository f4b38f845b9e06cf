// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/RoutesPage.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/routes/RouteDraft.h"
#include "ui/routes/RouteEditor.h"
#include "ui/routes/SimulatorCard.h"
#include "ui/routes/TargetListModel.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/InlineMessage.h"

#include "gateway/Gateway.h"

#include <QAction>
#include <QHBoxLayout>
#include <QListView>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QStringListModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace fairlead::ui {

namespace {

constexpr std::chrono::seconds kLampsEvery{2}; // while somebody looks

/// A name with room around it, chosen and hovered as in our other lists.
class NameDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return {
            option.fontMetrics.averageCharWidth() * 12,
            option.fontMetrics.height() + Theme::space(option.widget, 16)};
    }
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme theme = Theme::of(option.widget);
        const bool selected = option.state.testFlag(QStyle::State_Selected);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(selected ? theme.selection() : theme.hover());
            painter->drawRoundedRect(
                QRectF(option.rect).adjusted(1, 1, -1, -1), Theme::kRadius, Theme::kRadius);
        }
        const int gap = Theme::space(option.widget, 12);
        const QRect inner = option.rect.adjusted(gap, 0, -gap, 0);
        painter->setFont(Theme::font(option.widget, selected ? Theme::Type::Strong : Theme::Type::Body));
        painter->setPen(theme.text());
        painter->drawText(
            inner,
            static_cast<int>(QStyle::visualAlignment(option.direction, Qt::AlignLeft | Qt::AlignVCenter)),
            QFontMetrics(painter->font())
                .elidedText(index.data().toString(), Qt::ElideMiddle, inner.width()));
        painter->restore();
    }
};

} // namespace

RoutesPage::RoutesPage(const PageContext &context, QWidget *parent)
    : Page(context, parent)
    , m_draft(new RouteDraft(this))
    , m_message(new InlineMessage(this))
    , m_stack(new QStackedWidget(this))
    , m_names(new QStringListModel(this))
    , m_editor(new RouteEditor(gateway(), *m_draft, this))
    , m_simulator(new SimulatorCard(gateway(), this))
{
    m_message->setObjectName(QStringLiteral("routes.message"));
    m_message->hide();
    m_nothing = new EmptyState(
        QStringLiteral("routes"), tr("No route yet"),
        tr("A route is a model name of your own. Several models stand behind it: when one fails, is dear or "
           "slow, "
           "the next one answers."),
        tr("Make a route"), this);
    connect(m_nothing, &EmptyState::actionTriggered, m_draft, &RouteDraft::addRoute);

    const int gap = Theme::space(this, 16);
    auto *columns = new QWidget(this);
    auto *row = new QHBoxLayout(columns);
    row->setContentsMargins({});
    row->setSpacing(gap);
    row->addWidget(buildList(), 2);
    row->addWidget(m_editor, 5);
    row->addWidget(m_simulator, 5);
    m_stack->addWidget(columns);
    m_stack->addWidget(m_nothing);
    const int side = Theme::space(this, 24);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(side, 0, side, gap);
    layout->setSpacing(Theme::space(this, 12));
    layout->addWidget(m_message);
    layout->addWidget(m_stack, 1);

    m_lamps.setInterval(kLampsEvery);
    connect(&m_lamps, &QTimer::timeout, this, &RoutesPage::askHowTargetsAre);
    connect(m_draft, &RouteDraft::changed, this, &RoutesPage::refresh);
    connect(&gateway(), &gateway::Gateway::providersChanged, this, &RoutesPage::takeSaved);
    addShortcuts();
    takeSaved();
}

QWidget *RoutesPage::buildList()
{
    auto *left = new QWidget(this);
    m_list = new QListView(left);
    m_list->setObjectName(QStringLiteral("routes.list"));
    m_list->setAccessibleName(tr("Routes"));
    m_list->setModel(m_names);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setItemDelegate(new NameDelegate(m_list));
    m_list->setMouseTracking(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->viewport()->setAutoFillBackground(false);
    auto *add = new QPushButton(icons::icon(QStringLiteral("plus")), tr("New"), left);
    add->setObjectName(QStringLiteral("routes.add"));
    auto *remove = new QPushButton(icons::icon(QStringLiteral("trash")), tr("Remove"), left);
    remove->setObjectName(QStringLiteral("routes.remove"));
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(add);
    buttons->addWidget(remove);
    auto *layout = new QVBoxLayout(left);
    layout->setContentsMargins({});
    layout->addWidget(m_list, 1);
    layout->addLayout(buttons);
    connect(add, &QPushButton::clicked, this, [this] {
        m_draft->addRoute();
        m_editor->focusName();
    });
    connect(remove, &QPushButton::clicked, m_draft, &RouteDraft::removeRoute);
    connect(
        m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
        [this](const QModelIndex &now) { m_draft->setCurrent(now.row()); });
    return left;
}

QWidget *RoutesPage::createTools(QWidget *parent)
{
    auto *tools = new QWidget(parent);
    m_undo = new QPushButton(tr("Undo"), tools);
    m_undo->setObjectName(QStringLiteral("routes.undo"));
    m_redo = new QPushButton(tr("Redo"), tools);
    m_redo->setObjectName(QStringLiteral("routes.redo"));
    m_apply = new QPushButton(tr("Apply"), tools);
    m_apply->setObjectName(QStringLiteral("routes.apply"));
    m_apply->setToolTip(tr("In force for the next request, without a restart (Ctrl+S)"));
    Theme::makePrimary(m_apply);
    auto *layout = new QHBoxLayout(tools);
    layout->setContentsMargins({});
    layout->setSpacing(Theme::space(this, 8));
    layout->addWidget(m_undo);
    layout->addWidget(m_redo);
    layout->addWidget(m_apply);
    connect(m_undo, &QPushButton::clicked, this, &RoutesPage::undo);
    connect(m_redo, &QPushButton::clicked, this, &RoutesPage::redo);
    connect(m_apply, &QPushButton::clicked, this, &RoutesPage::applyChanges);
    refresh();
    return tools;
}

void RoutesPage::addShortcuts()
{
    const auto action = [this](const QString &text, QKeySequence::StandardKey keys, auto run) {
        auto *made = new QAction(text, this);
        made->setShortcuts(keys);
        made->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(made, &QAction::triggered, this, run);
        addAction(made);
    };
    action(tr("Undo"), QKeySequence::Undo, &RoutesPage::undo);
    action(tr("Redo"), QKeySequence::Redo, &RoutesPage::redo);
    action(tr("Apply"), QKeySequence::Save, &RoutesPage::applyChanges);
}

void RoutesPage::takeSaved()
{
    m_draft->setSaved(gateway().config().routes);
    m_editor->refreshModels();
    askHowTargetsAre();
}

void RoutesPage::refresh()
{
    QStringList names;
    for (const config::RouteConfig &route : m_draft->routes())
        names += QString::fromUtf8(route.model);
    const bool sameNames = names == m_names->stringList();
    if (!sameNames)
        m_names->setStringList(names);
    const QModelIndex current = m_names->index(m_draft->current());
    if (m_list->currentIndex() != current)
        m_list->setCurrentIndex(current);
    m_stack->setCurrentIndex(names.isEmpty() ? 1 : 0);
    m_editor->refresh();
    m_simulator->setRoute(m_draft->route());
    if (!m_apply)
        return;
    const QUndoStack *steps = m_draft->steps();
    m_undo->setEnabled(steps->canUndo());
    m_undo->setToolTip(steps->canUndo() ? tr("Undo: %1 (Ctrl+Z)").arg(steps->undoText()) : QString());
    m_redo->setEnabled(steps->canRedo());
    m_redo->setToolTip(steps->canRedo() ? tr("Redo: %1").arg(steps->redoText()) : QString());
    m_apply->setEnabled(m_draft->isChanged());
}

void RoutesPage::undo()
{
    m_draft->steps()->undo();
    refresh();
}

void RoutesPage::redo()
{
    m_draft->steps()->redo();
    refresh();
}

void RoutesPage::applyChanges()
{
    if (!m_draft->isChanged())
        return;
    const RouteDraft::Routes before = gateway().config().routes;
    gateway().saveRoutes(m_draft->routes(), this, [this, before](const Result<> &saved) {
        m_message->clearActions();
        if (!saved) {
            m_message->say(
                InlineMessage::Kind::Error, tr("Not applied, what was in force stays: %1")
                                                .arg(QString::fromUtf8(saved.error().message())));
            return;
        }
        takeSaved();
        m_message->setClosable(true);
        m_message->say(
            InlineMessage::Kind::Good,
            tr("Applied. New requests go by it; those under way end as they began."));
        connect(m_message->addAction(tr("Undo")), &QPushButton::clicked, this, [this, before] {
            gateway().saveRoutes(before, this, [this](const Result<> &) {
                m_message->hide();
                takeSaved();
            });
        });
    });
}

void RoutesPage::askHowTargetsAre()
{
    std::vector<QByteArray> targets;
    for (const config::RouteConfig &route : m_draft->routes()) {
        for (const config::RouteTarget &target : route.targets) {
            if (target.name.contains('/'))
                targets.push_back(target.name);
        }
    }
    ++m_asked;
    gateway().targetConditions(
        std::move(targets), this, [this](const Result<std::vector<gateway::TargetCondition>> &conditions) {
            --m_asked;
            if (conditions)
                m_editor->targets()->setConditions(*conditions);
        });
}

void RoutesPage::showEvent(QShowEvent *event)
{
    Page::showEvent(event);
    m_lamps.start();
    askHowTargetsAre();
}

void RoutesPage::hideEvent(QHideEvent *event)
{
    m_lamps.stop();
    Page::hideEvent(event);
}

bool RoutesPage::isSettled() const
{
    return m_asked == 0 && m_simulator->isSettled();
}

void RoutesPage::applyTheme()
{
    QPalette clear = m_list->palette();
    clear.setColor(QPalette::Base, Theme::of(this).ground());
    if (clear != m_list->palette())
        m_list->setPalette(clear);
}

void RoutesPage::showDemo()
{
    m_draft->setCurrent(0);
    m_editor->selectTarget(0);
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/routes/RouteEditor.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/routes/RouteDraft.h"
#include "ui/routes/TargetDelegate.h"
#include "ui/routes/TargetDialog.h"
#include "ui/routes/TargetListModel.h"
#include "ui/widgets/Card.h"
#include "ui/widgets/ElidedLabel.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

namespace fairlead::ui {

using config::Recovery;
using config::RouteConfig;
using config::RouteTarget;
using std::chrono::milliseconds;

namespace {

// Typing into one field is one step back.
enum Merge { NameStep = 1, FirstTokenStep, IdleStep };

constexpr int kMostSeconds = 3'600;

struct Strategy {
    const char *id;
    const char *name;
    const char *note;
};
constexpr Strategy kStrategies[]{
    {"priority", QT_TRANSLATE_NOOP("Strategies", "In this order"),
     QT_TRANSLATE_NOOP("Strategies", "The first one answers; the others when it cannot.")},
    {"weighted", QT_TRANSLATE_NOOP("Strategies", "By weight"),
     QT_TRANSLATE_NOOP("Strategies", "Each request draws one, by weight; the others when it cannot.")},
    {"cheapest", QT_TRANSLATE_NOOP("Strategies", "Cheapest first"),
     QT_TRANSLATE_NOOP("Strategies", "By what this very request would cost, warm caches counted.")},
    {"fastest", QT_TRANSLATE_NOOP("Strategies", "Fastest first"),
     QT_TRANSLATE_NOOP("Strategies", "By first token and speed, as measured in the last hours.")},
    {"least_busy", QT_TRANSLATE_NOOP("Strategies", "Least busy first"),
     QT_TRANSLATE_NOOP("Strategies", "By how many requests are under way there.")},
};

QString translated(const char *text)
{
    return QCoreApplication::translate("Strategies", text);
}

QSpinBox *seconds(const QString &id, const QString &name)
{
    auto *box = new QSpinBox;
    box->setObjectName(id);
    box->setAccessibleName(name);
    box->setRange(0, kMostSeconds);
    box->setSpecialValueText(QCoreApplication::translate("RouteEditor", "As measured"));
    box->setSuffix(QCoreApplication::translate("RouteEditor", " s"));
    return box;
}

int inSeconds(const std::optional<milliseconds> &limit)
{
    return limit ? std::max<int>(1, static_cast<int>(limit->count() / 1000)) : 0;
}

std::optional<milliseconds> limitOf(int seconds)
{
    return seconds > 0 ? std::optional<milliseconds>(std::chrono::seconds(seconds)) : std::nullopt;
}

} // namespace

RouteEditor::RouteEditor(gateway::Gateway &gateway, RouteDraft &draft, QWidget *parent)
    : QWidget(parent)
    , m_gateway(gateway)
    , m_draft(draft)
    , m_targets(new TargetListModel(this))
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->setSpacing(Theme::space(this, 12));
    layout->addWidget(buildHead());
    layout->addWidget(buildChain(), 1);
    layout->addWidget(buildWaiting());
    addActions();
    connect(m_targets, &TargetListModel::reordered, this, [this] {
        m_draft.change(tr("Reorder"), [this](RouteConfig &route) { route.targets = m_targets->targets(); });
    });
    applyTheme();
}

QWidget *RouteEditor::buildHead()
{
    auto *card = new Card(this);
    m_name = new QLineEdit(card);
    m_name->setObjectName(QStringLiteral("route.name"));
    m_name->setAccessibleName(tr("Model name"));
    m_name->setToolTip(tr("What tools ask for as model; * stands for anything"));
    m_strategy = new QComboBox(card);
    m_strategy->setObjectName(QStringLiteral("route.strategy"));
    m_strategy->setAccessibleName(tr("Order"));
    for (const Strategy &strategy : kStrategies)
        m_strategy->addItem(translated(strategy.name), QByteArray(strategy.id));
    m_strategyNote = new ElidedLabel(card);
    m_sticky = new QCheckBox(tr("Conversations stay where their prompt is warm"), card);
    m_sticky->setObjectName(QStringLiteral("route.sticky"));
    m_sticky->setToolTip(
        tr("A provider keeps a prompt for some minutes: the next turn is cheaper and begins sooner there."));
    auto *form = new QFormLayout;
    form->setVerticalSpacing(Theme::space(this, 8));
    form->addRow(tr("Model name"), m_name);
    form->addRow(tr("Order"), m_strategy);
    form->addRow(QString(), m_strategyNote);
    form->addRow(QString(), m_sticky);
    card->content()->addLayout(form);
    connect(m_name, &QLineEdit::textEdited, this, [this](const QString &text) {
        m_draft.change(
            tr("Rename"), [&](RouteConfig &route) { route.model = text.trimmed().toUtf8(); }, NameStep);
    });
    connect(m_strategy, &QComboBox::activated, this, [this] {
        m_draft.change(tr("Change the order"), [this](RouteConfig &route) {
            route.strategy = m_strategy->currentData().toByteArray();
        });
    });
    connect(m_sticky, &QCheckBox::clicked, this, [this](bool on) {
        m_draft.change(tr("Warm prompts"), [on](RouteConfig &route) { route.sticky = on; });
    });
    return card;
}

QWidget *RouteEditor::buildChain()
{
    auto *card = new Card(this);
    auto *title = new QLabel(tr("Targets"), card);
    Theme::setType(title, Theme::Type::Section);
    auto *add = new QPushButton(icons::icon(QStringLiteral("plus")), tr("Add"), card);
    add->setObjectName(QStringLiteral("route.addTarget"));
    m_edit = new QPushButton(tr("Change…"), card);
    m_edit->setObjectName(QStringLiteral("route.editTarget"));
    m_remove = new QPushButton(tr("Remove"), card);
    m_remove->setObjectName(QStringLiteral("route.removeTarget"));
    auto *head = new QHBoxLayout;
    head->addWidget(title, 1);
    head->addWidget(m_edit);
    head->addWidget(m_remove);
    head->addWidget(add);

    m_list = new QListView(card);
    m_list->setObjectName(QStringLiteral("route.targets"));
    m_list->setAccessibleName(tr("Targets, in the order they are tried"));
    m_list->setModel(m_targets);
    m_list->setItemDelegate(new TargetDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    m_list->setDefaultDropAction(Qt::MoveAction);
    m_list->setDragDropOverwriteMode(false);
    m_list->setVerticalScrollMode(QListView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->viewport()->setAutoFillBackground(false);
    auto *hint = new QLabel(tr("Drag to reorder, or Alt+Up and Alt+Down."), card);
    m_mutedLabels.push_back(hint);
    card->content()->addLayout(head);
    card->content()->addWidget(m_list, 1);
    card->content()->addWidget(hint);
    connect(add, &QPushButton::clicked, this, [this] { editTarget(-1); });
    connect(m_edit, &QPushButton::clicked, this, [this] { editTarget(currentRow()); });
    connect(m_remove, &QPushButton::clicked, this, &RouteEditor::removeTarget);
    connect(m_list, &QListView::activated, this, [this] { editTarget(currentRow()); });
    const auto follow = [this] {
        m_edit->setEnabled(currentRow() >= 0);
        m_remove->setEnabled(currentRow() >= 0);
    };
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, follow);
    connect(m_targets, &TargetListModel::modelReset, this, follow);
    follow();
    return card;
}

QWidget *RouteEditor::buildWaiting()
{
    auto *card = new Card(this);
    m_recovery = new QComboBox(card);
    m_recovery->setObjectName(QStringLiteral("route.recovery"));
    m_recovery->setAccessibleName(tr("An answer that breaks"));
    m_recovery->addItem(tr("Mend it where it can be done cleanly"), int(Recovery::Auto));
    m_recovery->addItem(tr("Tell the caller"), int(Recovery::Off));
    m_recovery->addItem(tr("Hold every answer until it is whole"), int(Recovery::Hold));
    m_firstToken = seconds(QStringLiteral("route.firstToken"), tr("Longest wait for the first token"));
    m_idle = seconds(QStringLiteral("route.idle"), tr("Longest silence within an answer"));
    auto *form = new QFormLayout;
    form->setVerticalSpacing(Theme::space(this, 8));
    form->addRow(tr("First token within"), m_firstToken);
    form->addRow(tr("Silence at most"), m_idle);
    form->addRow(tr("An answer that breaks"), m_recovery);
    card->content()->addLayout(form);
    connect(m_recovery, &QComboBox::activated, this, [this] {
        m_draft.change(tr("Broken answers"), [this](RouteConfig &route) {
            route.recovery = static_cast<Recovery>(m_recovery->currentData().toInt());
        });
    });
    connect(m_firstToken, &QSpinBox::valueChanged, this, [this](int value) {
        if (!m_showing)
            m_draft.change(
                tr("First token"),
                [value](RouteConfig &route) { route.deadlines.firstToken = limitOf(value); }, FirstTokenStep);
    });
    connect(m_idle, &QSpinBox::valueChanged, this, [this](int value) {
        if (!m_showing)
            m_draft.change(
                tr("Silence"), [value](RouteConfig &route) { route.deadlines.idle = limitOf(value); },
                IdleStep);
    });
    return card;
}

void RouteEditor::addActions()
{
    const auto action = [this](const QString &text, const QKeySequence &keys, auto run) {
        auto *made = new QAction(text, m_list);
        made->setShortcut(keys);
        made->setShortcutContext(Qt::WidgetShortcut);
        connect(made, &QAction::triggered, this, run);
        m_list->addAction(made);
    };
    action(tr("Move up"), QKeySequence(Qt::ALT | Qt::Key_Up), [this] { moveTarget(-1); });
    action(tr("Move down"), QKeySequence(Qt::ALT | Qt::Key_Down), [this] { moveTarget(1); });
    action(tr("Remove"), QKeySequence(QKeySequence::Delete), [this] { removeTarget(); });
    m_list->setContextMenuPolicy(Qt::ActionsContextMenu);
}

int RouteEditor::currentRow() const
{
    return m_list->currentIndex().isValid() ? m_list->currentIndex().row() : -1;
}

void RouteEditor::moveTarget(int by)
{
    const int row = currentRow();
    const int to = row + by;
    if (row < 0 || to < 0 || to >= m_targets->rowCount())
        return;
    m_targets->moveRows(QModelIndex(), row, 1, QModelIndex(), by > 0 ? to + 1 : to);
}

void RouteEditor::removeTarget()
{
    const int row = currentRow();
    if (row < 0)
        return;
    m_draft.change(tr("Remove a target"), [row](RouteConfig &route) {
        route.targets.erase(route.targets.begin() + row);
    });
    selectTarget(std::min(row, m_targets->rowCount() - 1));
}

QStringList RouteEditor::choices() const
{
    QStringList names;
    const RouteConfig *route = m_draft.route();
    for (const RouteConfig &other : m_draft.routes()) {
        if (route && other.model != route->model && !other.isPattern())
            names += QString::fromUtf8(other.model);
    }
    for (const gateway::ModelInfo &model : m_gateway.models()) {
        if (!model.isRoute && model.ready)
            names += QString::fromUtf8(model.name);
    }
    return names;
}

void RouteEditor::editTarget(int row)
{
    const RouteConfig *route = m_draft.route();
    if (!route)
        return;
    const RouteTarget now = row < 0 ? RouteTarget() : route->targets[static_cast<std::size_t>(row)];
    auto *dialog = new TargetDialog(now, route->strategy, choices(), this);
    dialog->setObjectName(QStringLiteral("route.targetDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &TargetDialog::targetAccepted, this, [this, row](const RouteTarget &target) {
        m_draft.change(row < 0 ? tr("Add a target") : tr("Change a target"), [&](RouteConfig &changed) {
            if (row < 0)
                changed.targets.push_back(target);
            else if (row < static_cast<int>(changed.targets.size()))
                changed.targets[static_cast<std::size_t>(row)] = target;
        });
        selectTarget(row < 0 ? m_targets->rowCount() - 1 : row);
    });
    dialog->open();
}

void RouteEditor::refresh()
{
    const RouteConfig *route = m_draft.route();
    setEnabled(route != nullptr);
    m_targets->setRoute(route);
    if (!route)
        return;
    m_showing = true;
    const QString name = QString::fromUtf8(route->model);
    if (m_name->text().trimmed() != name)
        m_name->setText(name);
    const int strategy = m_strategy->findData(route->strategy);
    m_strategy->setCurrentIndex(strategy);
    m_strategyNote->setText(strategy < 0 ? QString() : translated(kStrategies[strategy].note));
    m_sticky->setChecked(route->sticky);
    m_recovery->setCurrentIndex(m_recovery->findData(int(config::recoveryOf(route))));
    m_firstToken->setValue(inSeconds(route->deadlines.firstToken));
    m_idle->setValue(inSeconds(route->deadlines.idle));
    m_showing = false;
}

void RouteEditor::refreshModels()
{
    QSet<QByteArray> unready;
    for (const gateway::ProviderInfo &provider : m_gateway.providers()) {
        if (!provider.ready)
            unready.insert(provider.id);
    }
    m_targets->setUnready(unready);
}

void RouteEditor::focusName()
{
    m_name->setFocus();
    m_name->selectAll();
}

void RouteEditor::selectTarget(int row)
{
    m_list->setCurrentIndex(m_targets->index(row));
}

void RouteEditor::applyTheme()
{
    for (QLabel *label : m_mutedLabels)
        Theme::setMuted(label);
    Theme::setMuted(m_strategyNote);
    QPalette clear = m_list->palette();
    clear.setColor(QPalette::Base, Theme::of(this).surface());
    if (clear != m_list->palette())
        m_list->setPalette(clear);
}

void RouteEditor::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
}

} // namespace fairlead::ui

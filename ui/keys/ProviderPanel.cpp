// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/keys/ProviderPanel.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/keys/KeyEditor.h"
#include "ui/keys/KeyList.h"
#include "ui/models/ProviderListModel.h"
#include "ui/widgets/Card.h"
#include "ui/widgets/ElidedLabel.h"
#include "ui/widgets/InlineMessage.h"

#include <QDesktopServices>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QListView>
#include <QPainter>
#include <QPushButton>
#include <QStringListModel>
#include <QToolButton>

namespace fairlead::ui {

namespace {

QLabel *sectionLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    Theme::setType(label, Theme::Type::Section);
    return label;
}

QStringList asText(const std::vector<QByteArray> &names)
{
    QStringList list;
    list.reserve(static_cast<qsizetype>(names.size()));
    for (const QByteArray &name : names)
        list.push_back(QString::fromUtf8(name));
    return list;
}

} // namespace

ProviderPanel::ProviderPanel(gateway::Gateway &gateway, QWidget *parent)
    : QWidget(parent)
    , m_gateway(gateway)
{
    auto *layout = new QVBoxLayout(this);
    const int gap = Theme::space(this, 16);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(gap);
    layout->addWidget(buildHead());
    m_message = new InlineMessage(this);
    m_message->setObjectName(QStringLiteral("provider.message"));
    layout->addWidget(m_message);
    layout->addWidget(buildFacts());
    layout->addWidget(buildKeys());
    layout->addWidget(buildModels(), 1);
    applyTheme();
}

QWidget *ProviderPanel::buildHead()
{
    auto *head = new QWidget(this);
    auto *layout = new QHBoxLayout(head);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 8));
    m_mark = new QLabel(head);
    m_name = new ElidedLabel(head);
    Theme::setType(m_name, Theme::Type::Title);
    m_state = new Chip(head);
    m_keysPage = new QPushButton(icons::icon(QStringLiteral("external")), tr("Get a key"), head);
    m_keysPage->setObjectName(QStringLiteral("provider.keysPage"));
    m_edit = new QPushButton(tr("Edit…"), head);
    m_edit->setObjectName(QStringLiteral("provider.edit"));
    m_edit->setToolTip(tr("Address, wire format and models"));
    m_remove = new QToolButton(head);
    m_remove->setObjectName(QStringLiteral("provider.remove"));
    m_remove->setIcon(icons::icon(QStringLiteral("trash")));
    m_remove->setAutoRaise(true);
    m_remove->setToolTip(tr("Stop using this provider"));
    m_remove->setAccessibleName(m_remove->toolTip());
    layout->addWidget(m_mark);
    layout->addWidget(m_name);
    layout->addWidget(m_state);
    layout->addStretch(1);
    layout->addWidget(m_keysPage);
    layout->addWidget(m_edit);
    layout->addWidget(m_remove);
    connect(
        m_keysPage, &QPushButton::clicked, this, [this] { QDesktopServices::openUrl(m_provider.keysPage); });
    connect(m_edit, &QPushButton::clicked, this, [this] { Q_EMIT editWanted(m_provider.id); });
    connect(m_remove, &QToolButton::clicked, this, &ProviderPanel::askToRemoveProvider);
    return head;
}

QWidget *ProviderPanel::buildFacts()
{
    auto *facts = new QWidget(this);
    auto *grid = new QGridLayout(facts);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(Theme::space(this, 16));
    grid->setVerticalSpacing(Theme::space(this, 4));
    grid->setColumnStretch(1, 1);
    m_address = new ElidedLabel(facts);
    m_address->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_wire = new ElidedLabel(facts);
    m_kind = new ElidedLabel(facts);
    const std::pair<QString, ElidedLabel *> rows[]{
        {tr("Address"), m_address}, {tr("Speaks"), m_wire}, {tr("Kind"), m_kind}};
    int line = 0;
    for (const auto &row : rows) {
        auto *name = new QLabel(row.first, facts);
        m_mutedLabels.push_back(name);
        row.second->setAccessibleName(row.first);
        grid->addWidget(name, line, 0);
        grid->addWidget(row.second, line, 1);
        ++line;
    }
    return facts;
}

QWidget *ProviderPanel::buildKeys()
{
    m_keysCard = new Card(this);
    m_keysCard->content()->setSpacing(Theme::space(this, 12));
    m_keysCard->content()->addWidget(sectionLabel(tr("Keys"), m_keysCard));
    m_keysNote = new QLabel(m_keysCard);
    m_keysNote->setWordWrap(true);
    m_mutedLabels.push_back(m_keysNote);
    m_keys = new KeyList(m_keysCard);
    m_editor = new KeyEditor(m_gateway, m_keysCard);
    m_setUp = new QPushButton(tr("Use this provider"), m_keysCard);
    m_setUp->setObjectName(QStringLiteral("provider.setUp"));
    m_keysCard->content()->addWidget(m_keysNote);
    m_keysCard->content()->addWidget(m_keys);
    m_keysCard->content()->addWidget(m_editor);
    m_keysCard->content()->addWidget(m_setUp, 0, Qt::AlignLeft);
    connect(m_keys, &KeyList::removalWanted, this, &ProviderPanel::askToRemoveKey);
    connect(m_setUp, &QPushButton::clicked, this, &ProviderPanel::setUp);
    connect(
        m_editor, &KeyEditor::modelsFound, this,
        [this](const QByteArray &provider, const std::vector<QByteArray> &models) {
            m_found.insert(provider, models);
            showModels();
        });
    return m_keysCard;
}

QWidget *ProviderPanel::buildModels()
{
    auto *card = new Card(this);
    m_modelsTitle = sectionLabel(QString(), card);
    m_modelsNote = new QLabel(card);
    m_modelsNote->setWordWrap(true);
    m_mutedLabels.push_back(m_modelsNote);
    m_models = new QStringListModel(this);
    m_modelsView = new QListView(card);
    m_modelsView->setModel(m_models);
    m_modelsView->setFrameShape(QFrame::NoFrame);
    m_modelsView->setEditTriggers(QListView::NoEditTriggers);
    m_modelsView->setUniformItemSizes(true);
    m_modelsView->setSpacing(Theme::space(this, 2));
    m_modelsView->setAccessibleName(tr("Models of this provider"));
    m_modelsView->setTextElideMode(Qt::ElideMiddle);
    m_modelsView->setMinimumHeight(3 * m_modelsView->fontMetrics().lineSpacing());
    card->content()->addWidget(m_modelsTitle);
    card->content()->addWidget(m_modelsNote);
    card->content()->addWidget(m_modelsView, 1);
    return card;
}

void ProviderPanel::setProvider(const gateway::ProviderInfo &provider)
{
    if (provider.id != m_provider.id)
        m_message->hide();
    m_provider = provider;
    m_editor->setProvider(provider);
    showHead();
    showKeys();
    showModels();
}

void ProviderPanel::showHead()
{
    const QString name = m_provider.name.isEmpty() ? QString::fromUtf8(m_provider.id) : m_provider.name;
    m_name->setText(name);
    m_name->setTip(tr("Called “%1” in model names and the config").arg(QString::fromUtf8(m_provider.id)));
    m_state->setVisible(m_provider.configured);
    const StateWords state = stateOf(m_provider, m_gateway.keyStore());
    m_state->setText(state.words);
    m_state->setTone(state.tone);
    m_state->setToolTip(state.tip);
    m_keysPage->setVisible(m_provider.keysPage.isValid() && !m_provider.keysPage.isEmpty());
    m_keysPage->setToolTip(m_provider.keysPage.toDisplayString());
    const bool demo = m_provider.kind == "demo";
    m_edit->setVisible(m_provider.configured && !demo);
    m_remove->setVisible(m_provider.configured && !demo);
    m_address->setText(m_provider.baseUrl.isEmpty() ? tr("depends on your account") : m_provider.baseUrl);
    m_wire->setText(wireWords(m_provider.wire));
    m_kind->setText(kindWords(m_provider.kind));
    applyTheme();
}

void ProviderPanel::showKeys()
{
    const bool needsAddress
        = m_provider.baseUrl.isEmpty() && !m_provider.configured && m_provider.kind != "demo";
    const bool offersSetUp = !m_provider.configured && (!m_provider.needsKey || needsAddress);
    m_keys->setKeys(m_provider, m_gateway.keyStore());
    m_editor->setVisible(!offersSetUp);
    m_setUp->setVisible(offersSetUp);
    m_setUp->setText(needsAddress ? tr("Enter its address…") : tr("Use this provider"));
    QString note;
    if (m_provider.kind == "demo")
        note = tr("The demo needs no key and no network.");
    else if (needsAddress)
        note = tr("Its address depends on your account, so it has to be entered first.");
    else if (!m_provider.needsKey)
        note = tr("Needs no key.");
    else if (m_provider.keys.empty())
        note = tr("No key yet. It is kept in %1 and sent to this provider only.")
                   .arg(m_gateway.keyStore().name);
    m_keysNote->setText(note);
    m_keysNote->setVisible(!note.isEmpty());
}

void ProviderPanel::showModels()
{
    const auto found = m_found.constFind(m_provider.id);
    const bool checked = found != m_found.cend();
    const QStringList names = asText(checked ? *found : m_provider.models);
    m_modelsTitle->setText(
        names.isEmpty() ? tr("Models") : modelCountWords(static_cast<std::size_t>(names.size())));
    if (m_models->stringList() != names)
        m_models->setStringList(names);
    m_modelsView->setVisible(!names.isEmpty());
    m_modelsNote->setText(
        checked ? tr("As the provider lists them now.")
        : names.isEmpty()
            ? (m_provider.configured ? tr("Not known yet: Check asks the provider for them.")
                                     : tr("Known once it is set up, or after a Check."))
            : tr("From the catalogue. Check asks the provider for its own list."));
}

void ProviderPanel::setUp()
{
    if (m_provider.baseUrl.isEmpty()) {
        Q_EMIT editWanted(m_provider.id);
        return;
    }
    config::ProviderConfig entry;
    entry.id = m_provider.id;
    const QString name = m_provider.name;
    m_gateway.saveProvider(
        entry, this, [this, name](const Result<> &saved) { say(saved, tr("%1 is set up.").arg(name)); });
}

void ProviderPanel::askToRemoveKey(const secrets::KeyRef &key, const QString &hint)
{
    m_message->clearActions();
    m_message->say(
        InlineMessage::Kind::Warning,
        tr("Remove the key %1 from %2? Tools that use %3 stop working until another key is saved.")
            .arg(hint, m_gateway.keyStore().name, m_provider.name));
    QPushButton *remove = m_message->addAction(tr("Remove key"));
    remove->setObjectName(QStringLiteral("provider.confirm"));
    const QByteArray provider = m_provider.id;
    connect(remove, &QPushButton::clicked, this, [this, provider, key] {
        m_gateway.removeKey(provider, key, this, [this](const Result<> &removed) {
            say(removed, tr("The key is removed."));
        });
    });
    connect(m_message->addAction(tr("Keep it")), &QPushButton::clicked, m_message, &QWidget::hide);
}

void ProviderPanel::askToRemoveProvider()
{
    m_message->clearActions();
    m_message->say(
        InlineMessage::Kind::Warning,
        tr("Stop using %1? Its keys stay where they are; routes that name it skip it.").arg(m_provider.name));
    QPushButton *remove = m_message->addAction(tr("Stop using it"));
    remove->setObjectName(QStringLiteral("provider.confirm"));
    const QByteArray provider = m_provider.id;
    const QString name = m_provider.name;
    connect(remove, &QPushButton::clicked, this, [this, provider, name] {
        m_gateway.removeProvider(provider, this, [this, name](const Result<> &removed) {
            say(removed, tr("%1 is no longer used.").arg(name));
        });
    });
    connect(m_message->addAction(tr("Keep it")), &QPushButton::clicked, m_message, &QWidget::hide);
}

void ProviderPanel::say(const Result<> &result, const QString &success)
{
    m_message->clearActions();
    if (result)
        m_message->say(InlineMessage::Kind::Good, success);
    else
        m_message->say(InlineMessage::Kind::Error, QString::fromUtf8(result.error().message()));
}

void ProviderPanel::applyTheme()
{
    const Theme theme = Theme::of(this);
    const int side = Theme::space(this, 14);
    QPixmap drawn(QSize(side, side) * devicePixelRatioF());
    drawn.setDevicePixelRatio(devicePixelRatioF());
    drawn.fill(Qt::transparent);
    QPainter painter(&drawn);
    const int series = Theme::seriesOf(m_provider.id);
    Theme::drawSeriesMark(painter, QRectF(0, 0, side, side), series, theme.series(series));
    painter.end();
    m_mark->setPixmap(drawn);
    for (QLabel *label : m_mutedLabels)
        Theme::setMuted(label);
    Theme::makePrimary(m_setUp);
}

void ProviderPanel::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

} // namespace fairlead::ui

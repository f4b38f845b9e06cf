// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/Composer.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/widgets/DisclosureButton.h"

#include <QActionGroup>
#include <QEvent>
#include <QHBoxLayout>
#include <QKeySequence>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

namespace fairlead::ui {

using SendKey = PromptEditor::SendKey;

namespace {

QString nameOf(int key)
{
    return QKeySequence(key).toString(QKeySequence::NativeText);
}

} // namespace

Composer::Composer(QWidget *parent)
    : Card(parent)
    , m_systemToggle(new DisclosureButton(this))
    , m_system(new PromptEditor(2, 6, this))
    , m_prompt(new PromptEditor(2, 8, this))
    , m_hint(new QToolButton(this))
    , m_keys(new QMenu(this))
    , m_send(new QPushButton(tr("Send"), this))
{
    m_systemToggle->setTitle(tr("System prompt"));
    m_systemToggle->setToolTip(tr("What every model is told before the question"));
    m_system->setAccessibleName(tr("System prompt"));
    m_system->setPlaceholderText(
        tr("Told to every model before the question, for example: answer in one paragraph."));
    m_system->setSendKey(SendKey::ControlReturn);
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setPlaceholderText(tr("Ask every model the same thing"));
    m_hint->setAutoRaise(true);
    Theme::setType(m_hint, Theme::Type::Caption);
    m_send->setIcon(icons::icon(QStringLiteral("send"), QPalette::HighlightedText));
    m_send->setObjectName(QStringLiteral("compare.send"));

    const int gap = Theme::space(this, 4);
    content()->setContentsMargins(2 * gap, gap, 2 * gap, 2 * gap);
    content()->setSpacing(gap);
    content()->addWidget(m_systemToggle, 0, Qt::AlignLeft);
    content()->addWidget(m_system);
    content()->addWidget(m_prompt);
    auto *foot = new QHBoxLayout;
    foot->addWidget(m_hint);
    foot->addStretch(1);
    foot->addWidget(m_send);
    content()->addLayout(foot);
    setTabOrder(m_prompt, m_send);
    setTabOrder(m_send, m_hint);
    setTabOrder(m_hint, m_systemToggle);
    setTabOrder(m_systemToggle, m_system);

    auto *group = new QActionGroup(m_keys);
    const std::pair<SendKey, QString> rows[]{
        {SendKey::Return, tr("%1 sends").arg(nameOf(Qt::Key_Return))},
        {SendKey::ControlReturn, tr("%1 sends").arg(nameOf(static_cast<int>(Qt::CTRL) | Qt::Key_Return))}};
    for (const auto &row : rows) {
        QAction *action = m_keys->addAction(row.second);
        action->setCheckable(true);
        action->setData(static_cast<int>(row.first));
        group->addAction(action);
    }
    connect(m_hint, &QToolButton::clicked, this, [this] {
        m_keys->popup(m_hint->mapToGlobal(QPoint(0, m_hint->height())));
    });
    connect(group, &QActionGroup::triggered, this, [this](const QAction *action) {
        const auto key = static_cast<SendKey>(action->data().toInt());
        setSendKey(key);
        Q_EMIT sendKeyChosen(key);
    });

    connect(m_systemToggle, &DisclosureButton::openChanged, this, &Composer::openSystem);
    for (PromptEditor *editor : {m_prompt, m_system}) {
        connect(editor, &PromptEditor::sendRequested, this, &Composer::trySend);
        connect(editor, &QPlainTextEdit::textChanged, this, &Composer::draftChanged);
    }
    connect(m_prompt, &QPlainTextEdit::textChanged, this, &Composer::showSendable);
    connect(m_send, &QPushButton::clicked, this, &Composer::trySend);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_system->hide();
    setSendKey(SendKey::Return);
    applyTheme();
    showSendable();
}

QString Composer::prompt() const
{
    return m_prompt->toPlainText();
}
QString Composer::systemPrompt() const
{
    return m_system->toPlainText();
}
void Composer::setPrompt(const QString &text)
{
    m_prompt->setPlainText(text);
}

void Composer::setSystemPrompt(const QString &text)
{
    m_system->setPlainText(text);
    // A system prompt that is in force must not hide.
    m_systemToggle->setOpen(!text.trimmed().isEmpty());
}

void Composer::setSendKey(SendKey key)
{
    m_prompt->setSendKey(key);
    for (QAction *action : m_keys->actions())
        action->setChecked(action->data().toInt() == static_cast<int>(key));
    showHint();
}

void Composer::showHint()
{
    const QString enter = nameOf(Qt::Key_Return);
    const QString text = m_prompt->sendKey() == SendKey::Return
                             ? tr("%1 sends, %2 starts a new line")
                                   .arg(enter, nameOf(static_cast<int>(Qt::SHIFT) | Qt::Key_Return))
                             : tr("%1 sends, %2 starts a new line")
                                   .arg(nameOf(static_cast<int>(Qt::CTRL) | Qt::Key_Return), enter);
    m_hint->setText(text);
    m_hint->setAccessibleName(text);
    m_hint->setToolTip(tr("Choose which key sends"));
}

void Composer::setSendable(bool sendable, const QString &whyNot)
{
    m_sendable = sendable;
    m_whyNot = whyNot;
    showSendable();
}

void Composer::showSendable()
{
    const bool empty = prompt().trimmed().isEmpty();
    m_send->setEnabled(m_sendable && !empty);
    m_send->setToolTip(!m_sendable ? m_whyNot : empty ? tr("Write a prompt first") : tr("Ask every column"));
}

void Composer::trySend()
{
    if (m_send->isEnabled())
        Q_EMIT sendRequested();
}

void Composer::openSystem(bool open)
{
    m_system->setVisible(open);
    if (open && isVisible())
        m_system->setFocus();
}

void Composer::applyTheme()
{
    Theme::makePrimary(m_send);
    Theme::setMuted(m_hint);
}

void Composer::changeEvent(QEvent *event)
{
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

} // namespace fairlead::ui

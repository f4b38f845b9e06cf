// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/keys/KeyEditor.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/widgets/InlineMessage.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QStringList>

#include <algorithm>

namespace fairlead::ui {

KeyEditor::KeyEditor(gateway::Gateway &gateway, QWidget *parent)
    : QWidget(parent)
    , m_gateway(gateway)
    , m_field(new QLineEdit(this))
    , m_eye(m_field->addAction(icons::icon(QStringLiteral("eye")), QLineEdit::TrailingPosition))
    , m_check(new QPushButton(tr("Check"), this))
    , m_save(new QPushButton(tr("Save key"), this))
    , m_message(new InlineMessage(this))
{
    m_field->setObjectName(QStringLiteral("keys.field"));
    m_field->setEchoMode(QLineEdit::Password);
    m_field->setInputMethodHints(
        Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    m_field->setPlaceholderText(tr("Paste a key"));
    m_field->setAccessibleName(tr("Key"));
    m_eye->setCheckable(true);
    m_eye->setText(tr("Show the key"));
    m_eye->setToolTip(tr("Show the key"));
    m_check->setObjectName(QStringLiteral("keys.check"));
    m_check->setToolTip(tr("Asks the provider for its list of models, which is free"));
    m_save->setObjectName(QStringLiteral("keys.save"));
    m_message->setObjectName(QStringLiteral("keys.message"));

    auto *line = new QHBoxLayout;
    line->setSpacing(Theme::space(this, 8));
    line->addWidget(m_field, 1);
    line->addWidget(m_check);
    line->addWidget(m_save);
    line->addStretch(); // where there is no field
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 8));
    layout->addLayout(line);
    layout->addWidget(m_message);

    connect(m_eye, &QAction::toggled, this, [this](bool shown) {
        m_field->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
        m_eye->setIcon(icons::icon(shown ? QStringLiteral("eye-off") : QStringLiteral("eye")));
        m_eye->setToolTip(shown ? tr("Hide the key") : tr("Show the key"));
    });
    connect(m_field, &QLineEdit::textChanged, this, [this] {
        m_message->hide();
        showState();
    });
    connect(m_field, &QLineEdit::returnPressed, this, [this] {
        if (m_save->isEnabled())
            start(Step::Save);
    });
    connect(m_check, &QPushButton::clicked, this, [this] { start(Step::Check); });
    connect(m_save, &QPushButton::clicked, this, [this] { start(Step::Save); });
    Theme::makePrimary(m_save);
    showState();
}

void KeyEditor::setProvider(const gateway::ProviderInfo &provider)
{
    const bool other = provider.id != m_provider.id;
    m_provider = provider;
    if (other) {
        m_field->clear();
        m_eye->setChecked(false);
        m_message->hide();
        m_busy = false;
    }
    showState();
}

void KeyEditor::focusField()
{
    m_field->setFocus();
}

Secret KeyEditor::typed() const
{
    return Secret(m_field->text().trimmed().toUtf8());
}

void KeyEditor::showState()
{
    const bool hasText = !m_field->text().trimmed().isEmpty();
    const bool hasKey = std::any_of(m_provider.keys.begin(), m_provider.keys.end(), [](const auto &key) {
        return key.state == secrets::KeyStatus::State::Loaded;
    });
    m_field->setEnabled(!m_busy);
    m_field->setVisible(m_provider.needsKey);
    m_save->setVisible(m_provider.needsKey);
    m_save->setEnabled(hasText && !m_busy);
    m_check->setEnabled(!m_busy && (hasText || hasKey || !m_provider.needsKey));
    m_check->setText(
        !m_provider.needsKey ? tr("Check the connection")
        : hasText || !hasKey ? tr("Check")
                             : tr("Check stored key"));
}

void KeyEditor::setBusy(bool busy)
{
    m_busy = busy;
    showState();
}

void KeyEditor::start(Step step)
{
    m_message->clearActions();
    const Secret key = typed();
    if (!key.isEmpty()) {
        std::vector<QByteArray> others = m_gateway.providersMatchingKey(key);
        if (!others.empty() && std::find(others.begin(), others.end(), m_provider.id) == others.end()) {
            warn(step, others);
            return;
        }
    }
    run(step);
}

void KeyEditor::run(Step step)
{
    m_message->clearActions();
    setBusy(true);
    if (step == Step::Check)
        check();
    else
        save();
}

void KeyEditor::warn(Step step, const std::vector<QByteArray> &others)
{
    QStringList names;
    for (const gateway::ProviderInfo &provider : m_gateway.providers()) {
        if (std::find(others.begin(), others.end(), provider.id) != others.end())
            names.push_back(provider.name);
    }
    if (names.isEmpty()) {
        for (const QByteArray &id : others)
            names.push_back(QString::fromUtf8(id));
    }
    m_message->say(
        InlineMessage::Kind::Warning,
        tr("This looks like a key of %1, not of %2. It has not been sent anywhere.")
            .arg(names.join(tr(" or ", "between names of providers")), m_provider.name));
    QPushButton *anyway = m_message->addAction(
        step == Step::Check ? tr("Check it with %1 anyway").arg(m_provider.name) : tr("Save it anyway"));
    anyway->setObjectName(QStringLiteral("keys.anyway"));
    connect(anyway, &QPushButton::clicked, this, [this, step] { run(step); });
    QPushButton *discard = m_message->addAction(tr("Empty the field"));
    connect(discard, &QPushButton::clicked, m_field, &QLineEdit::clear);
}

void KeyEditor::check()
{
    m_message->say(InlineMessage::Kind::Info, tr("Asking %1 …").arg(m_provider.name));
    const Secret key = typed();
    const QByteArray asked = m_provider.id;
    m_gateway.checkKey(
        asked, key.isEmpty() ? std::nullopt : std::make_optional(key), this,
        [this, asked](const Result<gateway::KeyCheck> &result) {
            if (asked != m_provider.id)
                return;
            setBusy(false);
            if (!result) {
                m_message->say(InlineMessage::Kind::Error, QString::fromUtf8(result.error().message()));
                return;
            }
            m_message->say(
                result->works ? InlineMessage::Kind::Good : InlineMessage::Kind::Error, result->words);
            if (result->works)
                Q_EMIT modelsFound(asked, result->models);
        });
}

void KeyEditor::save()
{
    m_message->say(InlineMessage::Kind::Info, tr("Saving …"));
    const QByteArray meant = m_provider.id;
    m_gateway.addKey(meant, typed(), this, [this, meant](const Result<> &saved) {
        if (meant != m_provider.id)
            return;
        setBusy(false);
        if (!saved) {
            m_message->say(InlineMessage::Kind::Error, QString::fromUtf8(saved.error().message()));
            return;
        }
        m_field->clear();
        m_eye->setChecked(false);
        const secrets::StoreInfo store = m_gateway.keyStore();
        if (store.persistent)
            m_message->say(InlineMessage::Kind::Good, tr("The key is in %1.").arg(store.name));
        else
            m_message->say(
                InlineMessage::Kind::Warning,
                tr("The key is in memory only: it is forgotten when Fairlead ends."));
    });
}

void KeyEditor::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        Theme::makePrimary(m_save);
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/keys/ProviderDialog.h"

#include "ui/Theme.h"
#include "ui/models/ProviderListModel.h"
#include "ui/widgets/InlineMessage.h"

#include <QAbstractItemView>
#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QUrl>

#include <algorithm>

namespace fairlead::ui {

namespace {

constexpr const char *kWires[]{"openai-chat", "anthropic", "gemini"};

bool isLoopback(const QUrl &url)
{
    const QString host = url.host();
    return host == QLatin1String("localhost") || host == QLatin1String("::1")
           || host.startsWith(QLatin1String("127."));
}

} // namespace

ProviderDialog::ProviderDialog(std::vector<QByteArray> taken, QWidget *parent)
    : QDialog(parent)
    , m_taken(std::move(taken))
    , m_isNew(true)
{
    setWindowTitle(tr("Add a provider"));
    build();
}

ProviderDialog::ProviderDialog(const config::ProviderConfig &entry, bool known, QWidget *parent)
    : QDialog(parent)
    , m_entry(entry)
    , m_isNew(false)
    , m_known(known)
{
    setWindowTitle(tr("Edit %1").arg(entry.name.value_or(QString::fromUtf8(entry.id))));
    build();
    fill(entry);
}

void ProviderDialog::build()
{
    m_id = new QLineEdit(this);
    m_id->setObjectName(QStringLiteral("provider.id"));
    m_id->setPlaceholderText(QStringLiteral("lab"));
    m_id->setEnabled(m_isNew);
    m_name = new QLineEdit(this);
    m_name->setPlaceholderText(tr("as shown in lists; may stay empty"));
    m_wire = new QComboBox(this);
    m_wire->setObjectName(QStringLiteral("provider.wire"));
    if (m_known)
        m_wire->addItem(tr("As in the catalogue"), QByteArray());
    for (const char *wire : kWires)
        m_wire->addItem(wireWords(wire), QByteArray(wire));
    m_address = new QLineEdit(this);
    m_address->setObjectName(QStringLiteral("provider.address"));
    m_address->setPlaceholderText(QStringLiteral("http://127.0.0.1:9000/v1"));
    m_address->setInputMethodHints(Qt::ImhUrlCharactersOnly);
    m_needsKey = new QCheckBox(tr("It asks for a key"), this);
    m_needsKey->setObjectName(QStringLiteral("provider.needsKey"));
    m_needsKey->setChecked(true);
    m_models = new QPlainTextEdit(this);
    m_models->setObjectName(QStringLiteral("provider.models"));
    m_models->setPlaceholderText(tr("one a line; empty: ask the provider"));
    m_models->setTabChangesFocus(true);
    m_models->setFixedHeight(m_models->fontMetrics().lineSpacing() * 5);
    m_message = new InlineMessage(this);
    m_message->setObjectName(QStringLiteral("provider.objection"));

    auto *form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->setHorizontalSpacing(Theme::space(this, 16));
    form->setVerticalSpacing(Theme::space(this, 12));
    form->addRow(tr("&Id"), m_id);
    form->addRow(tr("&Name"), m_name);
    form->addRow(tr("&Speaks"), m_wire);
    form->addRow(tr("&Address"), m_address);
    form->addRow(QString(), m_needsKey);
    form->addRow(tr("&Models"), m_models);
    for (QWidget *field :
         {static_cast<QWidget *>(m_id), static_cast<QWidget *>(m_name), static_cast<QWidget *>(m_wire),
          static_cast<QWidget *>(m_address), static_cast<QWidget *>(m_models)}) {
        if (const auto *label = qobject_cast<QLabel *>(form->labelForField(field)))
            field->setAccessibleName(label->text().remove(QLatin1Char('&')));
    }

    m_wire->view()->setAccessibleName(m_wire->accessibleName());

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_save = buttons->addButton(m_isNew ? tr("Add") : tr("Save"), QDialogButtonBox::ActionRole);
    m_save->setObjectName(QStringLiteral("provider.save"));
    m_save->setDefault(true);
    Theme::makePrimary(m_save);
    auto *layout = new QVBoxLayout(this);
    const int margin = Theme::space(this, 16);
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(margin);
    layout->addLayout(form);
    layout->addWidget(m_message);
    layout->addWidget(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 72);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_save, &QPushButton::clicked, this, &ProviderDialog::trySave);
    for (QLineEdit *field : {m_id, m_address})
        connect(field, &QLineEdit::textChanged, this, &ProviderDialog::showState);
    connect(m_needsKey, &QCheckBox::toggled, this, &ProviderDialog::showState);
}

void ProviderDialog::fill(const config::ProviderConfig &entry)
{
    m_id->setText(QString::fromUtf8(entry.id));
    m_name->setText(entry.name.value_or(QString()));
    m_address->setText(entry.baseUrl.value_or(QString()));
    if (m_known)
        m_address->setPlaceholderText(tr("as in the catalogue"));
    const QByteArray wire = entry.wire.value_or(QByteArray());
    int place = m_wire->findData(wire);
    if (place < 0) {
        m_wire->addItem(wireWords(wire), wire);
        place = m_wire->count() - 1;
    }
    m_wire->setCurrentIndex(place);
    m_needsKey->setChecked(entry.auth != QByteArrayLiteral("none"));
    m_needsKey->setVisible(!m_known);
    QStringList models;
    for (const QByteArray &model : entry.models)
        models.push_back(QString::fromUtf8(model));
    m_models->setPlainText(models.join(QLatin1Char('\n')));
}

config::ProviderConfig ProviderDialog::entry() const
{
    config::ProviderConfig entry = m_entry;
    entry.id = m_id->text().trimmed().toUtf8();
    const QString name = m_name->text().trimmed();
    entry.name = name.isEmpty() ? std::nullopt : std::make_optional(name);
    const QByteArray wire = m_wire->currentData().toByteArray();
    entry.wire = wire.isEmpty() ? std::nullopt : std::make_optional(wire);
    const QString address = m_address->text().trimmed();
    entry.baseUrl = address.isEmpty() ? std::nullopt : std::make_optional(address);
    if (!m_needsKey->isChecked())
        entry.auth = QByteArrayLiteral("none");
    else if (entry.auth == QByteArrayLiteral("none"))
        entry.auth.reset();
    static const QRegularExpression separators(QStringLiteral("[\\s,]+"));
    entry.models.clear();
    for (const QString &model : m_models->toPlainText().split(separators, Qt::SkipEmptyParts))
        entry.models.push_back(model.toUtf8());
    return entry;
}

QString ProviderDialog::objection() const
{
    const config::ProviderConfig now = entry();
    static const QRegularExpression plain(QStringLiteral("^[a-z0-9][a-z0-9._-]*$"));
    if (now.id.isEmpty())
        return tr("It needs an id: a short name for model names, such as lab in lab/m1.");
    if (m_isNew && !plain.match(QString::fromUtf8(now.id)).hasMatch())
        return tr("The id may have small letters, digits, dots, dashes and underscores, such as my-lab.");
    if (std::find(m_taken.begin(), m_taken.end(), now.id) != m_taken.end())
        return tr("There is a provider “%1” already. Choose another id, or find that one in the list.")
            .arg(QString::fromUtf8(now.id));
    if (!now.baseUrl)
        return m_known ? QString() : tr("It needs an address, such as http://127.0.0.1:9000/v1.");
    const QUrl url(*now.baseUrl, QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty()
        || (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https")))
        return tr("The address must begin with https:// or http:// and name a host.");
    if (!url.userInfo().isEmpty())
        return tr("Leave user names and passwords out of the address. Keys go to the key store.");
    if (url.hasQuery() || url.hasFragment())
        return tr("Leave out what follows ? or # in the address.");
    if (url.scheme() == QLatin1String("http") && now.auth != QByteArrayLiteral("none") && !isLoopback(url))
        return tr(
            "Over http:// the key would travel unprotected. Use https://, or say that it asks for no key.");
    return QString();
}

void ProviderDialog::showState()
{
    if (!m_tried)
        return;
    const QString words = objection();
    if (words.isEmpty())
        m_message->hide();
    else
        m_message->say(InlineMessage::Kind::Warning, words);
}

void ProviderDialog::trySave()
{
    m_tried = true;
    showState();
    if (!objection().isEmpty())
        return;
    m_save->setEnabled(false);
    Q_EMIT saveWanted();
}

void ProviderDialog::setError(const QString &words)
{
    m_save->setEnabled(true);
    m_message->say(InlineMessage::Kind::Error, words);
}

} // namespace fairlead::ui

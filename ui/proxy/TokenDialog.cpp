// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/proxy/TokenDialog.h"

#include "ui/Theme.h"
#include "ui/widgets/CopyField.h"
#include "ui/widgets/InlineMessage.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace fairlead::ui {

TokenDialog::TokenDialog(gateway::Gateway &gateway, QWidget *parent)
    : QDialog(parent)
    , m_gateway(gateway)
    , m_words(new QLabel(tr("Which tool is it for? Its requests are listed under this name."), this))
    , m_name(new QLineEdit(this))
    , m_token(new CopyField(tr("the token"), this))
    , m_message(new InlineMessage(this))
{
    setWindowTitle(tr("New token"));
    m_words->setWordWrap(true);
    m_name->setObjectName(QStringLiteral("token.name"));
    m_name->setPlaceholderText(QStringLiteral("my-editor"));
    m_name->setAccessibleName(tr("Name of the tool"));
    m_token->setObjectName(QStringLiteral("token.text"));
    m_token->hide();
    auto *buttons = new QDialogButtonBox(this);
    m_close = buttons->addButton(QDialogButtonBox::Cancel);
    m_create = buttons->addButton(tr("Create token"), QDialogButtonBox::ActionRole);
    m_create->setObjectName(QStringLiteral("token.create"));
    m_create->setDefault(true);
    m_create->setEnabled(false);
    Theme::makePrimary(m_create);

    auto *layout = new QVBoxLayout(this);
    const int margin = Theme::space(this, 16);
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(Theme::space(this, 12));
    layout->addWidget(m_words);
    layout->addWidget(m_name);
    layout->addWidget(m_token);
    layout->addWidget(m_message);
    layout->addWidget(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 64);

    connect(m_name, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_message->hide();
        m_create->setEnabled(!text.trimmed().isEmpty());
    });
    connect(m_create, &QPushButton::clicked, this, &TokenDialog::create);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

void TokenDialog::create()
{
    m_create->setEnabled(false);
    m_gateway.addApp(m_name->text().trimmed().toUtf8(), this, [this](const Result<gateway::NewApp> &app) {
        if (app)
            showToken(*app);
        else
            showError(QString::fromUtf8(app.error().message()));
    });
}

void TokenDialog::showToken(const gateway::NewApp &app)
{
    m_words->setText(tr("Give this token to %1 as its API key.").arg(QString::fromUtf8(app.name)));
    m_name->hide();
    m_create->hide();
    // The one place where a token is meant to be seen.
    m_token->setText(QString::fromUtf8(app.token.reveal().toByteArray()));
    m_token->show();
    m_message->say(
        InlineMessage::Kind::Info,
        tr("It is shown only now. If it gets lost, revoke it and make a new one."));
    m_close->setText(tr("Done"));
    m_close->setDefault(true);
    m_close->setFocus();
    adjustSize();
}

void TokenDialog::showError(const QString &words)
{
    m_message->say(InlineMessage::Kind::Error, words);
    m_create->setEnabled(true);
    m_name->setFocus();
    m_name->selectAll();
}

} // namespace fairlead::ui

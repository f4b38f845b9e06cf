// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/proxy/ServerCard.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/widgets/CopyField.h"
#include "ui/widgets/InlineMessage.h"

#include "gateway/Gateway.h"

#include <QDesktopServices>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QUrl>

namespace fairlead::ui {

using gateway::ServerStatus;
using State = ServerStatus::State;

ServerCard::ServerCard(gateway::Gateway &gateway, QWidget *parent)
    : Card(parent)
    , m_gateway(gateway)
    , m_error(new InlineMessage(this))
{
    m_error->setObjectName(QStringLiteral("proxy.error"));
    content()->setSpacing(Theme::space(this, 16));
    content()->addWidget(buildHead());
    content()->addWidget(m_error);
    content()->addWidget(buildAddresses());
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    connect(&gateway, &gateway::Gateway::serverStatusChanged, this, &ServerCard::showStatus);
    connect(&gateway, &gateway::Gateway::providersChanged, this, &ServerCard::showStatus);
    showStatus();
}

QWidget *ServerCard::buildHead()
{
    auto *head = new QWidget(this);
    auto *layout = new QHBoxLayout(head);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::space(this, 12));
    m_lamp = new QLabel(head);
    m_state = new QLabel(head);
    m_state->setObjectName(QStringLiteral("proxy.state"));
    Theme::setType(m_state, Theme::Type::Title);
    m_remark = new QLabel(head);
    m_remark->setWordWrap(true);
    m_captions.push_back(m_remark);
    auto *words = new QVBoxLayout;
    words->setSpacing(Theme::space(this, 2));
    words->addWidget(m_state);
    words->addWidget(m_remark);
    m_switch = new QPushButton(head);
    m_switch->setObjectName(QStringLiteral("proxy.switch"));
    connect(m_switch, &QPushButton::clicked, this, &ServerCard::toggle);
    layout->addWidget(m_lamp, 0, Qt::AlignTop);
    layout->addLayout(words, 1);
    layout->addWidget(m_switch, 0, Qt::AlignVCenter);
    return head;
}

QWidget *ServerCard::buildAddresses()
{
    auto *body = new QWidget(this);
    auto *grid = new QGridLayout(body);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(Theme::space(this, 24));
    grid->setVerticalSpacing(Theme::space(this, 4));
    grid->setColumnStretch(0, 2);
    grid->setColumnStretch(1, 3);
    auto *addressName = new QLabel(tr("Base URL for tools"), body);
    auto *exampleName = new QLabel(tr("Try it from a terminal"), body);
    m_address = new CopyField(tr("the base URL"), body);
    m_address->setObjectName(QStringLiteral("proxy.address"));
    m_example = new CopyField(tr("the example"), body);
    m_example->setObjectName(QStringLiteral("proxy.example"));
    m_access = new QLabel(body);
    m_access->setObjectName(QStringLiteral("proxy.access"));
    m_access->setWordWrap(true);
    m_captions.insert(m_captions.end(), {addressName, exampleName, m_access});
    grid->addWidget(addressName, 0, 0);
    grid->addWidget(exampleName, 0, 1);
    grid->addWidget(m_address, 1, 0, Qt::AlignTop);
    grid->addWidget(m_example, 1, 1, 2, 1, Qt::AlignTop);
    grid->addWidget(m_access, 2, 0, Qt::AlignTop);
    grid->setRowStretch(2, 1);
    return body;
}

void ServerCard::toggle()
{
    const State state = m_gateway.serverStatus().state;
    if (state == State::Running || state == State::Starting)
        m_gateway.stopServer();
    else
        m_gateway.startServer();
}

void ServerCard::showStatus()
{
    const ServerStatus status = m_gateway.serverStatus();
    const bool running = status.state == State::Running;
    switch (status.state) {
    case State::Stopped:
        m_state->setText(tr("The proxy is off"));
        m_remark->setText(tr("Tools on this machine cannot reach their models through Fairlead now."));
        break;
    case State::Starting:
        m_state->setText(tr("The proxy is starting"));
        m_remark->setText(tr("Keys are being read."));
        break;
    case State::Running:
        m_state->setText(tr("The proxy is on"));
        m_remark->setText(tr("It listens on %1, port %2.").arg(status.host).arg(status.port));
        break;
    case State::Draining:
        m_state->setText(tr("The proxy is stopping"));
        m_remark->setText(tr("Running answers are let finish; new requests are refused."));
        break;
    case State::Failed:
        m_state->setText(tr("The proxy could not start"));
        m_remark->setText(tr("No tool can reach it."));
        break;
    }
    m_switch->setText(running || status.state == State::Starting ? tr("Stop") : tr("Start"));
    m_switch->setEnabled(status.state != State::Draining);
    m_switch->setIcon(
        icons::icon(running ? QStringLiteral("stop") : QStringLiteral("play"), QPalette::ButtonText));
    m_switch->setVisible(status.state != State::Failed);

    m_address->setText(status.url() + QStringLiteral("/v1"));
    m_example->setText(exampleText());
    const bool token = status.auth == config::ServerConfig::Auth::Token;
    m_access->setText(
        token ? tr("Every tool sends its own token. Web pages are kept out.")
              : tr("No token is asked for: any program on this machine can spend with your keys."));
    showError();
    drawLamp();
}

void ServerCard::showError()
{
    const ServerStatus status = m_gateway.serverStatus();
    m_error->clearActions();
    if (status.state != State::Failed) {
        m_error->hide();
        return;
    }
    m_error->say(
        InlineMessage::Kind::Error,
        status.error.isEmpty()
            ? tr("The port could not be opened. Try again, or choose another in the config file.")
            : status.error);
    QPushButton *again = m_error->addAction(tr("Try again"));
    again->setObjectName(QStringLiteral("proxy.retry"));
    connect(again, &QPushButton::clicked, this, [this] { m_gateway.startServer(); });
    const QString path = m_gateway.configPath();
    QPushButton *open = m_error->addAction(tr("Open the config file"));
    open->setToolTip(tr("%1: “server”, “port”").arg(path));
    connect(
        open, &QPushButton::clicked, this, [path] { QDesktopServices::openUrl(QUrl::fromLocalFile(path)); });
}

QString ServerCard::exampleText() const
{
    QString model = QStringLiteral("demo/fast");
    for (const gateway::ModelInfo &info : m_gateway.models()) {
        if (info.ready && !info.isRoute) {
            model = QString::fromUtf8(info.name);
            break;
        }
    }
    const ServerStatus status = m_gateway.serverStatus();
    QString text = QStringLiteral("curl %1/v1/chat/completions \\\n").arg(status.url());
    if (status.auth == config::ServerConfig::Auth::Token)
        text += QStringLiteral("  -H \"Authorization: Bearer $FAIRLEAD_TOKEN\" \\\n");
    text += QStringLiteral(
                "  -H \"Content-Type: application/json\" \\\n"
                "  -d '{\"model\": \"%1\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}'")
                .arg(model);
    return text;
}

void ServerCard::drawLamp()
{
    const Theme theme = Theme::of(this);
    const State state = m_gateway.serverStatus().state;
    const QColor colour = state == State::Running                                ? theme.good()
                          : state == State::Failed                               ? theme.bad()
                          : state == State::Starting || state == State::Draining ? theme.warn()
                                                                                 : theme.muted();
    const int height = QFontMetrics(m_state->font()).height();
    const int side = Theme::space(this, 14);
    QPixmap drawn(QSize(side, height) * devicePixelRatioF());
    drawn.setDevicePixelRatio(devicePixelRatioF());
    drawn.fill(Qt::transparent);
    QPainter painter(&drawn);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colour, 2));
    painter.setBrush(state == State::Stopped ? QBrush(Qt::NoBrush) : QBrush(colour));
    painter.drawEllipse(QRectF(0, (height - side) / 2.0, side, side).adjusted(1, 1, -1, -1));
    painter.end();
    m_lamp->setPixmap(drawn);
    for (QLabel *label : m_captions)
        Theme::setMuted(label);
    if (state == State::Running)
        m_switch->setPalette(QPalette());
    else
        Theme::makePrimary(m_switch);
}

void ServerCard::changeEvent(QEvent *event)
{
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_switch)
        drawLamp();
}

} // namespace fairlead::ui

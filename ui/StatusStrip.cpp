// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/StatusStrip.h"

#include "ui/Format.h"
#include "ui/Icons.h"
#include "ui/Theme.h"

#include "gateway/Gateway.h"

#include <QClipboard>
#include <QDateTime>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>
#include <QToolTip>

namespace fairlead::ui {

using gateway::ServerStatus;
using namespace std::chrono_literals;

namespace {

QIcon lamp(const QWidget *widget, const QColor &colour, bool lit)
{
    const int side = Theme::space(widget, 16);
    const qreal ratio = widget->devicePixelRatioF();
    QPixmap drawn(QSize(side, side) * ratio);
    drawn.setDevicePixelRatio(ratio);
    drawn.fill(Qt::transparent);
    QPainter painter(&drawn);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF dot(side * 0.25, side * 0.25, side * 0.5, side * 0.5);
    painter.setPen(QPen(colour, 1.5));
    painter.setBrush(lit ? QBrush(colour) : QBrush(Qt::NoBrush));
    painter.drawEllipse(dot);
    return QIcon(drawn);
}

} // namespace

StatusStrip::StatusStrip(gateway::Gateway &gateway, QWidget *parent)
    : QWidget(parent)
    , m_gateway(gateway)
{
    auto *layout = new QHBoxLayout(this);
    const int gap = Theme::space(this, 4);
    layout->setContentsMargins(Theme::space(this, 8), gap, Theme::space(this, 8), gap);
    layout->setSpacing(gap);
    m_server = addPart(tr("Proxy"), QByteArrayLiteral("proxy"));
    m_server->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_copy = new QToolButton(this);
    m_copy->setAutoRaise(true);
    m_copy->setIcon(icons::icon(QStringLiteral("copy")));
    m_copy->setToolTip(tr("Copy the proxy's address"));
    m_copy->setAccessibleName(m_copy->toolTip());
    Theme::setType(m_copy, Theme::Type::Caption);
    connect(m_copy, &QToolButton::clicked, this, &StatusStrip::copyAddress);
    layout->addWidget(m_copy);
    layout->addSpacing(Theme::space(this, 12));
    m_live = addPart(tr("Requests in flight"), QByteArrayLiteral("proxy"));
    layout->addStretch(1);
    m_spend = addPart(tr("Spend today"), QByteArrayLiteral("spend"));
    layout->addSpacing(Theme::space(this, 12));
    m_keys = addPart(tr("Key store"), QByteArrayLiteral("keys"));

    m_spendTimer.setSingleShot(true);
    m_spendTimer.setInterval(500ms);
    m_minuteTimer.start(60s);
    connect(&m_spendTimer, &QTimer::timeout, this, &StatusStrip::showSpend);
    connect(&m_minuteTimer, &QTimer::timeout, this, &StatusStrip::showSpend);
    connect(&gateway, &gateway::Gateway::serverStatusChanged, this, &StatusStrip::showServer);
    connect(&gateway, &gateway::Gateway::liveExchangesChanged, this, &StatusStrip::showLive);
    connect(&gateway, &gateway::Gateway::providersChanged, this, &StatusStrip::showKeys);
    connect(&gateway.ledger(), &storage::Ledger::rowsWritten, this, [this] {
        if (!m_spendTimer.isActive())
            m_spendTimer.start();
    });
    showServer();
    showLive();
    showKeys();
    showSpend();
}

QToolButton *StatusStrip::addPart(const QString &name, const QByteArray &pageId)
{
    auto *button = new QToolButton(this);
    button->setObjectName(QLatin1String("status.") + QString::fromLatin1(pageId));
    button->setAutoRaise(true);
    button->setAccessibleName(name);
    Theme::setType(button, Theme::Type::Caption);
    layout()->addWidget(button);
    connect(button, &QToolButton::clicked, this, [this, pageId] { Q_EMIT pageRequested(pageId); });
    return button;
}

void StatusStrip::showServer()
{
    const ServerStatus status = m_gateway.serverStatus();
    const Theme theme = Theme::of(this);
    const QString address = QStringLiteral("%1:%2").arg(status.host).arg(status.port);
    QString words;
    QColor colour = theme.muted();
    switch (status.state) {
    case ServerStatus::State::Stopped:
        words = tr("Proxy off");
        break;
    case ServerStatus::State::Starting:
        words = tr("Proxy starting …");
        break;
    case ServerStatus::State::Running:
        words = tr("Proxy on  %1").arg(address);
        colour = theme.good();
        break;
    case ServerStatus::State::Draining:
        words = tr("Proxy stopping, streams finish …");
        colour = theme.warn();
        break;
    case ServerStatus::State::Failed:
        words = tr("Proxy could not start");
        colour = theme.bad();
        break;
    }
    m_server->setText(words);
    m_server->setIcon(lamp(this, colour, status.state != ServerStatus::State::Stopped));
    m_server->setAccessibleDescription(words);
    m_server->setToolTip(status.error.isEmpty() ? tr("Open Proxy") : status.error);
    m_copy->setVisible(status.state == ServerStatus::State::Running);
}

void StatusStrip::showLive()
{
    const auto count = static_cast<int>(m_gateway.liveExchanges().size());
    m_live->setVisible(count > 0);
    m_live->setText(tr("%n in flight", nullptr, count));
    m_live->setToolTip(tr("Requests running now"));
}

void StatusStrip::showKeys()
{
    const secrets::StoreInfo store = m_gateway.keyStore();
    m_keys->setText(store.persistent ? tr("Keys: %1").arg(store.name) : tr("Keys: in memory only"));
    m_keys->setToolTip(store.reason.isEmpty() ? tr("Open Providers & keys") : store.reason);
}

void StatusStrip::showSpend()
{
    storage::SummaryQuery query;
    query.range.fromMs = QDate::currentDate().startOfDay().toMSecsSinceEpoch();
    m_gateway.ledger().summary(query, this, [this](const Result<std::vector<storage::SummaryRow>> &rows) {
        if (!rows) {
            m_spend->setText(tr("Today %1").arg(format::unknown()));
            m_spend->setToolTip(QString::fromUtf8(rows.error().message()));
            return;
        }
        NanoUsd cost;
        qint64 requests = 0;
        qint64 unpriced = 0;
        for (const storage::SummaryRow &row : *rows) {
            cost += row.cost;
            requests += row.requests;
            unpriced += row.unpriced;
        }
        m_spend->setText(
            unpriced > 0 ? tr("Today at least %1").arg(format::money(cost))
                         : tr("Today %1").arg(format::money(cost)));
        QString tip = tr("%n request(s) today", nullptr, static_cast<int>(requests));
        if (unpriced > 0)
            tip += QLatin1Char('\n')
                   + tr("%n of them without a known price", nullptr, static_cast<int>(unpriced));
        m_spend->setToolTip(tip);
    });
}

void StatusStrip::copyAddress()
{
    QGuiApplication::clipboard()->setText(m_gateway.serverStatus().url());
    QToolTip::showText(
        m_copy->mapToGlobal(QPoint(0, -m_copy->height())), tr("Copied"), m_copy, QRect(), 1500);
}

void StatusStrip::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showServer();
}

void StatusStrip::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(Theme::of(this).hairline());
    painter.drawLine(0, 0, width(), 0);
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/InlineMessage.h"

#include "ui/Icons.h"
#include "ui/Theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace fairlead::ui {

namespace {

QString markOf(InlineMessage::Kind kind)
{
    switch (kind) {
    case InlineMessage::Kind::Info:
        return QStringLiteral("info");
    case InlineMessage::Kind::Good:
        return QStringLiteral("check");
    case InlineMessage::Kind::Warning:
        return QStringLiteral("warning");
    case InlineMessage::Kind::Error:
        return QStringLiteral("error");
    }
    Q_UNREACHABLE();
}

} // namespace

InlineMessage::InlineMessage(QWidget *parent)
    : QWidget(parent)
    , m_mark(new QLabel(this))
    , m_words(new QLabel(this))
    , m_actions(new QHBoxLayout)
    , m_close(new QToolButton(this))
{
    m_words->setWordWrap(true);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_words->setFocusPolicy(Qt::NoFocus);
    // Its own minimum is that of a column one word wide.
    m_words->setMinimumHeight(m_words->fontMetrics().lineSpacing());
    m_words->setMinimumWidth(m_words->fontMetrics().averageCharWidth() * 16);
    m_close->setIcon(icons::icon(QStringLiteral("close")));
    m_close->setAutoRaise(true);
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss message"));
    m_close->hide();

    const int gap = Theme::space(this, 8);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(Theme::space(this, 12), gap, gap, gap);
    layout->setSpacing(gap);
    auto *words = new QVBoxLayout;
    words->setSpacing(gap);
    words->addWidget(m_words);
    words->addLayout(m_actions);
    m_actions->addStretch(1);
    layout->addWidget(m_mark, 0, Qt::AlignTop);
    layout->addLayout(words, 1);
    layout->addWidget(m_close, 0, Qt::AlignTop);
    connect(m_close, &QToolButton::clicked, this, [this] {
        hide();
        Q_EMIT closed();
    });
    applyTheme();
    hide();
}

void InlineMessage::say(Kind kind, const QString &text)
{
    m_kind = kind;
    m_words->setText(text);
    setAccessibleName(text);
    applyTheme();
    show();
    update();
}

QString InlineMessage::text() const
{
    return m_words->text();
}

QPushButton *InlineMessage::addAction(const QString &text)
{
    auto *button = new QPushButton(text, this);
    m_actions->insertWidget(m_actions->count() - 1, button);
    return button;
}

void InlineMessage::clearActions()
{
    while (m_actions->count() > 1) {
        QLayoutItem *item = m_actions->takeAt(0);
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
}

void InlineMessage::setClosable(bool closable)
{
    m_close->setVisible(closable);
}

QColor InlineMessage::ink() const
{
    const Theme theme = Theme::of(this);
    switch (m_kind) {
    case Kind::Info:
        return theme.info();
    case Kind::Good:
        return theme.good();
    case Kind::Warning:
        return theme.warn();
    case Kind::Error:
        return theme.bad();
    }
    Q_UNREACHABLE();
}

void InlineMessage::applyTheme()
{
    m_mark->setPixmap(icons::pixmap(markOf(m_kind), ink(), Theme::space(this, 20), devicePixelRatioF()));
}

void InlineMessage::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

void InlineMessage::paintEvent(QPaintEvent *)
{
    const Theme theme = Theme::of(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(Theme::mix(theme.tint(ink()), ink(), 0.25), 1));
    painter.setBrush(theme.tint(ink()));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::kRadius, Theme::kRadius);
}

} // namespace fairlead::ui

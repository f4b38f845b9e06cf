// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/EmptyState.h"

#include "ui/Icons.h"
#include "ui/Theme.h"

#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace fairlead::ui {

EmptyState::EmptyState(
    const QString &icon, const QString &title, const QString &sentence, const QString &action,
    QWidget *parent)
    : QWidget(parent)
    , m_icon(icon)
    , m_picture(new QLabel(this))
    , m_title(new QLabel(title, this))
    , m_sentence(new QLabel(sentence, this))
    , m_button(new QPushButton(action, this))
{
    Theme::setType(m_title, Theme::Type::Section);
    for (QLabel *label : {m_picture, m_title, m_sentence}) {
        label->setAlignment(Qt::AlignCenter);
        label->setTextFormat(Qt::PlainText);
    }
    m_title->setWordWrap(true);
    m_sentence->setWordWrap(true);
    m_sentence->setMaximumWidth(m_sentence->fontMetrics().averageCharWidth() * 64);
    m_button->setVisible(!action.isEmpty());

    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(Theme::space(this, 8));
    layout->addStretch(2);
    layout->addWidget(m_picture);
    layout->addSpacing(Theme::space(this, 8));
    layout->addWidget(m_title);
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(m_sentence, 8);
    row->addStretch(1);
    layout->addLayout(row);
    layout->addSpacing(Theme::space(this, 8));
    layout->addWidget(m_button, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    fitButton();
    connect(m_button, &QPushButton::clicked, this, &EmptyState::actionTriggered);
    applyTheme();
}

void EmptyState::setTitle(const QString &title)
{
    m_title->setText(title);
}
void EmptyState::setSentence(const QString &sentence)
{
    m_sentence->setText(sentence);
}

void EmptyState::setAction(const QString &action)
{
    m_button->setText(action);
    fitButton();
    m_button->setVisible(!action.isEmpty());
}

/// The one thing to do here may be a little larger than a button usually is.
void EmptyState::fitButton()
{
    m_button->setMinimumSize(0, 0);
    m_button->setMinimumSize(m_button->sizeHint() + QSize(Theme::space(this, 24), Theme::space(this, 8)));
}

void EmptyState::applyTheme()
{
    const Theme theme = Theme::of(this);
    m_picture->setPixmap(icons::pixmap(m_icon, theme.muted(), Theme::space(this, 48), devicePixelRatioF()));
    Theme::setMuted(m_sentence);
    Theme::makePrimary(m_button);
}

void EmptyState::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

} // namespace fairlead::ui

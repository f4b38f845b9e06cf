// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/CopyField.h"

#include "ui/Icons.h"
#include "ui/Theme.h"

#include <QAbstractTextDocumentLayout>
#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QPlainTextEdit>
#include <QTextBlock>
#include <QTimer>
#include <QToolButton>
#include <QToolTip>
#include <QtMath>

namespace fairlead::ui {

CopyField::CopyField(const QString &name, QWidget *parent)
    : QWidget(parent)
    , m_text(new QPlainTextEdit(this))
    , m_copy(new QToolButton(this))
{
    m_text->setReadOnly(true);
    m_text->setTabChangesFocus(true);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_text->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_text->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_text->document()->setDocumentMargin(0);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setAccessibleName(name);
    m_copy->setIcon(icons::icon(QStringLiteral("copy")));
    m_copy->setAutoRaise(true);
    m_copy->setToolTip(tr("Copy %1").arg(name));
    m_copy->setAccessibleName(m_copy->toolTip());
    connect(m_copy, &QToolButton::clicked, this, &CopyField::copy);
    auto *layout = new QHBoxLayout(this);
    const int gap = Theme::space(this, 4);
    layout->setContentsMargins(Theme::space(this, 12), gap, gap, gap);
    layout->setSpacing(gap);
    layout->addWidget(m_text, 1, Qt::AlignVCenter);
    layout->addWidget(m_copy, 0, Qt::AlignTop);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    applyTheme();
}

void CopyField::setText(const QString &text)
{
    if (m_text->toPlainText() == text)
        return;
    m_text->setPlainText(text);
    fit();
}

QString CopyField::text() const
{
    return m_text->toPlainText();
}

void CopyField::copy()
{
    QGuiApplication::clipboard()->setText(text());
    QToolTip::showText(m_copy->mapToGlobal(QPoint(0, m_copy->height())), tr("Copied"), m_copy, QRect(), 1500);
}

void CopyField::fit()
{
    const QAbstractTextDocumentLayout *lines = m_text->document()->documentLayout();
    qreal height = 0;
    for (QTextBlock block = m_text->document()->begin(); block.isValid(); block = block.next())
        height += lines->blockBoundingRect(block).height();
    m_text->setFixedHeight(std::max(m_text->fontMetrics().height(), qCeil(height)) + Theme::space(this, 2));
}

void CopyField::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    // Narrower makes more lines, once the text has its new width.
    QTimer::singleShot(0, this, &CopyField::fit);
}

void CopyField::applyTheme()
{
    m_text->setFont(Theme::fixedFont(this));
    QPalette clear = m_text->palette();
    clear.setColor(QPalette::Base, Theme::of(this).inset());
    if (clear != m_text->palette())
        m_text->setPalette(clear);
    fit();
}

void CopyField::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyTheme();
}

void CopyField::paintEvent(QPaintEvent *)
{
    const Theme theme = Theme::of(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(theme.hairline(), 1));
    painter.setBrush(theme.inset());
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::kRadius, Theme::kRadius);
}

} // namespace fairlead::ui

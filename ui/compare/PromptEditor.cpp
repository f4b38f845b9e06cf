// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/PromptEditor.h"

#include <QKeyEvent>
#include <QScrollBar>
#include <QTextBlock>

#include <algorithm>

namespace fairlead::ui {

PromptEditor::PromptEditor(int leastLines, int mostLines, QWidget *parent)
    : QPlainTextEdit(parent)
    , m_leastLines(leastLines)
    , m_mostLines(mostLines)
{
    setTabChangesFocus(true);
    setFrameShape(QFrame::NoFrame);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(this, &QPlainTextEdit::textChanged, this, &PromptEditor::fitHeight);
    fitHeight();
}

void PromptEditor::setSendKey(SendKey key)
{
    m_sendKey = key;
}

int PromptEditor::heightOf(int lines) const
{
    const int margins = qRound(document()->documentMargin() * 2) + 2 * frameWidth();
    return fontMetrics().lineSpacing() * lines + margins;
}

QSize PromptEditor::sizeHint() const
{
    return {QPlainTextEdit::sizeHint().width(), height()};
}
QSize PromptEditor::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 20, heightOf(m_leastLines)};
}

void PromptEditor::fitHeight()
{
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid() && lines < m_mostLines; block = block.next())
        lines += std::max(1, block.layout()->lineCount());
    setVerticalScrollBarPolicy(lines < m_mostLines ? Qt::ScrollBarAlwaysOff : Qt::ScrollBarAsNeeded);
    const int height = heightOf(std::clamp(lines, m_leastLines, m_mostLines));
    if (height != minimumHeight() || height != maximumHeight())
        setFixedHeight(height);
}

void PromptEditor::resizeEvent(QResizeEvent *event)
{
    QPlainTextEdit::resizeEvent(event);
    fitHeight();
}

void PromptEditor::keyPressEvent(QKeyEvent *event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    const auto modifiers = event->modifiers() & ~Qt::KeypadModifier;
    const bool sends = enter
                       && (modifiers == Qt::ControlModifier
                           || (m_sendKey == SendKey::Return && modifiers == Qt::NoModifier));
    if (!sends) {
        QPlainTextEdit::keyPressEvent(event);
        return;
    }
    event->accept();
    Q_EMIT sendRequested();
}

} // namespace fairlead::ui

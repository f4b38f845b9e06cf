// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/ReasoningStrip.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/widgets/DisclosureButton.h"

#include <QPlainTextEdit>
#include <QScrollBar>
#include <QVBoxLayout>

namespace fairlead::ui {

using compare::Column;
using namespace std::chrono_literals;

ReasoningStrip::ReasoningStrip(Column &column, QWidget *parent)
    : QWidget(parent)
    , m_column(column)
    , m_toggle(new DisclosureButton(this))
    , m_text(new QPlainTextEdit(this))
{
    m_toggle->setToolTip(tr("Show or hide what the model thought"));
    m_text->setReadOnly(true);
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->setAccessibleName(tr("Thinking"));
    m_text->setTabChangesFocus(true);
    Theme::setType(m_text, Theme::Type::Caption);
    m_text->setMinimumHeight(m_text->fontMetrics().lineSpacing() * 3);
    m_text->setMaximumHeight(m_text->fontMetrics().lineSpacing() * 9);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(Theme::space(this, 8), Theme::space(this, 4), Theme::space(this, 8), 0);
    layout->setSpacing(0);
    layout->addWidget(m_toggle, 0, Qt::AlignLeft);
    layout->addWidget(m_text);
    m_tick.setInterval(100ms);
    connect(&m_tick, &QTimer::timeout, this, &ReasoningStrip::showTitle);
    connect(m_toggle, &DisclosureButton::openChanged, m_text, &QWidget::setVisible);
    connect(&column, &Column::reasoningAppended, this, &ReasoningStrip::append);
    connect(&column, &Column::stateChanged, this, &ReasoningStrip::showTitle);
    connect(&column, &Column::figuresChanged, this, &ReasoningStrip::showTitle);
    m_text->hide();
    clear();
}

void ReasoningStrip::clear()
{
    m_pending.clear();
    m_text->clear();
    m_tick.stop();
    hide();
}

bool ReasoningStrip::isOpen() const
{
    return m_toggle->isOpen();
}
QString ReasoningStrip::title() const
{
    return m_toggle->text();
}

void ReasoningStrip::append(const QByteArray &utf8)
{
    m_pending += utf8;
    // Keep an unfinished character back: its first byte says how long it is.
    qsizetype whole = m_pending.size();
    for (qsizetype i = whole - 1; i >= std::max<qsizetype>(0, m_pending.size() - 3); --i) {
        const auto byte = static_cast<quint8>(m_pending.at(i));
        if ((byte & 0xC0) == 0x80)
            continue;
        const int length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        if (i + length > m_pending.size())
            whole = i;
        break;
    }
    QScrollBar *bar = m_text->verticalScrollBar();
    const bool following = bar->value() >= bar->maximum();
    QTextCursor end(m_text->document());
    end.movePosition(QTextCursor::End);
    end.insertText(QString::fromUtf8(m_pending.first(whole)));
    m_pending.remove(0, whole);
    if (following)
        bar->setValue(bar->maximum());
    show();
    showTitle();
}

void ReasoningStrip::showTitle()
{
    const bool thinking = m_column.state() == Column::State::Thinking;
    if (thinking != m_tick.isActive())
        thinking ? m_tick.start() : m_tick.stop();
    const auto time = m_column.thinkingTime();
    QString title = thinking ? tr("Thinking") : tr("Thought");
    if (time)
        title = thinking ? tr("Thinking %1").arg(format::duration(time))
                         : tr("Thought for %1").arg(format::duration(time));
    m_toggle->setTitle(title);
}

} // namespace fairlead::ui

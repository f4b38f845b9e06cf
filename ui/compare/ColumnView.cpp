// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/ColumnView.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/compare/ReasoningStrip.h"
#include "ui/compare/ToolCallList.h"
#include "ui/models/ModelListModel.h"
#include "ui/widgets/ColumnHeader.h"
#include "ui/widgets/InlineMessage.h"
#include "ui/widgets/MarkdownView.h"

#include "gateway/Gateway.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace fairlead::ui {

using compare::Column;

ColumnView::ColumnView(const gateway::Gateway &gateway, Column &column, QWidget *parent)
    : QWidget(parent)
    , m_gateway(gateway)
    , m_column(column)
    , m_header(new ColumnHeader(this))
    , m_reasoning(new ReasoningStrip(column, this))
    , m_answer(new MarkdownView(this))
    , m_tools(new ToolCallList(this))
    , m_error(new InlineMessage(this))
    , m_footer(new ColumnFooter(this))
    , m_menu(new QMenu(this))
    , m_rerunFailed(m_error->addAction(tr("Re-run")))
{
    m_answer->setPlaceholderText(tr("The answer appears here."));
    m_answer->setMinimumHeight(fontMetrics().lineSpacing() * 3);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->setSpacing(0);
    layout->addWidget(m_header);
    layout->addSpacing(1); // the hairline's
    layout->addWidget(m_reasoning);
    layout->addWidget(m_answer, 1);
    layout->addWidget(m_tools);
    auto *errorRow = new QHBoxLayout;
    const int gap = Theme::space(this, 12);
    errorRow->setContentsMargins(gap, 0, gap, gap);
    errorRow->addWidget(m_error);
    layout->addLayout(errorRow);
    layout->addWidget(m_footer);

    connect(m_header, &ColumnHeader::menuRequested, this, &ColumnView::openMenu);
    connect(m_rerunFailed, &QPushButton::clicked, this, [this] { Q_EMIT wished(Wish::Rerun); });
    connect(&column, &Column::textAppended, m_answer, &MarkdownView::append);
    connect(&column, &Column::toolCallsChanged, this, [this] { m_tools->show(m_column.toolCalls()); });
    connect(&column, &Column::figuresChanged, this, [this] { m_footer->show(m_column); });
    connect(&column, &Column::stateChanged, this, &ColumnView::showState);
    connect(&column, &Column::modelNameChanged, this, &ColumnView::refreshTitle);
    connect(&column, &Column::cleared, this, [this] {
        m_answer->clearAll();
        m_reasoning->clear();
        m_tools->show({});
        m_error->hide();
    });
    refreshTitle();
    showState();
}

QSize ColumnView::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 50, fontMetrics().lineSpacing() * 8};
}

void ColumnView::refreshTitle()
{
    const ModelTitle title = titleOf(m_gateway, m_column.modelName());
    m_header->setSubject(title.series, title.model, title.provider);
    setAccessibleName(tr("Answer of %1").arg(title.model));
    m_answer->setAccessibleName(tr("Answer of %1").arg(title.model));
    m_footer->setAccessibleName(tr("Figures of %1").arg(title.model));
}

void ColumnView::setPlace(bool first, bool last)
{
    m_first = first;
    m_last = last;
    update();
}

void ColumnView::setRerunnable(bool rerunnable)
{
    m_rerunnable = rerunnable;
}

void ColumnView::showState()
{
    switch (m_column.state()) {
    case Column::State::Waiting:
        m_header->setState(tr("waiting …"));
        break;
    case Column::State::Thinking:
        m_header->setState(tr("thinking …"));
        break;
    case Column::State::Streaming:
        m_header->setState(tr("answering …"));
        break;
    case Column::State::Idle:
    case Column::State::Done:
    case Column::State::Failed:
    case Column::State::Stopped:
        m_header->setState(QString());
        break;
    }
    m_answer->setPlaceholderText(m_column.isRunning() ? QString() : tr("The answer appears here."));
    if (m_column.state() == Column::State::Failed) {
        m_answer->setPlaceholderText(QString());
        m_error->say(InlineMessage::Kind::Error, m_column.errorText());
    } else {
        m_error->hide();
    }
    if (!m_column.isRunning())
        m_answer->flush();
    m_footer->show(m_column);
}

void ColumnView::fillMenu()
{
    m_menu->clear();
    const auto add = [this](const QString &icon, const QString &text, Wish wish, bool possible) {
        QAction *action
            = m_menu->addAction(icons::icon(icon), text, this, [this, wish] { Q_EMIT wished(wish); });
        action->setEnabled(possible);
    };
    add(QStringLiteral("compare"), tr("Change model …"), Wish::ChangeModel, true);
    if (m_column.isRunning())
        add(QStringLiteral("stop"), tr("Stop"), Wish::Stop, true);
    else
        add(QStringLiteral("refresh"), tr("Re-run"), Wish::Rerun, m_rerunnable);
    QAction *copy = m_menu->addAction(
        icons::icon(QStringLiteral("copy")), tr("Copy as Markdown"), this, &ColumnView::copyAsMarkdown);
    copy->setEnabled(!m_column.text().isEmpty());
    m_menu->addSeparator();
    add(QStringLiteral("arrow-left"), tr("Move left"), Wish::MoveLeft, !m_first);
    add(QStringLiteral("arrow-right"), tr("Move right"), Wish::MoveRight, !m_last);
    m_menu->addSeparator();
    add(QStringLiteral("trash"), tr("Remove"), Wish::Remove, true);
}

void ColumnView::openMenu()
{
    fillMenu();
    const QToolButton *button = m_header->menuButton();
    m_menu->popup(
        button->mapToGlobal(QPoint(button->width() - m_menu->sizeHint().width(), button->height())));
}

void ColumnView::copyAsMarkdown()
{
    QGuiApplication::clipboard()->setText(QString::fromUtf8(m_column.text()));
}

void ColumnView::paintEvent(QPaintEvent *)
{
    const Theme theme = Theme::of(this);
    QPainter painter(this);
    painter.setPen(theme.hairline());
    const int inset = Theme::space(this, 12);
    for (const int y : {m_header->geometry().bottom() + 1, m_footer->geometry().top()})
        painter.drawLine(inset, y, width() - inset, y);
    const bool leftToRight = layoutDirection() == Qt::LeftToRight;
    if (!m_first)
        painter.drawLine(leftToRight ? 0 : width() - 1, 0, leftToRight ? 0 : width() - 1, height());
}

} // namespace fairlead::ui

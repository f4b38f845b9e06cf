// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/ToolCallList.h"

#include "ui/Theme.h"
#include "ui/widgets/Card.h"

#include <QLabel>
#include <QVBoxLayout>

namespace fairlead::ui {

namespace {
constexpr qsizetype kMostShown = 4000; // characters of arguments
} // namespace

ToolCallList::ToolCallList(QWidget *parent)
    : QScrollArea(parent)
{
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Tool calls"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    viewport()->setAutoFillBackground(false);
    auto *inner = new QWidget(this);
    m_layout = new QVBoxLayout(inner);
    const int gap = Theme::space(this, 8);
    m_layout->setContentsMargins(Theme::space(this, 12), gap, Theme::space(this, 12), gap);
    m_layout->setSpacing(gap);
    setWidget(inner);
    inner->setAutoFillBackground(false); // setWidget() switched it on
    hide();
}

ToolCallList::Row ToolCallList::addRow()
{
    auto *card = new Card(widget());
    const int gap = Theme::space(this, 8);
    card->content()->setContentsMargins(gap, gap, gap, gap);
    card->content()->setSpacing(Theme::space(this, 4));
    auto *name = new QLabel(card);
    auto *arguments = new QLabel(card);
    Theme::setType(name, Theme::Type::Strong);
    arguments->setFont(Theme::fixedFont(arguments));
    for (QLabel *label : {name, arguments}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
    }
    arguments->setTextInteractionFlags(Qt::TextSelectableByMouse);
    card->content()->addWidget(name);
    card->content()->addWidget(arguments);
    m_layout->addWidget(card);
    return {card, name, arguments};
}

void ToolCallList::show(const std::vector<chat::ToolCallPart> &calls)
{
    while (m_rows.size() > calls.size()) {
        delete m_rows.back().card;
        m_rows.pop_back();
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i == m_rows.size())
            m_rows.push_back(addRow());
        const QString name = QString::fromUtf8(calls[i].name);
        m_rows[i].name->setText(tr("Calls %1").arg(name));
        // Narrow columns break at spaces only; arguments have few.
        QString arguments
            = QString::fromUtf8(calls[i].arguments.first(std::min(calls[i].arguments.size(), kMostShown)));
        arguments.replace(QLatin1Char(','), QStringLiteral(",\u200b"));
        m_rows[i].arguments->setText(arguments);
        m_rows[i].card->setAccessibleName(tr("Tool call %1").arg(name));
    }
    setVisible(!calls.empty());
    fitHeight();
}

void ToolCallList::fitHeight()
{
    const int wanted = std::max(widget()->heightForWidth(viewport()->width()), widget()->sizeHint().height());
    const int line = fontMetrics().lineSpacing();
    setMinimumHeight(std::min(wanted, line * 5));
    setMaximumHeight(std::min(wanted, line * 16));
}

} // namespace fairlead::ui

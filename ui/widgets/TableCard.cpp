// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/TableCard.h"

#include "ui/Theme.h"
#include "ui/widgets/DataTable.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace fairlead::ui {

TableCard::TableCard(const QString &title, DataTable *table, QWidget *parent)
    : Card(parent)
    , m_title(new QLabel(title, this))
    , m_head(new QHBoxLayout)
{
    Theme::setType(m_title, Theme::Type::Section);
    const int margin = Theme::space(this, 8);
    m_head->setContentsMargins(margin, 0, 0, 0);
    m_head->setSpacing(margin);
    m_head->addWidget(m_title);
    m_head->addStretch(1);
    // As high as with buttons, so that neighbours line up.
    m_title->setMinimumHeight(QPushButton(QStringLiteral("M")).sizeHint().height());
    // The cells bring the rest of the usual margin.
    content()->setContentsMargins(margin, margin, margin, margin);
    content()->addLayout(m_head);
    content()->addWidget(table, 1);
}

void TableCard::addTool(QWidget *tool)
{
    m_head->addWidget(tool);
}

} // namespace fairlead::ui

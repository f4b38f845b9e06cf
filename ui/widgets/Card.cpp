// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/Card.h"

#include "ui/Theme.h"

#include <QPainter>
#include <QVBoxLayout>

namespace fairlead::ui {

Card::Card(QWidget *parent)
    : QWidget(parent)
    , m_content(new QVBoxLayout(this))
{
    const int margin = Theme::space(this, 16);
    m_content->setContentsMargins(margin, margin, margin, margin);
    m_content->setSpacing(Theme::space(this, 8));
}

void Card::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    Theme::of(this).drawCard(painter, rect());
}

} // namespace fairlead::ui

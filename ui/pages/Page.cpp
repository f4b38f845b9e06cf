// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/Page.h"

#include <QEvent>

#include <utility>

namespace fairlead::ui {

Page::Page(const PageContext &context, QWidget *parent)
    : QWidget(parent)
    , m_context(context)
{ }

QWidget *Page::createTools(QWidget *)
{
    return nullptr;
}
void Page::showDemo() { }
bool Page::isSettled() const
{
    return true;
}
void Page::applyTheme() { }

void Page::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (m_shown && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange))
        applyTheme();
}

void Page::showEvent(QShowEvent *event)
{
    if (!std::exchange(m_shown, true))
        applyTheme();
    QWidget::showEvent(event);
}

} // namespace fairlead::ui

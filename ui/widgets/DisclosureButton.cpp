// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/DisclosureButton.h"

#include "ui/Icons.h"
#include "ui/Theme.h"

#include <utility>

namespace fairlead::ui {

DisclosureButton::DisclosureButton(QWidget *parent)
    : QToolButton(parent)
{
    setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    setAutoRaise(true);
    Theme::setType(this, Theme::Type::Caption);
    connect(this, &QToolButton::clicked, this, [this] { setOpen(!m_open); });
    describe();
}

void DisclosureButton::setTitle(const QString &title)
{
    setText(title);
    setAccessibleName(title);
}

void DisclosureButton::setOpen(bool open)
{
    if (std::exchange(m_open, open) == open)
        return;
    describe();
    Q_EMIT openChanged(open);
}

void DisclosureButton::describe()
{
    setIcon(icons::icon(m_open ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right")));
    setAccessibleDescription(m_open ? tr("Open") : tr("Folded"));
}

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/StatTile.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/widgets/ElidedLabel.h"

#include <QEvent>
#include <QVBoxLayout>

namespace fairlead::ui {

StatTile::StatTile(const QString &name, QWidget *parent)
    : Card(parent)
    , m_name(new ElidedLabel(name, this))
    , m_value(new ElidedLabel(format::unknown(), this))
    , m_remark(new ElidedLabel(this))
{
    Theme::setType(m_name, Theme::Type::Caption);
    Theme::setType(m_value, Theme::Type::Number);
    Theme::setType(m_remark, Theme::Type::Caption);
    content()->setSpacing(Theme::space(this, 4));
    content()->addWidget(m_name);
    content()->addWidget(m_value);
    content()->addWidget(m_remark);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    applyTheme();
    describe();
}

void StatTile::setValue(const QString &value, const QString &tip)
{
    m_value->setText(value);
    m_value->setTip(tip);
    describe();
}

void StatTile::setRemark(const QString &remark)
{
    m_remark->setText(remark);
    describe();
}

QString StatTile::value() const
{
    return m_value->text();
}

void StatTile::describe()
{
    setAccessibleName(m_name->text());
    setAccessibleDescription(m_value->text() + QLatin1Char(' ') + m_remark->text());
}

void StatTile::applyTheme()
{
    Theme::setMuted(m_name);
    Theme::setMuted(m_remark);
}

void StatTile::changeEvent(QEvent *event)
{
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

} // namespace fairlead::ui

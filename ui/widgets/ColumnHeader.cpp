// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/ColumnHeader.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/widgets/ElidedLabel.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPainter>
#include <QToolButton>

namespace fairlead::ui {

class ColumnHeader::Mark : public QWidget
{
public:
    explicit Mark(ColumnHeader *header)
        : QWidget(header)
        , m_header(header)
    {
        const int side = Theme::space(this, 12);
        setFixedSize(side, side);
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        Theme::drawSeriesMark(
            painter, QRectF(rect()).adjusted(1, 1, -1, -1), m_header->m_series,
            Theme::of(this).series(m_header->m_series));
    }

private:
    ColumnHeader *m_header;
};

ColumnHeader::ColumnHeader(QWidget *parent)
    : QWidget(parent)
    , m_mark(new Mark(this))
    , m_model(new ElidedLabel(this))
    , m_provider(new ElidedLabel(this))
    , m_state(new ElidedLabel(this))
    , m_menu(new QToolButton(this))
{
    Theme::setType(m_model, Theme::Type::Strong);
    Theme::setType(m_state, Theme::Type::Caption);
    m_menu->setIcon(icons::icon(QStringLiteral("more")));
    m_menu->setAutoRaise(true);
    m_menu->setToolTip(tr("Column menu"));
    connect(m_menu, &QToolButton::clicked, this, &ColumnHeader::menuRequested);

    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(
        Theme::space(this, 12), Theme::space(this, 4), Theme::space(this, 8), Theme::space(this, 4));
    layout->setSpacing(Theme::space(this, 8));
    layout->addWidget(m_mark);
    layout->addWidget(m_model, 0);
    layout->addWidget(m_provider, 1);
    layout->addWidget(m_state);
    layout->addWidget(m_menu);
    applyTheme();
}

void ColumnHeader::setSubject(int series, const QString &model, const QString &provider)
{
    m_series = series;
    m_model->setText(model);
    m_provider->setText(provider);
    m_menu->setAccessibleName(tr("Menu of %1").arg(model));
    m_mark->update();
}

void ColumnHeader::setState(const QString &state)
{
    m_state->setText(state);
}

void ColumnHeader::applyTheme()
{
    Theme::setMuted(m_provider);
    Theme::setMuted(m_state);
}

void ColumnHeader::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
}

} // namespace fairlead::ui

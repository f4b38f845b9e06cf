// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/NavigationRail.h"

#include "ui/Icons.h"
#include "ui/RailButton.h"
#include "ui/Theme.h"

#include <QKeyEvent>
#include <QKeySequence>
#include <QPainter>
#include <QVBoxLayout>

#include <algorithm>

namespace fairlead::ui {

namespace {

/// The mark, and the name while there is room.
class Brand : public QWidget
{
public:
    explicit Brand(NavigationRail *rail)
        : QWidget(rail)
        , m_rail(rail)
    {
        setFixedHeight(Theme::space(this, 44));
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        const Theme theme = Theme::of(this);
        QPainter painter(this);
        const int side = Theme::space(this, 24);
        const int inset = Theme::space(this, 6);
        const bool leftToRight = layoutDirection() == Qt::LeftToRight;
        const QPixmap mark = icons::pixmap(QStringLiteral("mark"), theme.accent(), side, devicePixelRatioF());
        painter.drawPixmap(leftToRight ? inset : width() - inset - side, inset, mark);
        if (m_rail->isCollapsed())
            return;
        const int taken = side + 2 * inset;
        const QRect words(leftToRight ? taken : 0, inset, width() - taken, side);
        painter.setFont(Theme::font(this, Theme::Type::Section));
        painter.setPen(theme.text());
        painter.drawText(
            words, static_cast<int>(Qt::AlignVCenter | (leftToRight ? Qt::AlignLeft : Qt::AlignRight)),
            QStringLiteral("Fairlead"));
    }

private:
    NavigationRail *m_rail;
};

} // namespace

NavigationRail::NavigationRail(QWidget *parent)
    : QWidget(parent)
    , m_layout(new QVBoxLayout(this))
{
    setAccessibleName(tr("Pages"));
    const int margin = Theme::space(this, 8);
    m_layout->setContentsMargins(margin, margin, margin, margin);
    m_layout->setSpacing(Theme::space(this, 4));
    m_layout->addWidget(new Brand(this));
    m_layout->addStretch(1);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
}

void NavigationRail::addPage(
    const QByteArray &id, const QString &title, const QString &icon, const QKeySequence &shortcut)
{
    auto *button = new RailButton(id, title, icon, this);
    button->setObjectName(QLatin1String("rail.") + QString::fromLatin1(id));
    button->setCheckable(true);
    button->setAutoExclusive(true);
    button->setToolTip(
        shortcut.isEmpty()
            ? title
            : QStringLiteral("%1 (%2)").arg(title, shortcut.toString(QKeySequence::NativeText)));
    m_layout->insertWidget(1 + static_cast<int>(m_pages.size()), button);
    m_pages.push_back(button);
    connect(button, &RailButton::clicked, this, [this, id] { Q_EMIT pageChosen(id); });
}

RailButton *NavigationRail::addTool(const QString &title, const QString &icon)
{
    auto *button = new RailButton(QByteArray(), title, icon, this);
    button->setToolTip(title);
    m_layout->addWidget(button);
    m_tools.push_back(button);
    return button;
}

void NavigationRail::setCurrent(const QByteArray &id)
{
    for (RailButton *button : m_pages)
        button->setChecked(button->id() == id);
}

void NavigationRail::setCollapsed(bool collapsed)
{
    m_collapsed = collapsed;
    for (const auto &buttons : {m_pages, m_tools}) {
        for (RailButton *button : buttons)
            button->setCollapsed(collapsed);
    }
}

void NavigationRail::moveFocus(int by)
{
    std::vector<RailButton *> all = m_pages;
    all.insert(all.end(), m_tools.begin(), m_tools.end());
    const auto it = std::find_if(all.begin(), all.end(), [](const RailButton *b) { return b->hasFocus(); });
    if (it == all.end())
        return;
    const auto at
        = std::clamp<std::ptrdiff_t>(it - all.begin() + by, 0, static_cast<std::ptrdiff_t>(all.size()) - 1);
    all[static_cast<std::size_t>(at)]->setFocus(Qt::TabFocusReason);
}

void NavigationRail::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down)
        moveFocus(event->key() == Qt::Key_Up ? -1 : 1);
    else
        QWidget::keyPressEvent(event);
}

void NavigationRail::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(Theme::of(this).hairline());
    const int x = layoutDirection() == Qt::LeftToRight ? width() - 1 : 0;
    painter.drawLine(x, 0, x, height());
}

} // namespace fairlead::ui

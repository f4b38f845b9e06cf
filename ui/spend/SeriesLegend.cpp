// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/spend/SeriesLegend.h"

#include "ui/Theme.h"
#include "ui/widgets/TableDelegate.h"

#include <QPainter>

namespace fairlead::ui {

void SeriesLegend::setEntries(std::vector<Entry> entries)
{
    m_entries = std::move(entries);
    QStringList names;
    for (const Entry &entry : m_entries)
        names.push_back(entry.name);
    setToolTip(names.join(QLatin1Char('\n')));
    setAccessibleName(names.join(QStringLiteral(", ")));
    update();
}

QSize SeriesLegend::sizeHint() const
{
    const QFontMetrics metrics(Theme::font(this, Theme::Type::Caption));
    return {metrics.averageCharWidth() * 100, metrics.height() + Theme::space(this, 4)};
}

QSize SeriesLegend::minimumSizeHint() const
{
    return {0, sizeHint().height()};
}

void SeriesLegend::paintEvent(QPaintEvent *)
{
    const Theme theme = Theme::of(this);
    QPainter painter(this);
    painter.setFont(Theme::font(this, Theme::Type::Caption));
    painter.setPen(theme.muted());
    if (layoutDirection() == Qt::RightToLeft) {
        painter.translate(width(), 0);
    }
    const QFontMetrics metrics = painter.fontMetrics();
    const int side = Theme::space(this, 9);
    const int gap = Theme::space(this, 6);
    const int apart = Theme::space(this, 16);
    const bool leftToRight = layoutDirection() == Qt::LeftToRight;
    int used = 0;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const Entry &entry = m_entries[i];
        const QString rest = tr("+%n more", nullptr, static_cast<int>(m_entries.size() - i));
        const int wanted = side + gap + metrics.horizontalAdvance(entry.name);
        const bool last = i + 1 == m_entries.size();
        const int room = width() - used - (last ? 0 : apart + metrics.horizontalAdvance(rest));
        const auto place = [&](int from, int wide) {
            return QRect(leftToRight ? used + from : -used - from - wide, 0, wide, height());
        };
        if (wanted > room) {
            painter.drawText(place(0, metrics.horizontalAdvance(rest)), Qt::AlignVCenter, rest);
            return;
        }
        QRectF mark = place(0, side);
        mark = QRectF(mark.left(), (height() - side) / 2.0, side, side);
        Theme::drawSeriesMark(
            painter, mark, entry.series, TableDelegate::shade(theme, entry.series, entry.shade));
        painter.drawText(place(side + gap, wanted - side - gap), Qt::AlignVCenter, entry.name);
        used += wanted + apart;
    }
}

} // namespace fairlead::ui

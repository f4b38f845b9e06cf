// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/DataTable.h"

#include "ui/Theme.h"
#include "ui/models/RowsModel.h"
#include "ui/widgets/TableDelegate.h"

#include <QClipboard>
#include <QEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace fairlead::ui {

namespace {

/// Column titles as quiet as the rest: muted, over a hairline, in line with the cells below.
class FlatHeader final : public QHeaderView
{
public:
    explicit FlatHeader(QWidget *parent)
        : QHeaderView(Qt::Horizontal, parent)
    { }

protected:
    void paintSection(QPainter *painter, const QRect &rect, int section) const override
    {
        const Theme theme = Theme::of(this);
        const int gap = Theme::space(this, 8);
        const QVariant aligned = model()->headerData(section, Qt::Horizontal, Qt::TextAlignmentRole);
        const auto align = aligned.isValid() ? Qt::Alignment(aligned.toInt()) : defaultAlignment();
        const QRect text = rect.adjusted(gap, 0, -gap, 0);
        painter->setPen(theme.hairline());
        painter->drawLine(rect.bottomLeft(), rect.bottomRight());
        painter->setFont(font());
        painter->setPen(theme.muted());
        painter->drawText(
            text, static_cast<int>(QStyle::visualAlignment(layoutDirection(), align)),
            painter->fontMetrics().elidedText(
                model()->headerData(section, Qt::Horizontal).toString(), Qt::ElideRight, text.width()));
    }
    void paintEvent(QPaintEvent *event) override
    {
        QPainter(viewport()).fillRect(viewport()->rect(), Theme::of(this).surface());
        QHeaderView::paintEvent(event);
    }
    [[nodiscard]] QSize sectionSizeFromContents(int section) const override
    {
        return {
            QHeaderView::sectionSizeFromContents(section).width(),
            fontMetrics().height() + Theme::space(this, 12)};
    }
};

} // namespace

DataTable::DataTable(const QString &accessibleName, QWidget *parent)
    : QTableView(parent)
{
    setAccessibleName(accessibleName);
    setItemDelegate(new TableDelegate(this));
    setHorizontalHeader(new FlatHeader(this));
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    setWordWrap(false);
    setCornerButtonEnabled(false);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionsClickable(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    connect(this, &QTableView::activated, this, &DataTable::rowOpened);
    applyFont();
}

void DataTable::setModel(QAbstractItemModel *model)
{
    QTableView::setModel(model);
    setColumns(m_columns);
}

void DataTable::setColumns(const std::vector<TableColumn> &columns)
{
    m_columns = columns;
    if (!model())
        return;
    const int padding = 2 * Theme::space(this, 8) + Theme::space(this, 4);
    const QFontMetrics body(font());
    const QFontMetrics head(horizontalHeader()->font());
    for (int i = 0; i < std::min(static_cast<int>(columns.size()), model()->columnCount()); ++i) {
        const TableColumn &column = columns[static_cast<std::size_t>(i)];
        horizontalHeader()->setSectionResizeMode(
            i, column.stretches ? QHeaderView::Stretch : QHeaderView::Interactive);
        const QString title = model()->headerData(i, Qt::Horizontal).toString();
        setColumnWidth(
            i, std::max(body.horizontalAdvance(column.sample), head.horizontalAdvance(title)) + padding);
    }
}

void DataTable::setNothing(const QString &words)
{
    m_nothing = words;
    setAccessibleDescription(words);
    viewport()->update();
}

int DataTable::heightOf(int rows) const
{
    return horizontalHeader()->sizeHint().height() + rows * verticalHeader()->defaultSectionSize();
}

void DataTable::applyFont()
{
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + Theme::space(this, 12));
    Theme::setType(horizontalHeader(), Theme::Type::Caption);
    setColumns(m_columns);
}

void DataTable::changeEvent(QEvent *event)
{
    QTableView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        applyFont();
}

void DataTable::rowsInserted(const QModelIndex &parent, int start, int end)
{
    const int top = rowAt(0);
    const int offset = verticalScrollBar()->value();
    QTableView::rowsInserted(parent, start, end);
    if (offset == 0 || start > top || verticalScrollMode() != ScrollPerPixel)
        return;
    updateGeometries();
    verticalScrollBar()->setValue(offset + (end - start + 1) * verticalHeader()->defaultSectionSize());
}

void DataTable::copySelection() const
{
    if (!selectionModel())
        return;
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const auto &a, const auto &b) { return a.row() < b.row(); });
    QStringList lines;
    for (const QModelIndex &row : rows) {
        QStringList cells;
        for (int column = 0; column < model()->columnCount(); ++column) {
            const QModelIndex cell = row.siblingAtColumn(column);
            const QString exact = cell.data(role::Exact).toString();
            cells.push_back(exact.isEmpty() ? cell.data().toString() : exact);
        }
        lines.push_back(cells.join(QLatin1Char('\t')));
    }
    if (!lines.isEmpty())
        QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

void DataTable::keyPressEvent(QKeyEvent *event)
{
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
        return;
    }
    QTableView::keyPressEvent(event);
}

void DataTable::paintEvent(QPaintEvent *event)
{
    QTableView::paintEvent(event);
    if (m_nothing.isEmpty() || (model() && model()->rowCount() > 0))
        return;
    QPainter painter(viewport());
    painter.setPen(Theme::of(this).muted());
    const int margin = Theme::space(this, 16);
    painter.drawText(
        viewport()->rect().adjusted(margin, margin, -margin, -margin),
        static_cast<int>(Qt::AlignCenter) | static_cast<int>(Qt::TextWordWrap), m_nothing);
}

} // namespace fairlead::ui

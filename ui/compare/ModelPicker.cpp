// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/ModelPicker.h"

#include "ui/Icons.h"
#include "ui/Theme.h"
#include "ui/models/ModelListModel.h"

#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QScreen>
#include <QSortFilterProxyModel>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

namespace fairlead::ui {

namespace {

/// One line: mark, model, provider, and at the end the price or why not.
class ModelDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return {
            option.fontMetrics.averageCharWidth() * 40,
            option.fontMetrics.height() + Theme::space(option.widget, 12)};
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme theme = Theme::of(option.widget);
        const bool ready = index.data(ModelListModel::ReadyRole).toBool();
        const int gap = Theme::space(option.widget, 8);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (option.state.testFlag(QStyle::State_Selected)) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(theme.selection());
            painter->drawRoundedRect(
                QRectF(option.rect).adjusted(2, 1, -2, -1), Theme::kRadius, Theme::kRadius);
        }
        QRect line = option.rect.adjusted(gap, 0, -gap, 0);
        const int mark = Theme::space(option.widget, 10);
        const int series = index.data(ModelListModel::SeriesRole).toInt();
        const QColor markColour = ready ? theme.series(series) : theme.hairline();
        Theme::drawSeriesMark(
            *painter, QRectF(line.left(), line.center().y() - mark / 2.0, mark, mark), series, markColour);
        line.setLeft(line.left() + mark + gap);

        const QString note = index.data(ModelListModel::NoteRole).toString();
        painter->setFont(Theme::font(option.widget, Theme::Type::Caption));
        const int noteWidth = painter->fontMetrics().horizontalAdvance(note);
        painter->setPen(theme.muted());
        painter->drawText(line, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), note);
        line.setRight(line.right() - noteWidth - gap);

        painter->setFont(option.font);
        const QString model
            = painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideMiddle, line.width());
        painter->setPen(ready ? theme.text() : theme.muted());
        painter->drawText(line, static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter), model);
        line.setLeft(line.left() + painter->fontMetrics().horizontalAdvance(model) + gap);
        painter->setPen(theme.muted());
        painter->drawText(
            line, static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter),
            painter->fontMetrics().elidedText(
                index.data(ModelListModel::ProviderRole).toString(), Qt::ElideRight,
                std::max(0, line.width())));
        painter->restore();
    }
};

} // namespace

ModelPicker::ModelPicker(const gateway::Gateway &gateway, QWidget *parent)
    : QFrame(parent, Qt::Popup)
    , m_search(new QLineEdit(this))
    , m_list(new QListView(this))
    , m_nothing(new QLabel(tr("No model is called that."), this))
    , m_filter(new QSortFilterProxyModel(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setFrameShape(QFrame::StyledPanel);
    setAccessibleName(tr("Choose a model"));
    m_search->setPlaceholderText(tr("Search models"));
    m_search->setAccessibleName(tr("Search models"));
    m_search->setClearButtonEnabled(true);
    m_search->addAction(icons::icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_search->installEventFilter(this);

    m_filter->setSourceModel(new ModelListModel(gateway, m_filter));
    m_filter->setFilterRole(ModelListModel::SearchRole);
    m_filter->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_list->setModel(m_filter);
    m_list->setItemDelegate(new ModelDelegate(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setAccessibleName(tr("Models"));
    m_nothing->setAlignment(Qt::AlignCenter);
    m_nothing->hide();
    Theme::setMuted(m_nothing);

    auto *layout = new QVBoxLayout(this);
    const int gap = Theme::space(this, 8);
    layout->setContentsMargins(gap, gap, gap, gap);
    layout->addWidget(m_search);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_nothing, 1);
    connect(m_search, &QLineEdit::textChanged, this, &ModelPicker::search);
    connect(m_list, &QListView::clicked, this, &ModelPicker::take);
    setFocusProxy(m_search);
    selectFirstReady();
}

void ModelPicker::popUp(const QWidget *anchor)
{
    const int rows = std::clamp(m_filter->rowCount(), 4, 12);
    const int wantedWidth = fontMetrics().averageCharWidth() * 72;
    const int wantedHeight
        = m_search->sizeHint().height() + rows * m_list->sizeHintForRow(0) + 5 * Theme::space(this, 8);
    const QRect room = anchor->screen()->availableGeometry();
    resize(std::min(wantedWidth, room.width()), std::min(wantedHeight, room.height()));
    QPoint place = anchor->mapToGlobal(QPoint(anchor->width() - width(), anchor->height()));
    if (place.y() + height() > room.bottom())
        place.setY(anchor->mapToGlobal(QPoint(0, 0)).y() - height());
    place.setX(std::clamp(place.x(), room.left(), std::max(room.left(), room.right() - width())));
    move(place);
    show();
    m_search->setFocus();
}

void ModelPicker::search(const QString &text)
{
    m_filter->setFilterFixedString(text.trimmed());
    const bool any = m_filter->rowCount() > 0;
    m_list->setVisible(any);
    m_nothing->setVisible(!any);
    selectFirstReady();
}

void ModelPicker::selectFirstReady()
{
    for (int row = 0; row < m_filter->rowCount(); ++row) {
        const QModelIndex index = m_filter->index(row, 0);
        if (index.flags().testFlag(Qt::ItemIsEnabled)) {
            m_list->setCurrentIndex(index);
            return;
        }
    }
}

void ModelPicker::moveBy(int step)
{
    for (int row = m_list->currentIndex().row() + step; row >= 0 && row < m_filter->rowCount(); row += step) {
        const QModelIndex index = m_filter->index(row, 0);
        if (index.flags().testFlag(Qt::ItemIsEnabled)) {
            m_list->setCurrentIndex(index);
            return;
        }
    }
}

void ModelPicker::take(const QModelIndex &index)
{
    if (!index.isValid() || !index.flags().testFlag(Qt::ItemIsEnabled))
        return;
    Q_EMIT chosen(index.data(ModelListModel::NameRole).toByteArray());
    close();
}

bool ModelPicker::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        switch (key->key()) {
        case Qt::Key_Up:
            moveBy(-1);
            return true;
        case Qt::Key_Down:
            moveBy(1);
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            take(m_list->currentIndex());
            return true;
        default:
            break;
        }
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace fairlead::ui

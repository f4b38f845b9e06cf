// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <algorithm>
#include <utility>
#include <vector>

namespace fairlead::ui {

/// What our delegates draw beside the text of a cell.
namespace role {
enum : int {
    Tone = Qt::UserRole + 64, ///< int(Chip::Tone): the text is a chip
    Series, ///< int: a provider's mark before the text
    Shade, ///< int: the n-th of that provider, lighter
    Secondary, ///< bool: muted
    Fixed, ///< bool: in the fixed font
    Search, ///< QString: what a search looks through
    Exact, ///< QString: how the cell is copied, where that is more than it shows
};
}

/// Rows as values, taken over from a snapshot by their difference, so that selection, scroll position and
/// focus of a view survive. A Row has a `key` that is unique among the rows, and compares.
template<typename Row>
class RowsModel : public QAbstractTableModel
{
public:
    using QAbstractTableModel::QAbstractTableModel;

    [[nodiscard]] int rowCount(const QModelIndex &parent = QModelIndex()) const override
    {
        return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
    }
    [[nodiscard]] const Row *rowAt(int row) const
    {
        return row >= 0 && row < rowCount() ? &m_rows[static_cast<std::size_t>(row)] : nullptr;
    }
    [[nodiscard]] const std::vector<Row> &rows() const { return m_rows; }

protected:
    void applyRows(std::vector<Row> next)
    {
        removeMissing(next);
        for (std::size_t i = 0; i < next.size(); ++i) {
            const auto known
                = std::find_if(at(i), m_rows.end(), [&](const Row &row) { return row.key == next[i].key; });
            const int place = static_cast<int>(i);
            if (known == m_rows.end()) {
                beginInsertRows(QModelIndex(), place, place);
                m_rows.insert(at(i), std::move(next[i]));
                endInsertRows();
                continue;
            }
            if (const int from = static_cast<int>(known - m_rows.begin()); from != place) {
                beginMoveRows(QModelIndex(), from, from, QModelIndex(), place);
                std::rotate(at(i), known, known + 1);
                endMoveRows();
            }
            if (!(m_rows[i] == next[i])) {
                m_rows[i] = std::move(next[i]);
                Q_EMIT dataChanged(index(place, 0), index(place, columnCount() - 1));
            }
        }
    }

    std::vector<Row> m_rows;

private:
    [[nodiscard]] auto at(std::size_t row) { return m_rows.begin() + static_cast<std::ptrdiff_t>(row); }

    void removeMissing(const std::vector<Row> &next)
    {
        for (std::size_t i = m_rows.size(); i-- > 0;) {
            const bool kept = std::any_of(
                next.begin(), next.end(), [&](const Row &row) { return row.key == m_rows[i].key; });
            if (kept)
                continue;
            beginRemoveRows(QModelIndex(), static_cast<int>(i), static_cast<int>(i));
            m_rows.erase(at(i));
            endRemoveRows();
        }
    }
};

} // namespace fairlead::ui

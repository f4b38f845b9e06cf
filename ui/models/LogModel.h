// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/RowsModel.h"

#include "storage/Ledger.h"

namespace fairlead::ui {

struct LogRow {
    QByteArray key; ///< the request's id
    storage::LedgerRecord record;
};

/// What became of a request, in a word or two: "Answered", "Overloaded", "Stopped".
[[nodiscard]] QString statusWords(const storage::LedgerRecord &record);
/// Who asked: the app, or the part of Fairlead it came from.
[[nodiscard]] QString appWords(const QByteArray &app, const QByteArray &origin);
/// A failure class of the ledger in words; empty for none.
[[nodiscard]] QString failureWords(const QByteArray &failureClass);

/// The ledger, newest first, read a page at a time from its own thread. New rows come in at their place; a
/// view keeps its selection and, above what is read, its position.
class LogModel final : public RowsModel<LogRow>
{
    Q_OBJECT
public:
    enum Column { Time, App, Asked, Served, Status, First, Total, Input, Output, Cost, Attempts, kColumns };
    static constexpr int kPage = 100;
    static constexpr int kMostNew = 500;

    explicit LogModel(storage::Ledger &ledger, QObject *parent = nullptr);

    /// Starts again from the newest with this filter; its range and paging fields are ours.
    void setFilter(storage::LogQuery filter);
    [[nodiscard]] const storage::LogQuery &filter() const { return m_filter; }
    /// Looks for rows newer than the newest there is, or, where that is earlier, from `fromMs` on: a long
    /// request ends after shorter ones that began later.
    void fetchNew(qint64 fromMs);
    /// Lets times of day become dates.
    void setNow(qint64 nowMs);
    [[nodiscard]] bool isLoading() const { return m_loading > 0; }

    [[nodiscard]] bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = QModelIndex()) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    /// A page has come, or could not.
    void loaded();
    void failed(const QString &message);

private:
    using Records = std::vector<storage::LedgerRecord>;
    void ask(const storage::LogQuery &query, void (LogModel::*take)(Records));
    void takeFirst(Records records);
    void takeMore(Records records);
    void takeNew(Records records);
    void insert(storage::LedgerRecord record);
    [[nodiscard]] QString text(const storage::LedgerRecord &record, int column) const;
    [[nodiscard]] QString tip(const storage::LedgerRecord &record, int column) const;

    storage::Ledger &m_ledger;
    storage::LogQuery m_filter;
    qint64 m_nowMs = 0;
    quint64 m_generation = 0; ///< answers to an older filter are dropped
    int m_loading = 0;
    bool m_atEnd = false;
    bool m_fetchingMore = false;
};

} // namespace fairlead::ui

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/RequestColumns.h"

#include <QHash>

namespace fairlead::storage {

/// Finds the row of `labels` that a request shares with others like it, from memory.
class LabelTable
{
public:
    [[nodiscard]] static Result<LabelTable> prepare(Database &database);

    /// The label_set of these labels; a new row if nobody had them yet.
    [[nodiscard]] Result<qint64> idOf(const Labels &labels);
    /// After a rollback: what was written since is gone.
    void forget();

private:
    explicit LabelTable(Database &database)
        : m_database(&database)
    { }
    [[nodiscard]] Result<void> load();
    [[nodiscard]] Result<qint64> insert(const Labels &labels);

    Database *m_database;
    Statement m_insert;
    QHash<QByteArray, qint64> m_ids;
    QByteArray m_key; ///< kept for its memory
    bool m_loaded = false;
};

} // namespace fairlead::storage

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/AppTable.h"
#include "storage/ControlTable.h"
#include "storage/Database.h"
#include "storage/Ledger.h"
#include "storage/LedgerReader.h"
#include "storage/LedgerWriter.h"
#include "storage/RecordQueue.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>
#include <optional>

namespace fairlead::storage {

/// What lives on the storage thread: the connection, and the rhythm in which the queue is written.
class Store : public QObject
{
    Q_OBJECT
public:
    Store(RecordQueue &queue, const LedgerLimits &limits);

    [[nodiscard]] Result<void> open(const QString &path);
    void writeSoon();
    void writeNow();
    /// Writes what is queued; false if some of it could not be.
    bool flush();
    void close();

    [[nodiscard]] const LedgerReader &reader() const { return *m_reader; }
    [[nodiscard]] const AppTable &apps() const { return *m_apps; }
    [[nodiscard]] const ControlTable &controls() const { return *m_controls; }

Q_SIGNALS:
    void rowsWritten(int count);
    void writeFailed(const QString &message);
    /// Another process wrote to the file.
    void changedElsewhere();

private:
    void failed(const Error &error);
    void watchOthers();

    RecordQueue &m_queue;
    const LedgerLimits m_limits;
    QTimer m_timer;
    std::unique_ptr<Database> m_database;
    std::optional<LedgerWriter> m_writer;
    std::optional<LedgerReader> m_reader;
    std::optional<AppTable> m_apps;
    std::optional<ControlTable> m_controls;
    qint64 m_dataVersion = 0;
    bool m_failing = false;
};

} // namespace fairlead::storage

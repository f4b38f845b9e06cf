// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Store.h"

#include "base/Logging.h"

namespace fairlead::storage {

Store::Store(RecordQueue &queue, const LedgerLimits &limits)
    : m_queue(queue)
    , m_limits(limits)
    , m_timer(this) // a child, so that it moves to the storage thread with us
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { flush(); });
}

Result<void> Store::open(const QString &path)
{
    auto database = Database::open(path, m_limits.busyTimeout);
    if (!database)
        return fail(database.error());
    auto writer = LedgerWriter::prepare(**database);
    if (!writer)
        return fail(writer.error().in(path.toUtf8()));
    m_database = std::move(*database);
    m_writer = std::move(*writer);
    m_reader.emplace(*m_database);
    m_apps.emplace(*m_database);
    m_controls.emplace(*m_database);
    m_dataVersion = m_database->dataVersion().value_or(0);
    return {};
}

void Store::writeSoon()
{
    if (!m_timer.isActive())
        m_timer.start(m_limits.batchDelay);
}

void Store::writeNow()
{
    // While writing fails the timer sets the pace; a busy gateway must not make us try in a loop.
    if (!m_failing)
        flush();
}

bool Store::flush()
{
    m_timer.stop();
    for (;;) {
        std::vector<LedgerRecord> batch = m_queue.take();
        if (batch.empty())
            break;
        const auto written = m_writer->write(batch);
        if (!written) {
            m_queue.putBack(std::move(batch));
            failed(written.error());
            return false;
        }
        m_failing = false;
        Q_EMIT rowsWritten(*written);
    }
    watchOthers();
    return true;
}

void Store::failed(const Error &error)
{
    if (!m_failing)
        qCWarning(lcStorage) << "requests wait to be booked:" << error.message().constData();
    m_failing = true;
    m_timer.start(m_limits.retryAfter);
    Q_EMIT writeFailed(QString::fromUtf8(error.message()));
}

void Store::watchOthers()
{
    const qint64 version = m_database->dataVersion().value_or(m_dataVersion);
    if (std::exchange(m_dataVersion, version) != version)
        Q_EMIT changedElsewhere();
}

void Store::close()
{
    if (m_database && !flush())
        qCWarning(lcStorage) << "requests lost because the ledger could not be written:" << m_queue.size();
    m_timer.stop();
    // Statements before their connection.
    m_writer.reset();
    m_reader.reset();
    m_apps.reset();
    m_controls.reset();
    m_database.reset();
}

} // namespace fairlead::storage

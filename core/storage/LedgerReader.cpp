// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/LedgerReader.h"

#include "storage/Summary.h"

#include <QSqlError>

#include <algorithm>
#include <iterator>

namespace fairlead::storage {

using metering::AttemptRecord;

namespace {

constexpr int kMostLogRows = 1000;

// LIKE with the text taken literally.
QByteArray likePattern(const QByteArray &text)
{
    QByteArray pattern("%");
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\')
            pattern += '\\';
        pattern += c;
    }
    return pattern + '%';
}

// The WHERE clause of a log query: its text, and its values in the same order.
class LogFilter
{
public:
    explicit LogFilter(const LogQuery &query)
    {
        if (query.range.fromMs != 0)
            add(QStringLiteral("started_ms >= ?"), query.range.fromMs);
        if (query.range.toMs != 0)
            add(QStringLiteral("started_ms < ?"), query.range.toMs);
        if (query.beforeMs != 0 || !query.beforeId.isEmpty()) {
            add(QStringLiteral("(started_ms, id) < (?, ?)"), query.beforeMs);
            m_values.push_back(query.beforeId);
        }
        addText(QStringLiteral("app = ?"), query.app);
        addText(QStringLiteral("provider = ?"), query.provider);
        // What was asked for counts too: a request nobody served has no other model.
        addText(QStringLiteral("? IN (model, model_asked)"), query.model);
        if (!query.status.isEmpty()) {
            const auto status = metering::statusByName(query.status);
            add(QStringLiteral("status = ?"), status ? static_cast<qint64>(*status) : -1);
        }
        // The second half lets SQLite use the index, which has only the rows with a parent.
        addText(QStringLiteral("parent = ? AND parent != ''"), query.parent);
        if (query.requestsOnly)
            m_clauses += QStringLiteral("role = 0");
        if (query.role)
            add(QStringLiteral("role = ?"), static_cast<qint64>(*query.role));
        if (!query.text.isEmpty()) {
            m_clauses += QStringLiteral(
                "(id LIKE ? ESCAPE '\\' OR model LIKE ? ESCAPE '\\' OR model_asked LIKE ? ESCAPE '\\'"
                " OR message LIKE ? ESCAPE '\\')");
            for (int i = 0; i < 4; ++i)
                m_values.push_back(likePattern(query.text));
        }
    }

    [[nodiscard]] QString sql() const
    {
        return m_clauses.isEmpty() ? QString()
                                   : QStringLiteral(" WHERE ") + m_clauses.join(QStringLiteral(" AND "));
    }

    void bind(Binder &binder) const
    {
        for (const auto &value : m_values) {
            if (const auto *number = std::get_if<qint64>(&value))
                binder.integer(*number);
            else
                binder.text(std::get<QByteArray>(value));
        }
    }

private:
    void add(const QString &clause, qint64 value)
    {
        m_clauses += clause;
        m_values.push_back(value);
    }
    void addText(const QString &clause, const QByteArray &value)
    {
        if (value.isEmpty())
            return;
        m_clauses += clause;
        m_values.push_back(value);
    }

    QStringList m_clauses;
    std::vector<std::variant<qint64, QByteArray>> m_values;
};

} // namespace

Result<std::vector<SummaryRow>> LedgerReader::summary(const SummaryQuery &query) const
{
    // One snapshot for all parts of the answer, whatever is written meanwhile.
    auto transaction = Transaction::begin(m_database, Transaction::Mode::Read);
    if (!transaction)
        return fail(transaction.error());
    Summary summary(query);
    if (auto done = summary.collect(m_database); !done)
        return fail(done.error());
    return summary.rows();
}

Result<std::vector<LedgerRecord>> LedgerReader::log(const LogQuery &query) const
{
    const LogFilter filter(query);
    auto prepared = m_database.prepare(
        selectRequestsSql() + filter.sql() + QStringLiteral(" ORDER BY started_ms DESC, id DESC LIMIT ?"));
    if (!prepared)
        return fail(prepared.error());
    Binder binder(*prepared);
    filter.bind(binder);
    binder.integer(qint64(std::clamp(query.limit, 1, kMostLogRows)));
    return records(*prepared);
}

Result<std::optional<LedgerRecord>> LedgerReader::find(const QByteArray &requestId) const
{
    auto prepared = m_database.prepare(selectRequestsSql() + QStringLiteral(" WHERE id = ?"));
    if (!prepared)
        return fail(prepared.error());
    Binder(*prepared).text(requestId);
    auto found = records(*prepared);
    if (!found)
        return fail(found.error());
    if (found->empty())
        return std::optional<LedgerRecord>();
    return std::optional<LedgerRecord>(std::move(found->front()));
}

Result<std::vector<LedgerRecord>> LedgerReader::records(QSqlQuery &query) const
{
    auto attempts = m_database.prepare(selectAttemptsSql());
    if (!attempts)
        return fail(attempts.error());
    if (!query.exec())
        return fail(m_database.error(query.lastError()));
    std::vector<LedgerRecord> all;
    while (query.next()) {
        StoredRequest stored = readRequest(query);
        if (stored.attempts > 1) {
            if (auto added = addEarlierAttempts(*attempts, stored); !added)
                return fail(added.error());
        }
        all.push_back(std::move(stored.record));
    }
    // A page that ends early because of damage must not look like the end of the log.
    if (query.lastError().isValid())
        return fail(m_database.error(query.lastError()));
    return all;
}

Result<void> LedgerReader::addEarlierAttempts(QSqlQuery &query, StoredRequest &stored) const
{
    Binder(query).integer(stored.seq);
    if (!query.exec())
        return fail(m_database.error(query.lastError()));
    std::vector<AttemptRecord> earlier;
    while (query.next())
        earlier.push_back(readAttempt(query));
    if (query.lastError().isValid())
        return fail(m_database.error(query.lastError()));
    auto &all = stored.record.attempts;
    all.insert(all.begin(), std::make_move_iterator(earlier.begin()), std::make_move_iterator(earlier.end()));
    return {};
}

} // namespace fairlead::storage

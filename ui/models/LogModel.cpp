// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/LogModel.h"

#include "ui/Format.h"
#include "ui/Theme.h"
#include "ui/widgets/Chip.h"

#include "chat/Failure.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <array>
#include <tuple>

namespace fairlead::ui {

using storage::LedgerRecord;
using RecordStatus = LedgerRecord::Status;
using chat::FailureClass;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(LogModel)
};

struct FailureText {
    FailureClass failureClass;
    const char *words;
};

constexpr std::array<FailureText, 15> kFailures{
    {{FailureClass::Credential, QT_TRANSLATE_NOOP("LogModel", "Key refused")},
     {FailureClass::Permission, QT_TRANSLATE_NOOP("LogModel", "Not allowed")},
     {FailureClass::Quota, QT_TRANSLATE_NOOP("LogModel", "No credit left")},
     {FailureClass::RateLimit, QT_TRANSLATE_NOOP("LogModel", "Too many requests")},
     {FailureClass::CallerFault, QT_TRANSLATE_NOOP("LogModel", "Bad request")},
     {FailureClass::ContextLength, QT_TRANSLATE_NOOP("LogModel", "Too long")},
     {FailureClass::ContentPolicy, QT_TRANSLATE_NOOP("LogModel", "Refused by policy")},
     {FailureClass::ModelMissing, QT_TRANSLATE_NOOP("LogModel", "No such model")},
     {FailureClass::Overloaded, QT_TRANSLATE_NOOP("LogModel", "Overloaded")},
     {FailureClass::Transient, QT_TRANSLATE_NOOP("LogModel", "Provider error")},
     {FailureClass::Connection, QT_TRANSLATE_NOOP("LogModel", "No connection")},
     {FailureClass::TimedOut, QT_TRANSLATE_NOOP("LogModel", "Timed out")},
     {FailureClass::Protocol, QT_TRANSLATE_NOOP("LogModel", "Broken answer")},
     {FailureClass::Cancelled, QT_TRANSLATE_NOOP("LogModel", "Stopped")},
     {FailureClass::Internal, QT_TRANSLATE_NOOP("LogModel", "Internal error")}}};

Chip::Tone toneOf(RecordStatus status)
{
    switch (status) {
    case RecordStatus::Ok:
        return Chip::Tone::Good;
    case RecordStatus::Failed:
        return Chip::Tone::Bad;
    case RecordStatus::Incomplete:
        return Chip::Tone::Warn;
    case RecordStatus::Cancelled:
        return Chip::Tone::Neutral;
    }
    Q_UNREACHABLE();
}

bool isNewer(const LedgerRecord &a, const LedgerRecord &b)
{
    return std::tie(a.startedMs, a.id) > std::tie(b.startedMs, b.id);
}

bool isNumber(int column)
{
    return column >= LogModel::First;
}

QString timeWords(qint64 startedMs, qint64 nowMs)
{
    const QDateTime started = QDateTime::fromMSecsSinceEpoch(startedMs);
    if (started.date() == QDateTime::fromMSecsSinceEpoch(nowMs).date())
        return QLocale().toString(started, Text::tr("HH:mm:ss", "time of day in the log"));
    return QLocale().toString(started, Text::tr("d MMM HH:mm", "day and time in the log"));
}

std::optional<std::int64_t> known(const chat::Usage &usage, std::int64_t tokens)
{
    return usage.isEmpty() ? std::nullopt : std::make_optional(tokens);
}

} // namespace

QString appWords(const QByteArray &app, const QByteArray &origin)
{
    // What Fairlead asks itself is booked under its origin, or under no app at all.
    const QByteArray &name = app.isEmpty() ? origin : app;
    if (name == "compare")
        return Text::tr("Compare");
    if (name == "cli")
        return Text::tr("Command line");
    return app.isEmpty() ? Text::tr("No token") : QString::fromUtf8(app);
}

QString failureWords(const QByteArray &failureClass)
{
    if (failureClass.isEmpty())
        return QString();
    for (const FailureText &failure : kFailures) {
        if (chat::failureClassName(failure.failureClass) == failureClass)
            return QCoreApplication::translate("LogModel", failure.words);
    }
    return QString::fromUtf8(failureClass);
}

QString statusWords(const LedgerRecord &record)
{
    switch (record.status) {
    case RecordStatus::Ok:
        return Text::tr("Answered");
    case RecordStatus::Cancelled:
        return Text::tr("Stopped");
    case RecordStatus::Incomplete:
        return Text::tr("Cut off");
    case RecordStatus::Failed:
        return record.failureClass.isEmpty() ? Text::tr("Failed") : failureWords(record.failureClass);
    }
    Q_UNREACHABLE();
}

LogModel::LogModel(storage::Ledger &ledger, QObject *parent)
    : RowsModel(parent)
    , m_ledger(ledger)
    , m_nowMs(QDateTime::currentMSecsSinceEpoch())
{ }

void LogModel::setFilter(storage::LogQuery filter)
{
    m_filter = std::move(filter);
    m_filter.beforeMs = 0;
    m_filter.beforeId.clear();
    m_filter.range = {};
    m_filter.limit = kPage;
    ++m_generation;
    m_fetchingMore = true; // until the first page is there, nothing can follow it
    ask(m_filter, &LogModel::takeFirst);
}

void LogModel::ask(const storage::LogQuery &query, void (LogModel::*take)(Records))
{
    ++m_loading;
    m_ledger.log(query, this, [this, take, generation = m_generation](Result<Records> records) {
        --m_loading;
        if (generation != m_generation)
            return;
        if (records) {
            (this->*take)(std::move(*records));
        } else {
            m_fetchingMore = false;
            Q_EMIT failed(QString::fromUtf8(records.error().message()));
        }
        Q_EMIT loaded();
    });
}

void LogModel::takeFirst(Records records)
{
    beginResetModel();
    m_rows.clear();
    for (LedgerRecord &record : records)
        m_rows.push_back({record.id, std::move(record)});
    m_atEnd = rowCount() < kPage;
    m_fetchingMore = false;
    endResetModel();
}

bool LogModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && !m_atEnd && !m_fetchingMore && !m_rows.empty();
}

void LogModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    m_fetchingMore = true;
    storage::LogQuery query = m_filter;
    query.beforeMs = m_rows.back().record.startedMs;
    query.beforeId = m_rows.back().record.id;
    ask(query, &LogModel::takeMore);
}

void LogModel::takeMore(Records records)
{
    m_atEnd = records.size() < static_cast<std::size_t>(kPage);
    if (records.empty()) {
        m_fetchingMore = false;
        return;
    }
    beginInsertRows(QModelIndex(), rowCount(), rowCount() + static_cast<int>(records.size()) - 1);
    for (LedgerRecord &record : records)
        m_rows.push_back({record.id, std::move(record)});
    m_fetchingMore = false;
    endInsertRows();
}

void LogModel::fetchNew(qint64 fromMs)
{
    if (m_rows.empty()) {
        setFilter(m_filter);
        return;
    }
    storage::LogQuery query = m_filter;
    query.range.fromMs = std::min(fromMs, m_rows.front().record.startedMs);
    query.limit = kMostNew;
    ask(query, &LogModel::takeNew);
}

void LogModel::takeNew(Records records)
{
    // More than were asked for may leave a gap behind them: better to begin again than to hide rows.
    if (records.size() == static_cast<std::size_t>(kMostNew)) {
        setFilter(m_filter);
        return;
    }
    // Oldest first, so that each goes above the ones before.
    for (auto it = records.rbegin(); it != records.rend(); ++it)
        insert(std::move(*it));
}

void LogModel::insert(LedgerRecord record)
{
    const auto place = std::lower_bound(
        m_rows.begin(), m_rows.end(), record,
        [](const LogRow &row, const LedgerRecord &wanted) { return isNewer(row.record, wanted); });
    const bool there = place != m_rows.end() && place->key == record.id;
    const bool comesWithNextPage = place == m_rows.end() && !m_atEnd;
    if (there || comesWithNextPage)
        return;
    const int row = static_cast<int>(place - m_rows.begin());
    beginInsertRows(QModelIndex(), row, row);
    LogRow inserted{record.id, std::move(record)};
    m_rows.insert(place, std::move(inserted));
    endInsertRows();
}

void LogModel::setNow(qint64 nowMs)
{
    m_nowMs = nowMs;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, Time), index(rowCount() - 1, Time), {Qt::DisplayRole});
}

int LogModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : kColumns;
}

QString LogModel::text(const LedgerRecord &record, int column) const
{
    switch (column) {
    case Time:
        return timeWords(record.startedMs, m_nowMs);
    case App:
        return appWords(record.app, record.origin);
    case Asked:
        return QString::fromUtf8(record.modelAsked);
    case Served:
        return record.provider.isEmpty() ? format::unknown()
                                         : QString::fromUtf8(record.provider + '/' + record.model);
    case Status:
        return statusWords(record);
    case First:
        return format::duration(record.firstText);
    case Total:
        return format::duration(record.total);
    case Input:
        return format::tokens(known(record.usage, record.usage.totalInput()));
    case Output:
        return format::tokens(known(record.usage, record.usage.totalOutput()));
    case Cost:
        return format::money(record.bookedCost());
    case Attempts:
        return format::count(static_cast<std::int64_t>(record.attempts.size()));
    default:
        return QString();
    }
}

QString LogModel::tip(const LedgerRecord &record, int column) const
{
    const auto tokens = [&](std::int64_t count) {
        return record.usage.isEmpty() ? Text::tr("The provider did not say") : format::exactTokens(count);
    };
    switch (column) {
    case Time:
        return format::absoluteTime(record.startedMs);
    case App:
        return record.app.isEmpty() ? Text::tr("Asked without a token") : QString();
    case Served:
        return record.provider.isEmpty() ? Text::tr("Nobody answered") : QString();
    case Status:
        return QString::fromUtf8(record.message);
    case First:
        return record.firstText ? QString() : Text::tr("No visible text came");
    case Input:
        return tokens(record.usage.totalInput());
    case Output:
        return tokens(record.usage.totalOutput());
    case Cost:
        if (const auto cost = record.bookedCost())
            return format::exactMoney(*cost);
        return Text::tr("The price is not known, or nothing was used");
    default:
        return QString();
    }
}

QVariant LogModel::data(const QModelIndex &index, int role) const
{
    const LogRow *row = rowAt(index.row());
    if (!row)
        return QVariant();
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return text(row->record, column);
    case Qt::ToolTipRole:
        return tip(row->record, column);
    case Qt::TextAlignmentRole:
        return static_cast<int>((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    case role::Tone:
        return column == Status ? QVariant(static_cast<int>(toneOf(row->record.status))) : QVariant();
    case role::Series:
        return column == Served && !row->record.provider.isEmpty()
                   ? QVariant(Theme::seriesOf(row->record.provider))
                   : QVariant();
    case role::Secondary:
        return column == Time || column == App;
    case role::Exact:
        if (column == Time)
            return QDateTime::fromMSecsSinceEpoch(row->record.startedMs, Qt::UTC).toString(Qt::ISODateWithMs);
        if (column == Cost)
            return row->record.bookedCost() ? QVariant(format::exactMoney(*row->record.bookedCost()))
                                            : QVariant();
        return QVariant();
    default:
        return QVariant();
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return QVariant();
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole)
        return section == First ? QVariant(tr("Time to the first visible token (TTFT)")) : QVariant();
    if (role != Qt::DisplayRole)
        return QVariant();
    switch (section) {
    case Time:
        return tr("Time");
    case App:
        return tr("App");
    case Asked:
        return tr("Asked for");
    case Served:
        return tr("Served by");
    case Status:
        return tr("Outcome");
    case First:
        return tr("First token");
    case Total:
        return tr("Total");
    case Input:
        return tr("Read");
    case Output:
        return tr("Written");
    case Cost:
        return tr("Cost");
    case Attempts:
        return tr("Tries");
    default:
        return QVariant();
    }
}

} // namespace fairlead::ui

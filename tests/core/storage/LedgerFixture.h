// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Ledger.h"
#include "support/Await.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>

#include <memory>

namespace fairlead::test {

/// A ledger in a folder of its own, and its answers as values.
class LedgerFixture
{
public:
    explicit LedgerFixture(storage::LedgerLimits limits = {})
        : m_limits(limits)
    {
        reopen();
    }

    void reopen()
    {
        m_ledger.reset();
        auto opened = storage::Ledger::open(m_folder.path(), m_limits);
        if (!opened)
            qFatal("%s", opened.error().message().constData());
        m_ledger = std::move(*opened);
    }
    void close() { m_ledger.reset(); }
    [[nodiscard]] storage::Ledger &ledger() { return *m_ledger; }
    [[nodiscard]] QString folder() const { return m_folder.path(); }
    [[nodiscard]] QString file() const { return m_folder.filePath(QStringLiteral("ledger.sqlite")); }

    void flush()
    {
        bool done = false;
        m_ledger->flush(&m_context, [&] { done = true; });
        require(waitUntil([&] { return done; }), "flush() did not end");
    }
    [[nodiscard]] std::vector<storage::SummaryRow> summary(const storage::SummaryQuery &query)
    {
        return ask<std::vector<storage::SummaryRow>>(
            [&](auto done) { m_ledger->summary(query, &m_context, done); });
    }
    [[nodiscard]] std::vector<storage::LedgerRecord> log(const storage::LogQuery &query = {})
    {
        return ask<std::vector<storage::LedgerRecord>>(
            [&](auto done) { m_ledger->log(query, &m_context, done); });
    }
    [[nodiscard]] std::optional<storage::LedgerRecord> find(const QByteArray &id)
    {
        return ask<std::optional<storage::LedgerRecord>>(
            [&](auto done) { m_ledger->find(id, &m_context, done); });
    }
    [[nodiscard]] Result<void> saveApp(const storage::AppRecord &app)
    {
        return answer<void>([&](auto done) { m_ledger->saveApp(app, &m_context, done); });
    }
    [[nodiscard]] Result<void> removeApp(const QByteArray &name)
    {
        return answer<void>([&](auto done) { m_ledger->removeApp(name, &m_context, done); });
    }
    [[nodiscard]] Result<void> saveControl(const storage::ControlRecord &control)
    {
        return answer<void>([&](auto done) { m_ledger->saveControl(control, &m_context, done); });
    }
    [[nodiscard]] Result<void> removeControl(storage::ControlRecord::Kind kind, const QByteArray &app)
    {
        return answer<void>([&](auto done) { m_ledger->removeControl(kind, app, &m_context, done); });
    }
    [[nodiscard]] Result<void> refreshApps()
    {
        return answer<void>([&](auto done) { m_ledger->refreshApps(&m_context, done); });
    }

private:
    static void require(bool holds, const char *what)
    {
        if (!holds)
            qFatal("%s", what);
    }
    template<typename T>
    Result<T> answer(const std::function<void(storage::Ledger::Callback<T>)> &question)
    {
        std::optional<Result<T>> result;
        question([&](Result<T> value) { result.emplace(std::move(value)); });
        require(waitUntil([&] { return result.has_value(); }), "the ledger did not answer");
        return std::move(*result);
    }
    template<typename T>
    T ask(const std::function<void(storage::Ledger::Callback<T>)> &question)
    {
        Result<T> result = answer<T>(question);
        if (!result)
            qFatal("%s", result.error().message().constData());
        return std::move(*result);
    }

    QTemporaryDir m_folder;
    storage::LedgerLimits m_limits;
    QObject m_context;
    std::unique_ptr<storage::Ledger> m_ledger;
};

/// The smallest request worth a row.
inline storage::LedgerRecord ledgerRecord(const QByteArray &id, qint64 startedMs)
{
    storage::LedgerRecord record;
    record.id = id;
    record.startedMs = startedMs;
    record.origin = "proxy";
    record.app = "editor";
    record.modelAsked = "smart";
    record.provider = "lab";
    record.model = "m";
    record.httpStatus = 200;
    record.usage.set(chat::TokenKind::Input, 10);
    record.usage.set(chat::TokenKind::Output, 5);
    record.cost = NanoUsd(1'000);
    record.total = metering::Micros(1'000);
    return record;
}

} // namespace fairlead::test

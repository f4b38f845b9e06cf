// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "storage/Columns.h"
#include "storage/Statement.h"

#include <QByteArrayView>
#include <QString>

#include <array>

/// How a request stands in the tables. What differs from one request to the next is in `requests`. The texts
/// that repeat (who asked, for what, who served, at which price) are one row of `labels`, which many requests
/// share. The last attempt is part of both, for most requests have no other; the ones before it are in
/// `attempts`.
namespace fairlead::storage {

inline constexpr std::size_t kLabels = 18;
using Labels = std::array<QByteArrayView, kLabels>;

/// The columns of `labels` after label_set, in the order of Labels.
[[nodiscard]] QString labelColumns();
/// Views into the record.
[[nodiscard]] Labels labelsOf(const metering::LedgerRecord &record);

[[nodiscard]] QString insertRequestSql();
/// `candidates` is candidatesText() of the record; like all texts it must live until the statement has run.
void bindRequest(
    Statement &statement, const metering::LedgerRecord &record, const QByteArray &candidates,
    qint64 labelSet);

[[nodiscard]] QString insertAttemptSql();
void bindAttempt(Statement &statement, qint64 request, qint64 number, const metering::AttemptRecord &attempt);

struct StoredRequest {
    qint64 seq = 0;
    qint64 attempts = 0;
    metering::LedgerRecord record; ///< of the attempts only the last
};
/// SELECT ... FROM both tables, without a condition; readRequest() reads its rows.
[[nodiscard]] QString selectRequestsSql();
[[nodiscard]] StoredRequest readRequest(const QSqlQuery &query);

/// The attempts of one request before its last, in order.
[[nodiscard]] QString selectAttemptsSql();
[[nodiscard]] metering::AttemptRecord readAttempt(const QSqlQuery &query);

} // namespace fairlead::storage

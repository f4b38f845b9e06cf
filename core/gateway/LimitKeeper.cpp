// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LimitKeeper.h"

#include "base/Logging.h"

namespace fairlead::gateway {

namespace {

using routing::Gate;
using routing::LimitNotice;
using routing::Scope;
using storage::ControlRecord;

qint64 nowMs()
{
    return toUnixMs(SystemClock().wall());
}

storage::GroupBy groupOf(Scope::Kind kind)
{
    switch (kind) {
    case Scope::Kind::All:
        return storage::GroupBy::None;
    case Scope::Kind::App:
        return storage::GroupBy::App;
    case Scope::Kind::Model:
        return storage::GroupBy::Model;
    case Scope::Kind::Provider:
        return storage::GroupBy::Provider;
    }
    Q_UNREACHABLE();
}

QByteArray kindName(LimitNotice::Kind kind)
{
    switch (kind) {
    case LimitNotice::Kind::Requests:
        return QByteArrayLiteral("requests");
    case LimitNotice::Kind::Tokens:
        return QByteArrayLiteral("tokens");
    case LimitNotice::Kind::Concurrent:
        return QByteArrayLiteral("concurrent");
    case LimitNotice::Kind::Money:
        return QByteArrayLiteral("money");
    case LimitNotice::Kind::Runaway:
        return QByteArrayLiteral("runaway");
    }
    Q_UNREACHABLE();
}

} // namespace

routing::GateRules LimitKeeper::rules(const config::Config &config) const
{
    routing::GateRules rules = routing::rulesOf(config);
    const qint64 now = nowMs();
    for (const ControlRecord &control : m_ledger.controls()) {
        if (control.kind == ControlRecord::Kind::Pause) {
            rules.pauses.push_back(routing::Pause{control.app, control.reason});
        } else if (control.untilMs > now) {
            routing::Raise raise;
            raise.app = control.app;
            raise.amount = control.amount;
            raise.untilMs = control.untilMs;
            rules.raises.push_back(std::move(raise));
        }
    }
    return rules;
}

std::vector<PauseInfo> LimitKeeper::pauses() const
{
    std::vector<PauseInfo> list;
    for (const ControlRecord &control : m_ledger.controls()) {
        if (control.kind == ControlRecord::Kind::Pause)
            list.push_back(PauseInfo{control.app, control.reason, control.setMs});
    }
    return list;
}

void LimitKeeper::pause(const QByteArray &app, const QByteArray &reason, QObject *context, Done done)
{
    ControlRecord control;
    control.app = app;
    control.reason = reason;
    control.setMs = nowMs();
    m_ledger.saveControl(control, context, std::move(done));
}

void LimitKeeper::resume(const QByteArray &app, QObject *context, Done done)
{
    m_ledger.removeControl(ControlRecord::Kind::Pause, app, context, std::move(done));
}

void LimitKeeper::raise(
    const QByteArray &app, NanoUsd amount, std::chrono::seconds during, QObject *context, Done done)
{
    ControlRecord control;
    control.kind = ControlRecord::Kind::Raise;
    control.app = app;
    control.amount = amount;
    control.setMs = nowMs();
    control.untilMs = control.setMs + qint64(during.count()) * 1000;
    m_ledger.saveControl(control, context, std::move(done));
}

void LimitKeeper::fill(const std::vector<Gate::Gap> &gaps, QObject *context, const Filled &filled)
{
    if (gaps.empty())
        return;
    m_ledger.flush(context, [] {}); // answered in the order of asking
    for (const Gate::Gap &gap : gaps) {
        storage::SummaryQuery query;
        query.range.fromMs = gap.span.startMs;
        query.range.toMs = gap.span.endMs;
        query.groupBy = groupOf(gap.scope.kind);
        m_ledger.summary(query, context, [gap, filled](const Result<std::vector<storage::SummaryRow>> &rows) {
            QHash<QByteArray, NanoUsd> spent;
            if (rows) {
                for (const storage::SummaryRow &row : *rows)
                    spent.insert(row.key, row.cost);
            } else {
                qCWarning(lcGateway).noquote()
                    << "A budget counts from nothing, as the ledger cannot be read:"
                    << rows.error().message();
            }
            filled(gap, spent);
        });
    }
}

BudgetInfo infoOf(const routing::BudgetState &state)
{
    BudgetInfo info;
    info.scope = routing::scopeName(state.scope.kind);
    info.name = state.scope.name;
    info.per = routing::periodName(state.period);
    info.usd = state.most;
    info.raised = state.raised;
    info.spent = state.spent;
    info.reserved = state.reserved;
    info.hard = state.hard;
    info.resetsMs = state.resetsMs;
    return info;
}

LimitEvent eventOf(const LimitNotice &notice)
{
    LimitEvent event;
    event.scope = routing::scopeName(notice.scope.kind);
    event.name = notice.scope.name;
    event.kind = kindName(notice.kind);
    event.refused = notice.refused;
    event.words = QString::fromUtf8(notice.words);
    event.atMs = nowMs();
    return event;
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Cell.h"

#include "core/matrix/Readers.h"
#include "core/matrix/Rig.h"

namespace fairlead::test::matrix {

namespace {

/// What the provider will do.
FakeAnswer scripted(const Dialect &dialect, const Scenario &scenario)
{
    if (scenario.end == Scenario::End::Refused) {
        FakeAnswer answer = FakeAnswer::json(dialect.answer(scenario), 429);
        answer.header("retry-after", "60"); // longer than we would wait ourselves
        return answer;
    }
    if (!scenario.streamed)
        return FakeAnswer::json(dialect.answer(scenario));
    std::vector<QByteArray> pieces = dialect.stream(scenario);
    if (scenario.end != Scenario::End::Whole)
        pieces.resize(pieces.size() / 2);
    FakeAnswer answer(200);
    answer.header("content-type", dialect.streamType());
    for (const QByteArray &piece : pieces)
        answer.chunk(piece);
    if (scenario.end == Scenario::End::CutOff)
        answer.cut();
    else if (scenario.end == Scenario::End::Left)
        answer.hang();
    return answer;
}

Lines readCaller(const QByteArray &inbound, const http::Request &request, QByteArray &error)
{
    const auto call = wire::InboundCall::parse(request.path, request.query, request.headers, request.body);
    const auto asked = call ? wire::findWire(inbound)->inbound->decodeRequest(*call)
                            : Result<chat::ChatRequest>(fail(call.error()));
    if (asked)
        return meaningOf(*asked);
    error = "the caller's request: " + asked.error().message();
    return {};
}

/// What a provider of this dialect says in this scenario.
Lines readProvider(const QByteArray &upstream, const Scenario &scenario)
{
    const Dialect &dialect = Dialect::of(upstream);
    http::Response response;
    if (scenario.streamed) {
        for (const QByteArray &piece : dialect.stream(scenario))
            response.body += piece;
    } else {
        response.body = dialect.answer(scenario);
    }
    return meaningOf(readAnswer(upstream, response, scenario.streamed));
}

} // namespace

Cell::Cell(QByteArray inbound, QByteArray upstream, const Scenario &scenario)
    : m_inbound(std::move(inbound))
    , m_upstream(std::move(upstream))
    , m_scenario(scenario)
{ }

bool Cell::exists() const
{
    return Dialect::of(m_inbound).canAsk(m_scenario) && Dialect::of(m_upstream).canAnswer(m_scenario);
}

QByteArray Cell::name() const
{
    return m_inbound + '/' + m_upstream + '/' + m_scenario.name;
}

Outcome Cell::run() const
{
    Outcome outcome;
    const Dialect &there = Dialect::of(m_upstream);
    http::Request request = Dialect::of(m_inbound).request(m_scenario, "there/" + there.model());
    outcome.asked = readCaller(m_inbound, request, outcome.error);
    if (m_scenario.end == Scenario::End::Whole)
        outcome.said = readProvider(m_upstream, m_scenario);

    Rig rig(m_upstream);
    rig.transport.expect(scripted(there, m_scenario));
    const auto exchange = rig.serve(m_inbound, std::move(request));
    if (m_scenario.end == Scenario::End::Left) {
        // Some have half an answer by now, some only its beginning; all have the provider waiting.
        waitUntil([&] { return exchange->begun; });
        exchange->leave();
    }
    outcome.isOver = waitUntil([&] { return !rig.rows().empty() && (exchange->done || exchange->isGone()); })
                     && rig.transport.open() == 0;
    if (!outcome.isOver)
        return outcome;
    outcome.row = rig.rows().front();
    outcome.status = exchange->answer.status;
    outcome.wasCut = exchange->wasCut;
    outcome.lossesHeader = exchange->header("x-fairlead-losses");
    outcome.passedThrough = wire::findWire(m_inbound)->passesThroughTo(m_upstream);
    if (!rig.transport.requests().empty()) {
        const auto sent = readRequest(m_upstream, rig.transport.requests().front());
        if (sent)
            outcome.sent = meaningOf(*sent);
        else
            outcome.error = "the provider's request: " + sent.error().message();
    }
    if (outcome.status != 200)
        outcome.failure = readError(m_inbound, exchange->answer);
    else if (m_scenario.end != Scenario::End::Left)
        outcome.told = meaningOf(readAnswer(m_inbound, exchange->answer, m_scenario.streamed));
    return outcome;
}

std::vector<Cell> cells()
{
    std::vector<Cell> all;
    for (const Scenario &scenario : scenarios()) {
        for (const QByteArray &inbound : inboundDialects()) {
            for (const QByteArray &upstream : upstreamDialects()) {
                Cell cell(inbound, upstream, scenario);
                if (cell.exists())
                    all.push_back(std::move(cell));
            }
        }
    }
    return all;
}

} // namespace fairlead::test::matrix

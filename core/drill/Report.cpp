// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill/Report.h"

#include "json/Writer.h"

namespace fairlead::drill {

Line lineOf(const Finding &finding)
{
    const Scenario &scenario = *finding.scenario;
    const Evidence &evidence = finding.evidence;
    Line line;
    line.id = scenario.id;
    line.title = scenario.title;
    line.grade = gradeName(finding.verdict.grade);
    line.reason = finding.verdict.reason;
    line.primaryTries = static_cast<int>(evidence.askedFor(scenario.primary).size());
    line.fallbackTries = static_cast<int>(evidence.askedFor(scenario.fallback).size());
    for (const metering::LedgerRecord &row : evidence.ledger) {
        if (!row.rescue.isEmpty())
            line.rescue = row.rescue;
    }
    if (!evidence.calls.empty()) {
        line.took = evidence.calls.back().took;
        line.firstText = evidence.calls.back().reading.firstText;
    }
    return line;
}

QByteArray markdownOf(const std::vector<Line> &lines)
{
    QByteArray text = "| fault | | result | tries there, elsewhere | mended by |\n|---|---|---|---|---|\n";
    for (const Line &line : lines) {
        text += "| " + line.id + " | " + line.title + " | " + line.grade + " | "
                + QByteArray::number(line.primaryTries) + ", " + QByteArray::number(line.fallbackTries)
                + " | " + line.rescue + " |\n";
    }
    return text;
}

QByteArray jsonOf(const std::vector<Line> &lines)
{
    json::Writer writer;
    writer.beginArray();
    for (const Line &line : lines) {
        writer.beginObject().member("id", line.id).member("title", line.title).member("grade", line.grade);
        writer.member("reason", line.reason).memberInteger("tries_primary", line.primaryTries);
        writer.memberInteger("tries_fallback", line.fallbackTries).member("rescue", line.rescue);
        writer.memberInteger("took_ms", line.took.count());
        if (line.firstText)
            writer.memberInteger("first_text_ms", line.firstText->count());
        else
            writer.memberNull("first_text_ms");
        writer.endObject();
    }
    return writer.endArray().take();
}

} // namespace fairlead::drill

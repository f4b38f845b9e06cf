// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/UnixSignals.h"
#include "app/ctl/Output.h"
#include "app/ctl/Prompt.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"
#include "compare/Comparison.h"

namespace fairlead::app {

using compare::Column;
using compare::Comparison;

namespace {

QByteArray stateName(Column::State state)
{
    switch (state) {
    case Column::State::Done:
        return "ok";
    case Column::State::Failed:
        return "failed";
    case Column::State::Stopped:
        return "cancelled";
    case Column::State::Idle:
    case Column::State::Waiting:
    case Column::State::Thinking:
    case Column::State::Streaming:
        break;
    }
    return "running";
}

void writeColumn(json::Writer &writer, const Column &column)
{
    const Column::Figures &figures = column.figures();
    writer.beginObject().member("model", column.modelName()).member("status", stateName(column.state()));
    writer.member("text", column.text()).member("reasoning", column.reasoningText());
    writer.member("error", column.errorText().toUtf8());
    writer.member("request_id", figures.requestId).member("provider", figures.provider);
    writer.member("served_model", figures.model).member("finish_reason", figures.finishReason);
    memberMs(writer, "first_text_ms", figures.firstText);
    memberMs(writer, "total_ms", figures.total);
    memberNumber(writer, "tokens_per_second", figures.tokensPerSecond);
    memberCount(writer, "input_tokens", figures.inputTokens);
    memberCount(writer, "output_tokens", figures.outputTokens);
    memberCount(writer, "reasoning_tokens", figures.reasoningTokens);
    writer.memberBoolean("estimated", figures.estimated);
    memberMoney(writer, "cost_usd", figures.cost);
    writer.endObject();
}

void printText(const Comparison &comparison)
{
    Table table({
        {"MODEL"},
        {"FIRST TOKEN", Table::Align::Right},
        {"TOTAL", Table::Align::Right},
        {"SPEED", Table::Align::Right},
        {"IN", Table::Align::Right},
        {"OUT", Table::Align::Right},
        {"COST", Table::Align::Right},
    });
    for (int i = 0; i < comparison.columnCount(); ++i) {
        const Column &column = *comparison.column(i);
        const bool isFailed = column.state() == Column::State::Failed;
        const QByteArray said
            = isFailed ? column.text() + "\n[" + column.errorText().toUtf8() + ']' : column.text();
        terminal::out("== " + column.modelName() + " ==\n\n" + terminal::harmless(said.trimmed()) + "\n\n");
        const Column::Figures &figures = column.figures();
        table.add({
            column.modelName(),
            text::duration(figures.firstText),
            text::duration(figures.total),
            text::tokenRate(figures.tokensPerSecond),
            text::count(figures.inputTokens),
            text::count(figures.outputTokens),
            text::money(figures.cost),
        });
    }
    terminal::out(table.text());
}

ExitCode outcome(const Comparison &comparison)
{
    bool stopped = false;
    for (int i = 0; i < comparison.columnCount(); ++i)
        stopped = stopped || comparison.column(i)->state() == Column::State::Stopped;
    if (stopped)
        return kInterrupted;
    return comparison.failedCount() > 0 ? kFailure : kSuccess;
}

} // namespace

QList<QCommandLineOption> compareOptions()
{
    return {
        {{QStringLiteral("m"), QStringLiteral("model")},
         QStringLiteral("A model to ask; give two to six."),
         QStringLiteral("MODEL")},
        {{QStringLiteral("s"), QStringLiteral("system")},
         QStringLiteral("System prompt."),
         QStringLiteral("TEXT")},
    };
}

ExitCode compareModels(const Arguments &arguments)
{
    const QStringList models = arguments.values("model");
    if (models.size() < 2 || models.size() > Comparison::kMostColumns)
        return misused("Name two to six models: fairleadctl compare -m demo/fast -m demo/slow PROMPT");
    const auto prompt = readPrompt(arguments.positional());
    if (!prompt)
        return misused(prompt.error().message());
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());

    Comparison comparison(**gateway);
    for (const QString &model : models)
        comparison.addColumn(model.toUtf8());
    const UnixSignals signals_;
    QObject::connect(&signals_, &UnixSignals::endAsked, &comparison, &Comparison::stopAll);
    QEventLoop loop;
    QObject::connect(&comparison, &Comparison::runningChanged, &loop, [&] {
        if (!comparison.isRunning())
            loop.quit();
    });
    comparison.send(QString::fromUtf8(*prompt), arguments.value("system"));
    if (comparison.isRunning())
        loop.exec();

    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().key("answers").beginArray();
        for (int i = 0; i < comparison.columnCount(); ++i)
            writeColumn(writer, *comparison.column(i));
        writer.endArray().endObject();
        printJson(writer);
    } else {
        printText(comparison);
    }
    return outcome(comparison);
}

} // namespace fairlead::app

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/UnixSignals.h"
#include "app/ctl/Output.h"
#include "app/ctl/Prompt.h"
#include "app/ctl/Records.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"

namespace fairlead::app {

using gateway::Answer;
using metering::LedgerRecord;

namespace {

/// One answer, printed as it comes.
class Asking : public QObject
{
public:
    Asking(gateway::Gateway &gateway, const Arguments &arguments)
        : m_gateway(gateway)
        , m_json(arguments.wantsJson())
        , m_stream(!arguments.isSet("no-stream"))
        , m_harmless(terminal::isOutputTerminal())
    { }

    ExitCode run(chat::ChatRequest request)
    {
        request.stream = m_stream;
        m_answer = m_gateway.ask(std::move(request), "cli");
        connect(m_answer.get(), &Answer::events, this, &Asking::take);
        connect(m_answer.get(), &Answer::finished, this, [this](const LedgerRecord &record) {
            m_record = record;
            m_loop.quit();
        });
        connect(&m_signals, &UnixSignals::endAsked, m_answer.get(), &Answer::cancel);
        if (!m_record)
            m_loop.exec();
        return report();
    }

private:
    void take(const QList<chat::ChatEvent> &batch)
    {
        QByteArray fresh;
        for (const chat::ChatEvent &event : batch) {
            if (const auto *delta = std::get_if<chat::TextDelta>(&event); delta && delta->choice == 0)
                fresh += delta->text;
            else if (const auto *refusal = std::get_if<chat::RefusalDelta>(&event);
                     refusal && refusal->choice == 0)
                fresh += refusal->text;
        }
        m_text += fresh;
        if (!m_json && m_stream && !fresh.isEmpty())
            terminal::out(m_harmless ? terminal::harmless(fresh) : fresh);
    }

    ExitCode report()
    {
        if (m_json) {
            json::Writer writer;
            writer.beginObject().member("text", m_text).key("request");
            writeRecord(writer, *m_record);
            writer.endObject();
            printJson(writer);
        } else {
            if (!m_stream)
                terminal::out(m_harmless ? terminal::harmless(m_text) : m_text);
            if (!m_text.isEmpty() && !m_text.endsWith('\n'))
                terminal::out("\n");
            if (!m_record->provider.isEmpty())
                terminal::err(figuresLine(*m_record) + '\n');
        }
        switch (m_record->status) {
        case LedgerRecord::Status::Ok:
            return kSuccess;
        case LedgerRecord::Status::Cancelled:
            return kInterrupted;
        case LedgerRecord::Status::Failed:
        case LedgerRecord::Status::Incomplete:
            break;
        }
        terminal::complain(
            m_record->message.isEmpty() ? QByteArray("the answer ended early")
                                        : terminal::harmless(m_record->message));
        return kFailure;
    }

    gateway::Gateway &m_gateway;
    UnixSignals m_signals;
    QEventLoop m_loop;
    std::unique_ptr<Answer> m_answer;
    std::optional<LedgerRecord> m_record;
    QByteArray m_text;
    bool m_json;
    bool m_stream;
    bool m_harmless;
};

} // namespace

QList<QCommandLineOption> askOptions()
{
    return {
        {{QStringLiteral("m"), QStringLiteral("model")},
         QStringLiteral("Model: a route, or PROVIDER/MODEL (default: the first route)."),
         QStringLiteral("MODEL")},
        {{QStringLiteral("s"), QStringLiteral("system")},
         QStringLiteral("System prompt."),
         QStringLiteral("TEXT")},
        {QStringLiteral("no-stream"), QStringLiteral("Wait for the whole answer.")},
    };
}

ExitCode ask(const Arguments &arguments)
{
    const auto prompt = readPrompt(arguments.positional());
    if (!prompt)
        return misused(prompt.error().message());
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    QByteArray model = arguments.value("model").toUtf8();
    if (model.isEmpty()) {
        const auto standard = defaultModel(**gateway);
        if (!standard)
            return misused(standard.error().message());
        model = *standard;
    }
    return Asking(**gateway, arguments).run(makeRequest(model, arguments.value("system").toUtf8(), *prompt));
}

} // namespace fairlead::app

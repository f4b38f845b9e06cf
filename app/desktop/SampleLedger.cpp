// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/SampleLedger.h"

#include "base/Ids.h"
#include "gateway/LocalGateway.h"
#include "metering/PriceBook.h"

#include <QEventLoop>
#include <QRandomGenerator>

#include <array>

namespace fairlead::app {

using chat::TokenKind;
using metering::AttemptRecord;
using metering::LedgerRecord;
using metering::Micros;
using metering::PriceBook;

namespace {

constexpr int kDays = 30;
constexpr quint32 kSeed = 5323;

/// A model and how it is used: typical figures, around which the samples scatter.
struct Habit {
    const char *provider;
    const char *model;
    const char *app;
    int perWorkday;
    int inputTokens;
    int cachedPercent;
    int outputTokens;
    int reasoningTokens;
    int firstTextMs;
    int tokensPerSecond;
};

constexpr std::array kHabits{
    Habit{"openai", "gpt-5.6-sol", "my-editor", 22, 9'000, 70, 620, 380, 1'450, 74},
    Habit{"anthropic", "claude-sonnet-5-5", "coding-agent", 34, 26'000, 85, 900, 0, 1'120, 68},
    Habit{"google", "gemini-3.8-flash", "chat-ui", 18, 1'800, 0, 410, 0, 520, 190},
    Habit{"mistral", "mistral-large-latest", "chat-ui", 7, 1'300, 0, 380, 0, 610, 88},
    Habit{"deepseek", "deepseek-v4-flash", "nightly-batch", 12, 3'200, 40, 700, 0, 840, 61},
};

class Sampler
{
public:
    explicit Sampler(const QDateTime &until)
        : m_until(until)
        , m_random(kSeed)
    { }

    void fill(storage::Ledger &ledger)
    {
        for (int day = kDays - 1; day >= 0; --day) {
            const QDate date = m_until.date().addDays(-day);
            const bool weekend = date.dayOfWeek() > Qt::Friday;
            for (const Habit &habit : kHabits) {
                const int requests = around(weekend ? habit.perWorkday / 5 + 1 : habit.perWorkday);
                for (int i = 0; i < requests; ++i)
                    add(ledger, habit, date);
            }
        }
    }

private:
    /// Between half and one and a half.
    int around(int typical) { return typical / 2 + m_random.bounded(typical + 1); }

    void add(storage::Ledger &ledger, const Habit &habit, const QDate &date)
    {
        constexpr int kMorning = 8;
        constexpr int kHoursOfWork = 11;
        const QTime time(
            kMorning + m_random.bounded(kHoursOfWork), m_random.bounded(60), m_random.bounded(60));
        const QDateTime started(date, time);
        if (started < m_until)
            ledger.append(record(habit, started));
    }

    LedgerRecord record(const Habit &habit, const QDateTime &started)
    {
        LedgerRecord record;
        record.startedMs = started.toMSecsSinceEpoch() + m_random.bounded(1000);
        record.id = newRequestId(record.startedMs);
        record.origin = "proxy";
        record.app = habit.app;
        record.dialect = "openai-chat";
        record.provider = habit.provider;
        record.model = habit.model;
        const bool byRoute = record.app == "coding-agent";
        record.modelAsked = byRoute ? QByteArray("smart") : record.provider + '/' + record.model;
        if (byRoute)
            record.route = record.modelAsked;
        record.streamed = true;
        record.queue = Micros(40 + m_random.bounded(60));
        constexpr int kOneInFails = 60;
        if (m_random.bounded(kOneInFails) == 0)
            failRecord(record);
        else
            serveRecord(record, habit);
        return record;
    }

    void failRecord(LedgerRecord &record)
    {
        record.status = LedgerRecord::Status::Failed;
        record.httpStatus = 429;
        record.failureClass = "rate_limit";
        record.message = "Rate limit reached: too many tokens per minute.";
        record.total = std::chrono::milliseconds(around(420));
        AttemptRecord attempt = attemptOf(record);
        attempt.failureClass = record.failureClass;
        attempt.message = record.message;
        record.attempts.push_back(std::move(attempt));
        record.provider.clear();
        record.model.clear();
    }

    void serveRecord(LedgerRecord &record, const Habit &habit)
    {
        record.httpStatus = 200;
        record.finishReason = "stop";
        const int input = around(habit.inputTokens);
        const int cached = input * habit.cachedPercent / 100;
        const int output = around(habit.outputTokens);
        const int reasoning = habit.reasoningTokens == 0 ? 0 : around(habit.reasoningTokens);
        record.usage.set(TokenKind::Input, input - cached);
        record.usage.set(TokenKind::CacheRead, cached);
        record.usage.set(TokenKind::Output, output);
        record.usage.set(TokenKind::Reasoning, reasoning);
        record.firstText = std::chrono::milliseconds(around(habit.firstTextMs));
        record.firstByte = *record.firstText - std::chrono::milliseconds(20);
        record.total = *record.firstText + std::chrono::milliseconds(1000 * output / habit.tokensPerSecond);
        const WallTime when{std::chrono::milliseconds(record.startedMs)};
        const auto row = m_prices->find(record.provider, record.model, when, input);
        const metering::Cost cost = PriceBook::cost(record.usage, row);
        record.cost = cost.total;
        record.priceRow = cost.priceRow;
        record.priceSource = cost.source;
        record.attempts.push_back(attemptOf(record));
    }

    static AttemptRecord attemptOf(const LedgerRecord &record)
    {
        AttemptRecord attempt;
        attempt.provider = record.provider;
        attempt.model = record.model;
        attempt.keyName = record.provider;
        attempt.startedAfter = record.queue;
        attempt.firstByte = record.firstByte;
        attempt.total = record.total;
        attempt.httpStatus = record.httpStatus;
        return attempt;
    }

    QDateTime m_until;
    QRandomGenerator m_random;
    std::shared_ptr<const PriceBook> m_prices = PriceBook::builtIn();
};

} // namespace

void fillWithSamples(storage::Ledger &ledger, const QDateTime &until)
{
    Sampler(until).fill(ledger);
    QEventLoop loop;
    ledger.flush(&loop, [&] { loop.quit(); });
    loop.exec();
}

namespace {

/// One of everything a route can say.
std::vector<config::RouteConfig> sampleRoutes()
{
    config::RouteConfig smart;
    smart.model = "smart";
    smart.sticky = true;
    smart.targets
        = {"anthropic/claude-sonnet-5-5", "openai/gpt-5.6-sol", "thrifty", "google/gemini-3.8-flash",
           "mistral/mistral-large-latest"};
    config::Condition small;
    small.mostTokens = 20'000;
    smart.targets[2].when = small;
    smart.targets[3].sharePermille = 50;
    smart.targets[4].shadow = true;
    smart.targets[4].sharePermille = 10;
    config::RouteConfig thrifty;
    thrifty.model = "thrifty";
    thrifty.strategy = "cheapest";
    thrifty.targets
        = {"deepseek/deepseek-v4-flash", "google/gemini-3.8-flash", "mistral/mistral-large-latest"};
    config::RouteConfig any;
    any.model = "claude-*";
    any.targets = {"anthropic/claude-sonnet-5-5", "smart"};
    return {smart, thrifty, any};
}

} // namespace

Result<> writeSampleConfig(const QString &path)
{
    constexpr char kVariable[] = "FAIRLEAD_SAMPLE_KEY";
    qputenv(kVariable, "sample-key-of-nobody-4f2a");
    config::Config config;
    for (const char *id : {"openai", "anthropic", "google", "deepseek", "mistral"}) {
        config::KeyEntry key;
        key.source = config::KeyEntry::Source::Environment;
        key.name = QString::fromLatin1(kVariable);
        config::ProviderConfig provider;
        provider.id = id;
        provider.keys.push_back(std::move(key));
        config.providers.push_back(std::move(provider));
    }
    config.routes = sampleRoutes();
    return config::saveConfig(path, config);
}

void addSampleApps(gateway::LocalGateway &gateway)
{
    for (const char *name : {"my-editor", "coding-agent", "chat-ui", "nightly-batch"}) {
        QEventLoop loop;
        gateway.addApp(name, &loop, [&loop](const Result<gateway::NewApp> &) { loop.quit(); });
        loop.exec();
    }
}

void askSamples(gateway::LocalGateway &gateway)
{
    for (const char *model : {"demo/fast", "demo/thinker", "demo/down"}) {
        chat::TextPart text;
        text.text = "What is a fairlead?";
        chat::Message message;
        message.parts.emplace_back(std::move(text));
        chat::ChatRequest request;
        request.model = model;
        request.stream = true;
        request.messages.push_back(std::move(message));
        QEventLoop loop;
        const auto answer = gateway.ask(std::move(request), "compare");
        QObject::connect(answer.get(), &gateway::Answer::finished, &loop, &QEventLoop::quit);
        loop.exec();
    }
}

} // namespace fairlead::app

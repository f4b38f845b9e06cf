// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/FakeGateway.h"

#include <QDateTime>

#include <array>

namespace fairlead::test {

using gateway::ModelInfo;
using gateway::ProviderInfo;
using metering::LedgerRecord;
using namespace std::chrono_literals;

namespace {

constexpr const char *kFast
    = R"(A monad is a **kitchen station with house rules**. You hand in an ingredient, the station does one step, and whatever comes out is wrapped the same way, so the next station can take it.

## Three rules, in kitchen words

1. *Wrap*: put a plain ingredient on a tray (`return`).
2. *Chain*: a recipe step takes an ingredient and gives back a tray (`bind`).
3. *No surprises*: grouping steps differently gives the same dish.

```haskell
soup = do
  onion  <- peel "onion"
  pieces <- chop onion
  simmer pieces
```

If a step fails, for example the onion is rotten, the rest is skipped and the tray says why. You never check by hand.
)";

constexpr const char *kSlow
    = R"(Think of *mise en place*. Every bowl on the counter holds something, and every bowl has a lid that says what may go wrong.

> A recipe is a chain of bowls, never of loose ingredients.

| Kitchen | Program |
|---|---|
| bowl with a lid | value in a monad |
| pour into the next step | `bind` |
| put in a bowl | `return` |

### Tomato sauce

- Warm the oil, **gently**
- Add garlic
  - until it smells, not until it browns
- Add tomatoes, then wait

Each step gives a bowl to the next, and a burnt bowl ends the recipe. See [the three laws](https://wiki.haskell.org/Monad_laws).
)";

constexpr const char *kThinker = R"(In a kitchen a monad is the **waiter's tray**.

- A tray can hold one dish, several, or none.
- Cooks only ever pass trays.
- The rule for passing is always the same, so cooks can be swapped.

**Recipe: omelette**

1. `crack(egg)` gives a tray: an egg, or "bad egg".
2. `whisk` takes the egg from the tray and returns a new one.
3. `fry` does the same.

Nobody writes "if the egg is bad": the tray knows.
)";

constexpr const char *kThinking = "The reader cooks, so no category theory. One picture, kept to the end: "
                                  "containers with a rule for passing on. "
                                  "Trays work better than bowls, because an empty tray is natural. Recipe: "
                                  "something with three steps, one of which can "
                                  "fail. Omelette.";

LedgerRecord
figures(std::chrono::milliseconds first, std::chrono::milliseconds total, std::int64_t in, std::int64_t out)
{
    LedgerRecord record;
    record.firstByte = first - 10ms;
    record.firstText = first;
    record.total = total;
    record.usage.set(chat::TokenKind::Input, in);
    record.usage.set(chat::TokenKind::Output, out);
    record.finishReason = QByteArrayLiteral("stop");
    record.streamed = true;
    record.provider = QByteArrayLiteral("demo");
    record.cost = NanoUsd(0);
    return record;
}

UnitPrice price(const char *dollars)
{
    return UnitPrice::fromDecimal(dollars).value_or(UnitPrice());
}

struct DemoModel {
    const char *provider;
    const char *model;
    const char *inputPrice;
    const char *outputPrice;
    bool ready;
};

constexpr std::array<DemoModel, 9> kModels{
    {{"demo", "fast", "0", "0", true},
     {"demo", "slow", "0", "0", true},
     {"demo", "thinker", "0", "0", true},
     {"openai", "gpt-5.6-sol", "5", "30", true},
     {"openai", "gpt-5.6-luna", "0.25", "2", true},
     {"anthropic", "claude-sonnet-5-5", "3", "15", true},
     {"gemini", "gemini-3.8-flash", "0.30", "2.50", true},
     {"mistral", "mistral-large-4", "2", "6", false},
     {"deepseek", "deepseek-v4", "0.27", "1.10", false}}};

struct DemoProvider {
    const char *id;
    const char *kind;
    const char *wire;
    const char *baseUrl;
    const char *keysPage;
};

constexpr std::array<DemoProvider, 6> kProviders{
    {{"demo", "demo", "openai-chat", "http://127.0.0.1:40123/v1", ""},
     {"openai", "vendor", "openai-chat", "https://api.openai.com/v1", "https://platform.openai.com/api-keys"},
     {"anthropic", "vendor", "anthropic", "https://api.anthropic.com",
      "https://console.anthropic.com/settings/keys"},
     {"gemini", "vendor", "gemini", "https://generativelanguage.googleapis.com",
      "https://aistudio.google.com/apikey"},
     {"mistral", "vendor", "openai-chat", "https://api.mistral.ai/v1",
      "https://console.mistral.ai/api-keys/"},
     {"deepseek", "vendor", "openai-chat", "https://api.deepseek.com",
      "https://platform.deepseek.com/api_keys"}}};

void describeProviders(FakeGateway &gateway)
{
    for (ProviderInfo &provider : gateway.providerList) {
        for (const DemoProvider &known : kProviders) {
            if (provider.id != known.id)
                continue;
            provider.kind = known.kind;
            provider.wire = known.wire;
            provider.baseUrl = QString::fromLatin1(known.baseUrl);
            provider.keysPage = QUrl(QString::fromLatin1(known.keysPage));
        }
    }
}

void addModels(FakeGateway &gateway)
{
    ModelInfo route;
    route.name = QByteArrayLiteral("smart");
    route.isRoute = true;
    route.ready = true;
    gateway.modelList.push_back(route);
    for (const DemoModel &model : kModels) {
        gateway.addModel(model.provider, model.model, model.ready);
        gateway.modelList.back().inputPrice = price(model.inputPrice);
        gateway.modelList.back().outputPrice = price(model.outputPrice);
    }
    const std::pair<const char *, const char *> names[]{
        {"openai", "OpenAI"},
        {"gemini", "Google Gemini"},
        {"mistral", "Mistral AI"},
        {"deepseek", "DeepSeek"},
        {"demo", "Demo"}};
    describeProviders(gateway);
    for (ProviderInfo &provider : gateway.providerList) {
        for (const auto &name : names) {
            if (provider.id == name.first)
                provider.name = QString::fromLatin1(name.second);
        }
        if (!provider.ready || !provider.needsKey)
            continue;
        secrets::KeyStatus key;
        key.provider = provider.id;
        key.ref.name = QString::fromUtf8(provider.id);
        key.state = secrets::KeyStatus::State::Loaded;
        key.hint = QStringLiteral("sk-…9f2c");
        provider.keys.push_back(key);
    }
}

void addScripts(FakeGateway &gateway)
{
    Script fast;
    fast.text = kFast;
    fast.figures = figures(180ms, 1900ms, 31, 212);
    Script slow;
    slow.text = kSlow;
    slow.figures = figures(720ms, 6400ms, 31, 238);
    Script thinker;
    thinker.reasoning = kThinking;
    thinker.text = kThinker;
    thinker.figures = figures(4100ms, 6900ms, 31, 164);
    thinker.figures.firstReasoning = 210ms;
    thinker.figures.usage.set(chat::TokenKind::Reasoning, 96);
    for (Script *script : {&fast, &slow, &thinker})
        script->pieces = 12;
    gateway.scripts.insert("demo/fast", fast);
    gateway.scripts.insert("demo/slow", slow);
    gateway.scripts.insert("demo/thinker", thinker);
}

void addApps(FakeGateway &gateway, qint64 now)
{
    const std::pair<const char *, qint64> rows[]{
        {"editor", now - 40'000}, {"agent", now - 7'200'000}, {"notebook", 0}};
    for (const auto &row : rows) {
        gateway::AppInfo app;
        app.name = row.first;
        app.tokenHint = QByteArrayLiteral("9f2c");
        app.createdMs = now - 20LL * 86'400'000;
        app.lastSeenMs = row.second;
        gateway.appList.push_back(app);
    }
    for (int i = 0; i < 3; ++i) {
        gateway::LiveExchange exchange;
        exchange.id = "req_live" + QByteArray::number(i);
        exchange.origin = QByteArrayLiteral("proxy");
        exchange.app = i == 2 ? QByteArrayLiteral("agent") : QByteArrayLiteral("editor");
        exchange.modelAsked
            = i == 0 ? QByteArrayLiteral("smart") : QByteArrayLiteral("anthropic/claude-sonnet-5-5");
        exchange.provider = i == 0 ? QByteArrayLiteral("openai") : QByteArrayLiteral("anthropic");
        exchange.model = i == 0 ? QByteArrayLiteral("gpt-5.6-sol") : QByteArrayLiteral("claude-sonnet-5-5");
        exchange.phase
            = i == 1 ? gateway::LiveExchange::Phase::Waiting : gateway::LiveExchange::Phase::Streaming;
        exchange.startedMs = now - 1'500 * (i + 1);
        exchange.attempts = i == 0 ? 2 : 1;
        gateway.live.push_back(exchange);
    }
}

/// A month of requests, the same every time: no random numbers.
void addLedgerRows(FakeGateway &gateway, qint64 now)
{
    constexpr int kRows = 420;
    for (int i = 0; i < kRows; ++i) {
        const DemoModel &model = kModels[static_cast<std::size_t>(3 + (i * 7 + i / 5) % 4)];
        LedgerRecord record;
        record.id = "req_demo" + QByteArray::number(10'000 + i);
        record.startedMs
            = now - static_cast<qint64>(kRows - i) * (30LL * 86'400'000 / kRows) + (i * 7919) % 3'000'000;
        record.startedMs = std::min(record.startedMs, now - 1000);
        record.origin = i % 6 == 0 ? QByteArrayLiteral("compare") : QByteArrayLiteral("proxy");
        record.app = i % 6 == 0   ? QByteArray()
                     : i % 3 == 0 ? QByteArrayLiteral("agent")
                                  : QByteArrayLiteral("editor");
        record.dialect = QByteArrayLiteral("openai-chat");
        record.modelAsked
            = i % 5 == 0 ? QByteArrayLiteral("smart") : QByteArray(model.provider) + '/' + model.model;
        record.provider = model.provider;
        record.model = model.model;
        record.streamed = i % 4 != 0;
        record.httpStatus = 200;
        record.finishReason = QByteArrayLiteral("stop");
        record.firstByte = std::chrono::milliseconds(220 + (i * 37) % 900);
        record.firstText = *record.firstByte + 15ms;
        record.total = *record.firstText + std::chrono::milliseconds(900 + (i * 131) % 7000);
        const std::int64_t in = 400 + (i * 389) % 14'000;
        const std::int64_t out = 80 + (i * 211) % 1'900;
        record.usage.set(chat::TokenKind::Input, in);
        record.usage.set(chat::TokenKind::Output, out);
        CostSum cost;
        cost.add(in, price(model.inputPrice));
        cost.add(out, price(model.outputPrice));
        record.cost = cost.rounded();
        if (i % 41 == 7) {
            record.status = LedgerRecord::Status::Failed;
            record.httpStatus = 529;
            record.failureClass = QByteArrayLiteral("overloaded");
            record.message = QByteArrayLiteral("The provider is overloaded. Try again in a moment.");
            record.cost.reset();
            record.usage = chat::Usage();
            record.finishReason.clear();
            record.firstText.reset();
            record.provider.clear();
            record.model.clear();
        } else if (i % 97 == 5) {
            record.cost.reset(); // a price nobody knows
        }
        metering::AttemptRecord attempt;
        attempt.provider = model.provider;
        attempt.model = model.model;
        attempt.failureClass = record.failureClass;
        attempt.message = record.message;
        attempt.firstByte = record.firstByte;
        attempt.total = record.total;
        attempt.httpStatus = record.httpStatus;
        record.attempts.push_back(attempt);
        gateway.ledger().append(record);
    }
}

} // namespace

void fillWithDemoContent(FakeGateway &gateway)
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    addModels(gateway);
    addScripts(gateway);
    addApps(gateway, now);
    addLedgerRows(gateway, now);
    gateway.store.name = QStringLiteral("GNOME Keyring");
    gateway.setServerState(gateway::ServerStatus::State::Running);
}

} // namespace fairlead::test

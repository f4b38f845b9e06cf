// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ResponsesHandler.h"

#include "gateway/Replies.h"
#include "gateway/ResponseWatch.h"
#include "wire/openai_responses/History.h"
#include "json/Writer.h"

#include <algorithm>

namespace fairlead::gateway {

namespace {

using chat::Failure;
using chat::FailureClass;
namespace dialects = wire::openai_responses;

/// In OpenAI's words; clients look for the code.
Failure previousNotFound(const QByteArray &id)
{
    Failure failure(FailureClass::CallerFault, 400, "Previous response with id '" + id + "' not found.");
    failure.code = "previous_response_not_found";
    failure.param = "previous_response_id";
    return failure;
}

Failure itemNotFound(const QByteArray &id)
{
    Failure failure(FailureClass::CallerFault, 404, "Item with id '" + id + "' not found.");
    failure.param = "input";
    return failure;
}

void join(QByteArray &items, const QByteArray &more)
{
    if (!items.isEmpty() && !more.isEmpty())
        items += ',';
    items += more;
}

/// Everything that was said up to the end of this turn, in order, but for what cannot be repeated.
QByteArray itemsUpTo(const ResponseStore::Turn *turn)
{
    std::vector<const ResponseStore::Turn *> turns;
    for (; turn; turn = turn->before())
        turns.push_back(turn);
    QByteArray items;
    for (auto it = turns.rbegin(); it != turns.rend(); ++it) {
        join(items, (*it)->input());
        join(items, dialects::repeatableItems((*it)->output()));
    }
    return items;
}

http::Response jsonResponse(QByteArray body)
{
    http::Response response;
    response.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

} // namespace

ResponsesHandler::ResponsesHandler(Services &services, ChatHandler &chat)
    : m_services(services)
    , m_chat(chat)
{ }

Task<> ResponsesHandler::serve(http::ExchangePtr exchange, const wire::Wire &dialect, QByteArray app)
{
    auto asked = std::make_shared<Asked>();
    asked->app = app;
    asked->body = exchange->request().body;
    if (dialects::mayHoldReferences(asked->body)) {
        const auto resolved = resolve(*asked, exchange->request());
        if (!resolved) {
            refuse(*exchange, dialect, app, resolved.error());
            co_return;
        }
    }
    const ResponseWatch::Found found = [this, asked](const QByteArray &provider, json::View response) {
        keep(*asked, provider, response);
    };
    auto watched = std::make_shared<ResponseWatch>(std::move(exchange), found);
    const Continuation *continuation = nullptr;
    if (asked->continuation)
        continuation = &*asked->continuation;
    co_await m_chat.serve(std::move(watched), dialect, std::move(app), continuation);
}

/// Finds what a request refers to. A reference to nothing we know is no error yet: a provider of this dialect
/// may know it, from before this server was started. One to another app's answer is.
tl::expected<void, Failure> ResponsesHandler::resolve(Asked &asked, const http::Request &request)
{
    auto call = wire::InboundCall::parse(request.path, request.query, request.headers, request.body);
    if (!call)
        return {}; // told by whom it concerns
    const json::View root = call->document.root();
    const dialects::References references = dialects::referencesIn(root);
    if (references.isEmpty())
        return {};

    Continuation &continuation = asked.continuation.emplace();
    std::vector<QByteArray> makers;
    if (!references.previous.isEmpty()) {
        if (m_store.isForeign(asked.app, references.previous))
            return tl::make_unexpected(previousNotFound(references.previous));
        if (const auto *entry = m_store.find(asked.app, references.previous)) {
            makers.push_back(entry->maker);
            asked.before = entry->turn;
            asked.isWhole = entry->isWhole;
        } else {
            asked.isWhole = false;
        }
        if (!asked.isWhole)
            continuation.missing = previousNotFound(references.previous);
    }
    const dialects::ItemLookup lookup = [&](const QByteArray &id) {
        const auto *entry = m_store.findItem(asked.app, id);
        if (entry)
            makers.push_back(entry->maker);
        else
            continuation.missing = itemNotFound(id);
        return entry ? dialects::itemById(entry->turn->output(), id) : QByteArray();
    };
    asked.items = dialects::inputItems(root["input"], lookup);
    asked.isWhole = !continuation.missing.has_value();

    const bool oneMaker = !makers.empty()
                          && std::count(makers.begin(), makers.end(), makers.front())
                                 == static_cast<std::ptrdiff_t>(makers.size());
    if (oneMaker)
        continuation.maker = makers.front();
    if (!asked.isWhole)
        return {};
    QByteArray items = itemsUpTo(asked.before.get());
    join(items, asked.items);
    auto inFull = dialects::saidInFull(*call, items);
    if (!inFull)
        return tl::make_unexpected(callerFault(inFull.error()));
    continuation.inFull = std::move(*inFull);
    return {};
}

void ResponsesHandler::keep(const Asked &asked, const QByteArray &provider, json::View response)
{
    const auto [id, status, store, output] = response.pick("id", "status", "store", "output");
    const bool ended = status.equals("completed") || status.equals("incomplete");
    if (id.stringOr({}).isEmpty() || !ended || !store.booleanOr(true) || !output.isArray())
        return;
    const auto request = json::Document::parse(asked.body);
    if (!request || !request->root()["store"].booleanOr(true))
        return;
    const dialects::ItemLookup nothing = [](const QByteArray &) { return QByteArray(); };
    QByteArray items
        = asked.continuation ? asked.items : dialects::inputItems(request->root()["input"], nothing);
    const QByteArrayView elements = output.raw().sliced(1).chopped(1).trimmed();

    ResponseStore::Entry entry;
    entry.app = asked.app;
    entry.id = id.stringOr({});
    if (speaksNatively(provider))
        entry.maker = provider;
    entry.json = response.rawCopy();
    entry.turn
        = std::make_shared<ResponseStore::Turn>(std::move(items), elements.toByteArray(), asked.before);
    entry.isWhole = asked.isWhole;
    entry.itemIds = dialects::itemIds(entry.turn->output());
    m_store.add(std::move(entry));
}

bool ResponsesHandler::speaksNatively(const QByteArray &provider) const
{
    const auto &providers = m_services.routing->providers();
    return std::any_of(providers.begin(), providers.end(), [&](const auto &spec) {
        return spec->id == provider && spec->wire == "openai-responses";
    });
}

void ResponsesHandler::refuse(
    http::Exchange &exchange, const wire::Wire &dialect, const QByteArray &app, const Failure &failure) const
{
    Conversation::Start start;
    start.origin = QByteArrayLiteral("proxy");
    start.app = app;
    start.dialect = dialect.name;
    start.received = exchange.request().received;
    Conversation conversation(m_services, std::move(start));
    gateway::refuse(exchange, dialect, conversation, failure);
}

void ResponsesHandler::stored(http::Exchange &exchange, const wire::Wire &dialect, const QByteArray &app)
{
    constexpr QByteArrayView before("responses/");
    constexpr QByteArrayView items("/input_items");
    const http::Request &request = exchange.request();
    QByteArrayView name(request.path);
    name = name.sliced(name.indexOf(before) + before.size());
    while (name.endsWith('/'))
        name.chop(1);
    const bool wantsItems = name.endsWith(items);
    if (wantsItems)
        name.chop(items.size());
    const QByteArray id = name.toByteArray();

    const ResponseStore::Entry *entry = m_store.find(app, id);
    if (!entry) {
        const Failure missing(FailureClass::CallerFault, 404, "Response with id '" + id + "' not found.");
        exchange.reply(errorResponse(dialect, missing));
    } else if (request.method == "DELETE") {
        m_store.remove(app, id);
        json::Writer writer;
        writer.beginObject().member("id", id).member("object", "response");
        exchange.reply(jsonResponse(writer.memberBoolean("deleted", true).endObject().take()));
    } else if (wantsItems) {
        QByteArray all = itemsUpTo(entry->turn->before());
        join(all, entry->turn->input());
        exchange.reply(jsonResponse(dialects::itemList(all, id, request.query)));
    } else {
        exchange.reply(jsonResponse(entry->json));
    }
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ModelLists.h"

#include <QUrlQuery>

#include <algorithm>

namespace fairlead::gateway {

using metering::PriceBook;

namespace {

// What the real endpoints do: Anthropic's page is 20 and at most 1000, Google's 50 and at most 1000.
constexpr qsizetype kAnthropicPage = 20;
constexpr qsizetype kGeminiPage = 50;
constexpr qsizetype kMostOnPage = 1000;

/// https://docs.anthropic.com/en/api/models: "may be set to an epoch value if the release date is unknown".
constexpr QByteArrayView kUnknownDate = "1970-01-01T00:00:00Z";

http::Response jsonResponse(QByteArray body)
{
    http::Response response;
    response.headers.add("content-type", "application/json");
    response.body = std::move(body);
    return response;
}

QByteArray valueOf(const QByteArray &query, const QString &name)
{
    return QUrlQuery(QString::fromUtf8(query)).queryItemValue(name, QUrl::FullyDecoded).toUtf8();
}

qsizetype pageSize(const QByteArray &text, qsizetype usual)
{
    bool isNumber = false;
    const qsizetype size = text.toLongLong(&isNumber);
    return isNumber && size > 0 ? std::min(size, kMostOnPage) : usual;
}

/// A name for people: the catalogue's, else the id.
QByteArray displayName(const QByteArray &id, const PriceBook::ModelFacts *facts)
{
    return facts && !facts->name.isEmpty() ? facts->name : id;
}

void memberLimit(json::Writer &writer, QByteArrayView name, std::int64_t tokens)
{
    if (tokens > 0)
        writer.memberInteger(name, tokens);
    else
        writer.memberNull(name);
}

} // namespace

ModelListStyle modelListStyle(const http::Request &request)
{
    if (request.path.startsWith("/v1beta"))
        return ModelListStyle::Gemini;
    if (request.headers.contains("anthropic-version"))
        return ModelListStyle::Anthropic;
    const bool keyInQuery = request.query.startsWith("key=") || request.query.contains("&key=");
    return request.headers.contains("x-goog-api-key") || keyInQuery ? ModelListStyle::Gemini
                                                                    : ModelListStyle::OpenAi;
}

QByteArray wireOf(ModelListStyle style)
{
    switch (style) {
    case ModelListStyle::OpenAi:
        return QByteArrayLiteral("openai-chat");
    case ModelListStyle::Anthropic:
        return QByteArrayLiteral("anthropic");
    case ModelListStyle::Gemini:
        return QByteArrayLiteral("gemini");
    }
    Q_UNREACHABLE();
}

ModelLists::ModelLists(
    const routing::RoutingTable &routing, const PriceBook &prices, qint64 createdUnixSeconds, MayUse mayUse)
    : m_routing(routing)
    , m_prices(prices)
    , m_created(createdUnixSeconds)
    , m_mayUse(std::move(mayUse))
{ }

const PriceBook::ModelFacts *
ModelLists::factsOf(const providers::ProviderSpec &provider, QByteArrayView model) const
{
    return m_prices.facts(provider.priceProvider, model);
}

std::vector<ModelLists::Entry> ModelLists::entries() const
{
    std::vector<Entry> entries;
    const auto add = [&](QByteArray id, QByteArray owner, const PriceBook::ModelFacts *facts) {
        if (!m_mayUse(id))
            return;
        Entry entry;
        entry.id = std::move(id);
        entry.owner = std::move(owner);
        entry.facts = facts;
        entries.push_back(std::move(entry));
    };
    for (const config::RouteConfig &route : m_routing.routes()) {
        if (route.isPattern())
            continue; // not a name to ask for
        const auto plan = m_routing.resolve(route.model);
        const routing::Target *first = plan ? &plan->targets.front() : nullptr;
        add(route.model, QByteArrayLiteral("fairlead"),
            first ? factsOf(*first->provider, first->model) : nullptr);
    }
    for (const auto &provider : m_routing.providers()) {
        for (const QByteArray &model : m_routing.modelsOf(*provider))
            add(provider->id + '/' + model, provider->id, factsOf(*provider, model));
    }
    return entries;
}

void ModelLists::write(json::Writer &writer, ModelListStyle style, const Entry &entry) const
{
    const std::int64_t context = entry.facts ? entry.facts->contextTokens : 0;
    const std::int64_t output = entry.facts ? entry.facts->mostOutputTokens : 0;
    writer.beginObject();
    switch (style) {
    case ModelListStyle::OpenAi:
        writer.member("id", entry.id).member("object", "model");
        writer.memberInteger("created", m_created).member("owned_by", entry.owner);
        break;
    case ModelListStyle::Anthropic:
        writer.member("type", "model").member("id", entry.id);
        writer.member("display_name", displayName(entry.id, entry.facts)).member("created_at", kUnknownDate);
        memberLimit(writer, "max_input_tokens", context);
        memberLimit(writer, "max_tokens", output);
        writer.memberNull("capabilities").member("lifecycle", "active").memberNull("line");
        writer.memberNull("deprecated_at").memberNull("retires_at");
        break;
    case ModelListStyle::Gemini:
        writer.member("name", "models/" + entry.id).member("version", "001");
        writer.member("displayName", displayName(entry.id, entry.facts));
        if (context > 0)
            writer.memberInteger("inputTokenLimit", context);
        if (output > 0)
            writer.memberInteger("outputTokenLimit", output);
        writer.key("supportedGenerationMethods").beginArray();
        if (entry.facts && entry.facts->kind == "embedding")
            writer.string("embedContent").string("countTokens");
        else
            writer.string("generateContent").string("countTokens");
        writer.endArray();
        if (entry.facts && entry.facts->reasoning)
            writer.memberBoolean("thinking", true);
        break;
    }
    writer.endObject();
}

http::Response ModelLists::list(ModelListStyle style, const QByteArray &query) const
{
    switch (style) {
    case ModelListStyle::OpenAi:
        return jsonResponse(openAiList());
    case ModelListStyle::Anthropic:
        return jsonResponse(anthropicList(query));
    case ModelListStyle::Gemini:
        return jsonResponse(geminiList(query));
    }
    Q_UNREACHABLE();
}

tl::expected<http::Response, chat::Failure> ModelLists::one(ModelListStyle style, QByteArrayView id) const
{
    auto plan = m_routing.resolve(id);
    if (!plan)
        return tl::make_unexpected(std::move(plan.error()));
    const routing::Target &first = plan->targets.front();
    Entry entry;
    entry.id = id.toByteArray();
    entry.owner = first.reason.startsWith("route ") ? QByteArrayLiteral("fairlead") : first.provider->id;
    entry.facts = factsOf(*first.provider, first.model);
    json::Writer writer;
    write(writer, style, entry);
    return jsonResponse(writer.take());
}

QByteArray ModelLists::openAiList() const
{
    json::Writer writer(4096);
    writer.beginObject().member("object", "list").key("data").beginArray();
    for (const Entry &entry : entries())
        write(writer, ModelListStyle::OpenAi, entry);
    return writer.endArray().endObject().take();
}

QByteArray ModelLists::anthropicList(const QByteArray &query) const
{
    const std::vector<Entry> all = entries();
    const auto placeOf = [&](const QByteArray &id) {
        return std::find_if(all.begin(), all.end(), [&](const Entry &entry) { return entry.id == id; });
    };
    const qsizetype limit = pageSize(valueOf(query, QStringLiteral("limit")), kAnthropicPage);
    auto from = all.begin();
    auto to = all.end();
    bool more = false;
    const QByteArray before = valueOf(query, QStringLiteral("before_id"));
    const QByteArray after = valueOf(query, QStringLiteral("after_id"));
    if (!before.isEmpty()) {
        to = placeOf(before);
        more = to - from > limit;
        from = more ? to - limit : from;
    } else {
        if (!after.isEmpty()) {
            from = placeOf(after);
            from = from == all.end() ? from : from + 1;
        }
        more = to - from > limit;
        to = more ? from + limit : to;
    }

    json::Writer writer(4096);
    writer.beginObject().key("data").beginArray();
    for (auto entry = from; entry != to; ++entry)
        write(writer, ModelListStyle::Anthropic, *entry);
    writer.endArray().memberBoolean("has_more", more);
    if (from == to)
        writer.memberNull("first_id").memberNull("last_id");
    else
        writer.member("first_id", from->id).member("last_id", (to - 1)->id);
    return writer.endObject().take();
}

QByteArray ModelLists::geminiList(const QByteArray &query) const
{
    const std::vector<Entry> all = entries();
    const auto count = static_cast<qsizetype>(all.size());
    const qsizetype size = pageSize(valueOf(query, QStringLiteral("pageSize")), kGeminiPage);
    // Our page token is the place to go on from; one that is not ours begins anew.
    const qsizetype from
        = std::clamp<qsizetype>(valueOf(query, QStringLiteral("pageToken")).toLongLong(), 0, count);
    const qsizetype to = std::min(count, from + size);

    json::Writer writer(4096);
    writer.beginObject().key("models").beginArray();
    for (qsizetype i = from; i < to; ++i)
        write(writer, ModelListStyle::Gemini, all[static_cast<std::size_t>(i)]);
    writer.endArray();
    if (to < count)
        writer.member("nextPageToken", QByteArray::number(to));
    return writer.endObject().take();
}

} // namespace fairlead::gateway

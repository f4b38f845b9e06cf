// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/History.h"

#include "wire/openai_responses/SealedReasoning.h"
#include "json/Splice.h"
#include "json/Writer.h"

#include <QUrlQuery>

#include <algorithm>

namespace fairlead::wire::openai_responses {

using json::View;

namespace {

constexpr qsizetype kUsualPage = 20;
constexpr qsizetype kLargestPage = 100;

/// The id of an item that stands for another; the type may be left out.
QByteArray referredTo(View item)
{
    const auto [type, id, role] = item.pick("type", "id", "role");
    const bool refers = type.equals("item_reference") || (!type && !role && id.isString());
    return refers ? id.stringOr({}) : QByteArray();
}

void join(QByteArray &items, QByteArrayView item)
{
    if (!items.isEmpty() && !item.isEmpty())
        items += ',';
    items.append(item.data(), item.size());
}

QByteArray userMessage(View text)
{
    json::Writer writer;
    writer.beginObject().member("type", "message").member("role", "user").key("content").beginArray();
    writer.beginObject().member("type", "input_text").memberRaw("text", text.raw()).endObject();
    return writer.endArray().endObject().take();
}

/// Calls `visit` with each of the items (JSON with commas).
template<typename Visit>
void forEachItem(const QByteArray &items, Visit visit)
{
    const auto document = json::Document::parse('[' + items + ']');
    if (!document)
        return;
    for (const View item : document->root().elements())
        visit(item);
}

/// An item as the API shows it: with an id, and a message's content as parts.
QByteArray shown(View item, const QByteArray &id)
{
    const bool isMessage = item["role"].isString();
    const bool assistant = item["role"].equals("assistant");
    json::Writer writer;
    writer.beginObject().member("id", id);
    if (isMessage) {
        writer.member("type", "message");
        if (!item["status"])
            writer.member("status", "completed");
    }
    for (const auto &[name, value] : item.members()) {
        if (name == "id" || (isMessage && name == "type"))
            continue;
        writer.key(name);
        if (!isMessage || name != "content" || !value.isString()) {
            writer.raw(value.raw());
            continue;
        }
        writer.beginArray().beginObject().member("type", assistant ? "output_text" : "input_text");
        writer.memberRaw("text", value.raw()).endObject().endArray();
    }
    return writer.endObject().take();
}

struct Listed {
    QByteArray id;
    QByteArray json;
};

std::vector<Listed> allListed(const QByteArray &items, const QByteArray &responseId)
{
    const QByteArray suffix = responseId.mid(responseId.indexOf('_') + 1);
    std::vector<Listed> list;
    forEachItem(items, [&](View item) {
        Listed listed;
        listed.id = item["id"].stringOr({});
        if (listed.id.isEmpty())
            listed.id = (item["role"] ? "msg_" : "item_") + suffix + "_in"
                        + QByteArray::number(static_cast<qsizetype>(list.size()));
        listed.json = shown(item, listed.id);
        list.push_back(std::move(listed));
    });
    return list;
}

} // namespace

bool mayHoldReferences(QByteArrayView body)
{
    // An item that is nothing but an id is a reference too, but nobody who leaves the type out is known.
    return body.contains("\"previous_response_id\"") || body.contains("item_reference");
}

References referencesIn(View request)
{
    References references;
    references.previous = request["previous_response_id"].stringOr({});
    for (const View item : request["input"].elements()) {
        if (QByteArray id = referredTo(item); !id.isEmpty())
            references.items.push_back(std::move(id));
    }
    return references;
}

QByteArray inputItems(View input, const ItemLookup &lookup)
{
    if (input.isString())
        return userMessage(input);
    QByteArray items;
    for (const View item : input.elements()) {
        const QByteArray id = referredTo(item);
        const QByteArray found = id.isEmpty() ? QByteArray() : lookup(id);
        join(items, found.isEmpty() ? item.raw() : QByteArrayView(found));
    }
    return items;
}

QByteArray repeatableItems(const QByteArray &output)
{
    QByteArray items;
    forEachItem(output, [&](View item) {
        const bool isForeign = item["type"].equals("reasoning")
                               && !item["encrypted_content"].stringOr({}).startsWith(kSealMark);
        if (!isForeign)
            join(items, item.raw());
    });
    return items;
}

QByteArray itemById(const QByteArray &items, const QByteArray &id)
{
    QByteArray found;
    forEachItem(items, [&](View item) {
        if (item["id"].equals(id))
            found = item.rawCopy();
    });
    return found;
}

std::vector<QByteArray> itemIds(const QByteArray &items)
{
    std::vector<QByteArray> ids;
    forEachItem(items, [&](View item) {
        if (QByteArray id = item["id"].stringOr({}); !id.isEmpty())
            ids.push_back(std::move(id));
    });
    return ids;
}

Result<InboundCall> saidInFull(const InboundCall &call, const QByteArray &items)
{
    json::Splice splice(call.document);
    const View root = call.document.root();
    splice.remove(root, "previous_response_id");
    splice.set(root, "input", '[' + items + ']');
    return InboundCall::parse(call.path, call.query, call.headers, splice.apply());
}

QByteArray itemList(const QByteArray &items, const QByteArray &responseId, QByteArrayView query)
{
    const QUrlQuery asked(QString::fromUtf8(query.toByteArray()));
    const auto value = [&](const char *name) {
        return asked.queryItemValue(QLatin1String(name), QUrl::FullyDecoded).toUtf8();
    };
    std::vector<Listed> list = allListed(items, responseId);
    if (value("order") != "asc") // the newest first, unless asked otherwise
        std::reverse(list.begin(), list.end());
    auto first = list.begin();
    if (const QByteArray after = value("after"); !after.isEmpty()) {
        first = std::find_if(list.begin(), list.end(), [&](const Listed &item) { return item.id == after; });
        first += first == list.end() ? 0 : 1;
    }
    bool isNumber = false;
    qsizetype limit = value("limit").toLongLong(&isNumber);
    limit = isNumber ? std::clamp<qsizetype>(limit, 1, kLargestPage) : kUsualPage;
    const auto last = first + std::min<std::ptrdiff_t>(limit, list.end() - first);

    json::Writer writer(1024);
    writer.beginObject().member("object", "list").key("data").beginArray();
    for (auto item = first; item != last; ++item)
        writer.raw(item->json);
    writer.endArray();
    const auto id = [&](const char *name, bool known, const QByteArray &of) {
        if (known)
            writer.member(QByteArrayView(name), of);
        else
            writer.memberNull(QByteArrayView(name));
    };
    const bool any = first != last;
    id("first_id", any, any ? first->id : QByteArray());
    id("last_id", any, any ? (last - 1)->id : QByteArray());
    return writer.memberBoolean("has_more", last != list.end()).endObject().take();
}

} // namespace fairlead::wire::openai_responses

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "wire/Codec.h"

#include <QByteArray>

#include <functional>
#include <vector>

/// Requests that continue a conversation by naming what was said instead of repeating it.
namespace fairlead::wire::openai_responses {

struct References {
    QByteArray previous; ///< id of the response this one follows; empty if none
    std::vector<QByteArray> items; ///< ids of item_reference items
    [[nodiscard]] bool isEmpty() const { return previous.isEmpty() && items.empty(); }
};
[[nodiscard]] References referencesIn(json::View request);
/// False where a body cannot hold any, found without parsing it.
[[nodiscard]] bool mayHoldReferences(QByteArrayView body);

/// The item of that id, as JSON; empty if it is not known.
using ItemLookup = std::function<QByteArray(const QByteArray &id)>;

/// The items of an `input` as JSON with commas; a string is the message it stands for. References that are
/// known are replaced by what they refer to.
[[nodiscard]] QByteArray inputItems(json::View input, const ItemLookup &lookup);
/// Of an `output` (the elements, with commas), what can be repeated to any provider: not the reasoning that
/// only its maker can read or look up.
[[nodiscard]] QByteArray repeatableItems(const QByteArray &output);
/// The item of that id among these; empty if it is not there.
[[nodiscard]] QByteArray itemById(const QByteArray &items, const QByteArray &id);
[[nodiscard]] std::vector<QByteArray> itemIds(const QByteArray &items);

/// The same request with everything said in full: `items` for its input, and nothing referred to.
[[nodiscard]] Result<InboundCall> saidInFull(const InboundCall &call, const QByteArray &items);

/// A page of the items as the API lists them: each complete and with an id. `query` is the caller's
/// ("limit", "order", "after").
[[nodiscard]] QByteArray
itemList(const QByteArray &items, const QByteArray &responseId, QByteArrayView query);

} // namespace fairlead::wire::openai_responses

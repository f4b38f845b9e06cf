// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill/Reading.h"

#include <utility>

namespace fairlead::drill {

namespace {

constexpr QByteArrayView kData("data:");
constexpr QByteArrayView kDone("[DONE]");

} // namespace

void Reading::feed(QByteArrayView bytes, milliseconds since)
{
    while (!bytes.isEmpty()) {
        const qsizetype end = bytes.indexOf('\n');
        m_line.append(bytes.first(end < 0 ? bytes.size() : end).toByteArray());
        if (end < 0)
            return;
        bytes = bytes.sliced(end + 1);
        line(std::exchange(m_line, QByteArray()), since);
    }
}

void Reading::refuse(int httpStatus, const QByteArray &body)
{
    status = httpStatus;
    error = "HTTP " + QByteArray::number(httpStatus);
    if (const auto document = json::Document::parse(body)) {
        const json::View told = document->root()["error"];
        error += ": " + told["message"].stringOr({});
        code = told["code"].stringOr({});
    }
}

void Reading::line(QByteArrayView text_, milliseconds since)
{
    if (text_.startsWith(':'))
        ++comments;
    if (!text_.startsWith(kData))
        return;
    if (done || !error.isEmpty()) {
        // What ends an error's stream is no speech.
        speaksOn = speaksOn || text_.sliced(kData.size()).trimmed() != kDone;
        return;
    }
    const QByteArrayView data = text_.sliced(kData.size()).trimmed();
    if (data == kDone) {
        done = true;
        return;
    }
    const auto document = json::Document::parse(data.toByteArray());
    if (document && document->root().isObject())
        event(document->root(), since);
    else
        ++garbage;
}

void Reading::event(json::View chunk, milliseconds since)
{
    if (const json::View told = chunk["error"]; told.isObject()) {
        error = told["message"].stringOr("an error without words");
        code = told["code"].stringOr({});
        return;
    }
    const QByteArray chunkId = chunk["id"].stringOr({});
    const QByteArray chunkModel = chunk["model"].stringOr({});
    const bool isFirst = id.isEmpty();
    changesIdentity = changesIdentity || (!isFirst && (chunkId != id || chunkModel != model));
    id = chunkId;
    model = chunkModel;
    usage = usage || chunk["usage"].isObject();
    for (const json::View choice : chunk["choices"].elements()) {
        const QByteArray piece = choice["delta"]["content"].stringOr({});
        if (!piece.isEmpty()) {
            speaksOn = speaksOn || !finishReason.isEmpty();
            if (!firstText)
                firstText = since;
            ++deltas;
            text += piece;
        }
        const QByteArray reason = choice["finish_reason"].stringOr({});
        if (!reason.isEmpty())
            finishReason = reason;
    }
}

} // namespace fairlead::drill

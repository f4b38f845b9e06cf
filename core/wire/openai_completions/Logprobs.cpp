// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_completions/Logprobs.h"

#include "wire/ToolMapping.h"
#include "json/View.h"
#include "json/Writer.h"

namespace fairlead::wire::openai_completions {

using json::View;

QByteArray listedLogprobs(const QByteArray &chat, qint64 &offset)
{
    const auto document = json::Document::parse(chat);
    const View content = document ? document->root()["content"] : View();
    if (content.count() == 0)
        return QByteArrayLiteral("null");
    json::Writer tokens, values, alternatives, offsets;
    tokens.beginArray();
    values.beginArray();
    alternatives.beginArray();
    offsets.beginArray();
    for (const View element : content.elements()) {
        const QByteArray token = element["token"].stringOr({});
        tokens.string(token);
        values.raw(element["logprob"].raw());
        alternatives.beginObject();
        for (const View top : element["top_logprobs"].elements())
            alternatives.memberRaw(top["token"].stringOr({}), top["logprob"].raw());
        alternatives.endObject();
        offsets.integer(offset);
        offset += countCharacters(token);
    }
    json::Writer writer;
    writer.beginObject();
    writer.memberRaw("tokens", tokens.endArray().text());
    writer.memberRaw("token_logprobs", values.endArray().text());
    writer.memberRaw("top_logprobs", alternatives.endArray().text());
    writer.memberRaw("text_offset", offsets.endArray().text());
    return writer.endObject().take();
}

} // namespace fairlead::wire::openai_completions

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/Logprobs.h"

namespace fairlead::wire::cohere {

QByteArray openAiLogprobs(json::View item)
{
    json::Writer writer;
    writer.beginObject().key("content").beginArray();
    QByteArray text = item["text"].stringOr({});
    for (const json::View logprob : item["logprobs"].elements()) {
        writer.beginObject().member("token", text).memberRaw("logprob", logprob.raw());
        writer.memberNull("bytes").key("top_logprobs").beginArray().endArray().endObject();
        text.clear();
    }
    return writer.endArray().memberNull("refusal").endObject().take();
}

void writeLogprobItem(json::Writer &writer, json::View token)
{
    writer.beginObject().member("text", token["token"].stringOr({}));
    writer.key("token_ids").beginArray().endArray();
    writer.key("logprobs").beginArray();
    if (token["logprob"].isNumber())
        writer.raw(token["logprob"].raw());
    writer.endArray().endObject();
}

} // namespace fairlead::wire::cohere

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/Logprobs.h"

#include "json/Writer.h"

namespace fairlead::wire::ollama {

using json::View;

namespace {

void writeToken(View token, json::Writer &writer)
{
    writer.memberRaw("token", token["token"].raw());
    writer.memberRaw("logprob", token["logprob"].raw());
    writer.memberRaw("bytes", token["bytes"].raw());
}

} // namespace

QByteArray openAiLogprobs(View list)
{
    json::Writer writer;
    writer.beginObject().key("content").beginArray();
    for (const View token : list.elements()) {
        writer.beginObject();
        writeToken(token, writer);
        writer.key("top_logprobs").beginArray();
        for (const View top : token["top_logprobs"].elements()) {
            writer.beginObject();
            writeToken(top, writer);
            writer.endObject();
        }
        writer.endArray().endObject();
    }
    return writer.endArray().endObject().take();
}

QByteArray logprobElements(const QByteArray &openAi)
{
    const auto document = json::Document::parse(openAi);
    if (!document || !document->root()["content"].isArray())
        return {};
    const QByteArrayView raw = document->root()["content"].raw();
    return raw.sliced(1, raw.size() - 2).trimmed().toByteArray();
}

} // namespace fairlead::wire::ollama

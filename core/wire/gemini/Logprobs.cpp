// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Logprobs.h"

#include <vector>

namespace fairlead::wire::gemini {

namespace {

void writeToken(json::View candidate, json::Writer &writer)
{
    const QByteArray token = candidate["token"].stringOr({});
    writer.member("token", token).key("logprob");
    if (candidate["logProbability"].isNumber())
        writer.raw(candidate["logProbability"].raw());
    else
        writer.integer(0); // protobuf leaves out what is zero
    writer.key("bytes").beginArray();
    for (const char byte : token)
        writer.integer(static_cast<unsigned char>(byte));
    writer.endArray();
}

void writeCandidate(json::View token, json::Writer &writer)
{
    writer.beginObject().memberRaw("token", token["token"].raw());
    if (token["logprob"].isNumber())
        writer.memberRaw("logProbability", token["logprob"].raw());
    writer.endObject();
}

} // namespace

void writeLogprobs(json::Writer &writer, const QByteArray &openAi)
{
    const auto document = json::Document::parse(openAi);
    if (!document)
        return;
    const json::View steps = (*document)["content"];
    writer.key("logprobsResult").beginObject().key("chosenCandidates").beginArray();
    for (const json::View step : steps.elements())
        writeCandidate(step, writer);
    writer.endArray().key("topCandidates").beginArray();
    for (const json::View step : steps.elements()) {
        writer.beginObject().key("candidates").beginArray();
        for (const json::View alternative : step["top_logprobs"].elements())
            writeCandidate(alternative, writer);
        writer.endArray().endObject();
    }
    writer.endArray().endObject();
}

QByteArray openAiLogprobs(json::View result)
{
    std::vector<json::View> alternatives;
    for (const json::View step : result["topCandidates"].elements())
        alternatives.push_back(step["candidates"]);
    json::Writer writer;
    writer.beginObject().key("content").beginArray();
    std::size_t step = 0;
    for (const json::View chosen : result["chosenCandidates"].elements()) {
        writer.beginObject();
        writeToken(chosen, writer);
        writer.key("top_logprobs").beginArray();
        if (step < alternatives.size()) {
            for (const json::View alternative : alternatives[step].elements()) {
                writer.beginObject();
                writeToken(alternative, writer);
                writer.endObject();
            }
        }
        writer.endArray().endObject();
        ++step;
    }
    writer.endArray().memberNull("refusal").endObject();
    return writer.take();
}

} // namespace fairlead::wire::gemini

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/AnswerTap.h"

#include "wire/ErrorBody.h"

namespace fairlead::gateway {

namespace {

using chat::TokenKind;

// JSON without the content type of JSON, in pieces: nobody sends large ones that way.
constexpr qsizetype kMostJsonInPieces = 4 * 1024 * 1024;

std::optional<std::int64_t> count(json::View value)
{
    const auto found = value.integer();
    return found && *found >= 0 ? found : std::nullopt;
}

} // namespace

chat::Usage readOtherUsage(json::View usage)
{
    chat::InclusiveCounts counts;
    counts.prompt = count(usage["input_tokens"]);
    if (!counts.prompt)
        counts.prompt = count(usage["prompt_tokens"]);
    counts.completion = count(usage["output_tokens"]);
    if (!counts.completion)
        counts.completion = count(usage["completion_tokens"]);
    if (!counts.prompt && !counts.completion)
        counts.prompt = count(usage["total_tokens"]); // Voyage, Jina
    // Images say input_tokens_details, transcriptions input_token_details.
    for (const QByteArrayView name :
         {QByteArrayView("input_tokens_details"), QByteArrayView("input_token_details")}) {
        const json::View details = usage[name];
        if (!counts.audioInput)
            counts.audioInput = count(details["audio_tokens"]);
        if (!counts.cacheRead)
            counts.cacheRead = count(details["cached_tokens"]);
        // Tokens of pictures have a price of their own that no kind of ours stands for: better no cost than
        // a wrong one.
        if (details["image_tokens"].integerOr(0) > 0)
            counts.prompt.reset();
    }
    return chat::fromInclusive(counts);
}

void AnswerTap::look(QByteArrayView json, std::vector<chat::ChatEvent> &events)
{
    const auto document = json::Document::parse(json.toByteArray());
    if (!document)
        return;
    const json::View root = document->root();
    if (wire::holdsError(root)) {
        events.emplace_back(chat::Failed(wire::failureFromJson(root)));
        return;
    }
    chat::Usage usage = readOtherUsage(root["usage"]);
    if (!usage.isEmpty())
        events.emplace_back(chat::UsageReport(std::move(usage)));
}

void AnswerTap::feed(QByteArrayView bytes, std::vector<chat::ChatEvent> &events)
{
    if (m_form == Form::Unknown) {
        const QByteArrayView text = bytes.trimmed();
        if (text.startsWith('{'))
            m_form = Form::Json;
        else if (text.startsWith("event:") || text.startsWith("data:") || text.startsWith(':'))
            m_form = Form::Events;
        else
            m_form = Form::Bytes;
        // Something to hear or see has come: from here on nobody else can serve this request.
        if (m_form != Form::Json)
            events.emplace_back(chat::MediaDelta());
    }
    if (m_form == Form::Json) {
        if (m_json.isEmpty() || m_json.size() + bytes.size() <= kMostJsonInPieces)
            m_json += bytes;
    } else if (m_form == Form::Events) {
        const bool alive = m_events.feed(bytes, [&](const wire::SseEvent &event) {
            if (event.data.contains("\"usage\"") || event.data.contains("\"error\""))
                look(event.data, events);
        });
        if (!alive)
            m_form = Form::Bytes;
    }
}

void AnswerTap::finish(std::vector<chat::ChatEvent> &events)
{
    if (m_form == Form::Json)
        look(m_json, events);
    m_json.clear();
}

} // namespace fairlead::gateway

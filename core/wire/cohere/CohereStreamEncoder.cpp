// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/CohereStreamEncoder.h"

#include "wire/SseReader.h"
#include "wire/cohere/AnswerWriter.h"
#include "wire/cohere/Usage.h"

#include <utility>

namespace fairlead::wire::cohere {

using json::Writer;

namespace {

constexpr std::size_t kMostCalls = 4096;

QByteArray indexMember(int index)
{
    return ",\"index\":" + QByteArray::number(index);
}

/// The tokens of a chunk as one {text, token_ids, logprobs}; empty if there are none.
QByteArray logprobItem(const QByteArray &openAi)
{
    const auto document = json::Document::parse(openAi);
    if (!document || document->root()["content"].count() == 0)
        return {};
    QByteArray text;
    Writer numbers;
    numbers.beginArray();
    for (const json::View token : document->root()["content"].elements()) {
        text += token["token"].stringOr({});
        if (token["logprob"].isNumber())
            numbers.raw(token["logprob"].raw());
    }
    Writer item;
    item.beginObject().member("text", text).key("token_ids").beginArray().endArray();
    return item.memberRaw("logprobs", numbers.endArray().text()).endObject().take();
}

} // namespace

QByteArray CohereStreamEncoder::encode(const ChatEvent &event)
{
    if (m_failed)
        return {};
    std::visit(
        overloaded{
            [this](const chat::Started &started) {
                if (!started.id.isEmpty())
                    m_id = started.id;
                start();
            },
            [this](const chat::TextDelta &delta) {
                if (delta.choice == 0)
                    addText(Block::Text, delta.text);
            },
            [this](const chat::ReasoningDelta &delta) {
                if (delta.choice == 0)
                    addText(Block::Thinking, delta.text);
            },
            [](const chat::ReasoningSignature &) {},
            [this](const chat::RefusalDelta &delta) {
                if (delta.choice == 0)
                    addText(Block::Text, delta.text);
            },
            [this](const chat::ToolCallBegin &begin) {
                if (begin.choice == 0)
                    beginCall(begin);
            },
            [this](const chat::ToolCallDelta &delta) {
                if (delta.choice == 0 && delta.index >= 0 && std::size_t(delta.index) < m_calls.size())
                    addArguments(
                        delta.index, m_calls[std::size_t(delta.index)].arguments.add(delta.arguments));
            },
            [this](const chat::Citation &citation) {
                if (citation.choice == 0)
                    cite(citation);
            },
            [](const chat::MediaDelta &) {},
            [this](const chat::LogprobsDelta &delta) {
                if (delta.choice == 0)
                    m_logprobs = logprobItem(delta.json);
            },
            [this](const chat::UsageReport &report) { m_usage = report.usage; },
            [this](const chat::Finished &finished) {
                if (finished.choice == 0)
                    m_finished = finished;
            },
            [this](const chat::Failed &failed) {
                m_finished = chat::Finished(chat::FinishReason::Error);
                end(failed.failure.message);
                m_failed = true;
            },
        },
        event);
    return std::exchange(m_out, QByteArray());
}

QByteArray CohereStreamEncoder::finish()
{
    if (!m_failed)
        end({});
    m_out += "data: [DONE]\n\n";
    return std::exchange(m_out, QByteArray());
}

/// Blocks are numbered: what was told must have as many as we know of.
bool CohereStreamEncoder::adopt(QByteArrayView told)
{
    if (told.isEmpty())
        return true;
    int blocks = 0;
    bool isOpen = false;
    SseReader reader;
    (void)reader.feed(told, [&](const SseEvent &event) {
        if (event.data.contains("\"content-start\"")) {
            ++blocks;
            isOpen = true;
        } else if (event.data.contains("\"content-end\"")) {
            isOpen = false;
        }
    });
    if (!isOpen)
        m_block = Block::None;
    return blocks == m_index + 1;
}

QByteArray CohereStreamEncoder::keepAlive() const
{
    return QByteArrayLiteral(": keep-alive\n\n");
}

/// `rest` is the members after "type", each with its comma.
void CohereStreamEncoder::event(QByteArrayView type, const QByteArray &rest)
{
    QByteArray data = json::oneLine("{\"type\":\"" + type.toByteArray() + '"' + rest + '}');
    // Cohere's TypeScript client takes any line that contains [DONE] for the end of the stream; inside JSON
    // it can only be part of a string.
    data.replace("[DONE]", "\\u005bDONE]");
    m_out += "event: " + type.toByteArray() + "\ndata: " + data + "\n\n";
}

void CohereStreamEncoder::start()
{
    if (std::exchange(m_started, true))
        return;
    event(
        "message-start",
        ",\"id\":" + json::quoted(m_id)
            + R"(,"delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}})");
}

void CohereStreamEncoder::addText(Block kind, const QByteArray &text)
{
    if (text.isEmpty())
        return;
    if (m_block != kind)
        openBlock(kind);
    contentDelta(m_pieces.add(text));
}

void CohereStreamEncoder::contentDelta(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    const bool thinking = m_block == Block::Thinking;
    if (!thinking)
        m_text += text;
    QByteArray rest = indexMember(m_index) + ",\"delta\":{\"message\":{\"content\":{\""
                      + (thinking ? "thinking" : "text") + "\":" + json::quoted(text) + "}}}";
    if (!thinking && !m_logprobs.isEmpty())
        rest += ",\"logprobs\":" + std::exchange(m_logprobs, QByteArray());
    event("content-delta", rest);
}

void CohereStreamEncoder::openBlock(Block kind)
{
    start();
    closeBlock();
    closeCalls();
    m_block = kind;
    ++m_index;
    const QByteArray name = kind == Block::Thinking ? "thinking" : "text";
    event(
        "content-start", indexMember(m_index) + ",\"delta\":{\"message\":{\"content\":{\"type\":\"" + name
                             + "\",\"" + name + "\":\"\"}}}");
}

void CohereStreamEncoder::closeBlock()
{
    if (m_block == Block::None)
        return;
    contentDelta(m_pieces.rest());
    m_block = Block::None;
    event("content-end", indexMember(m_index));
}

void CohereStreamEncoder::beginCall(const chat::ToolCallBegin &begin)
{
    if (begin.index < 0 || std::size_t(begin.index) >= kMostCalls)
        return;
    start();
    closeBlock();
    closeCalls();
    if (std::size_t(begin.index) >= m_calls.size())
        m_calls.resize(std::size_t(begin.index) + 1);
    m_calls[std::size_t(begin.index)].open = true;
    Writer call;
    call.beginObject().member("id", begin.id).member("type", "function").key("function").beginObject();
    call.member("name", begin.name).member("arguments", "").endObject().endObject();
    event(
        "tool-call-start",
        indexMember(begin.index) + ",\"delta\":{\"message\":{\"tool_calls\":" + call.text() + "}}");
}

void CohereStreamEncoder::addArguments(int index, const QByteArray &text)
{
    if (text.isEmpty())
        return;
    event(
        "tool-call-delta", indexMember(index)
                               + ",\"delta\":{\"message\":{\"tool_calls\":{\"function\":{\"arguments\":"
                               + json::quoted(text) + "}}}}");
}

void CohereStreamEncoder::closeCalls()
{
    for (std::size_t i = 0; i < m_calls.size(); ++i) {
        const auto index = static_cast<int>(i);
        addArguments(index, m_calls[i].arguments.rest());
        if (std::exchange(m_calls[i].open, false))
            event("tool-call-end", indexMember(index));
    }
}

void CohereStreamEncoder::cite(const chat::Citation &citation)
{
    start();
    const auto index = static_cast<int>(m_citations);
    Writer writer;
    writeCitation(writer, citation, m_text, m_citations++);
    event(
        "citation-start",
        indexMember(index) + ",\"delta\":{\"message\":{\"citations\":" + writer.text() + "}}");
    event("citation-end", indexMember(index));
}

void CohereStreamEncoder::end(const QByteArray &error)
{
    start();
    closeBlock();
    closeCalls();
    Writer delta;
    delta.beginObject();
    if (!error.isEmpty())
        delta.member("error", error);
    delta.member("finish_reason", finishWord(m_finished));
    if (!m_usage.isEmpty()) {
        delta.key("usage");
        writeUsage(delta, m_usage);
    }
    event("message-end", ",\"delta\":" + delta.endObject().text());
}

} // namespace fairlead::wire::cohere

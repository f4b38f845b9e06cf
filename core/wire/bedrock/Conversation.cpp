// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/Conversation.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/bedrock/Media.h"

#include <algorithm>

namespace fairlead::wire::bedrock {

namespace {

using namespace chat;

/// Decides whether a part of the conversation can be carried; what cannot is reported here.
class Filter
{
public:
    Filter(Role role, const ModelFamily &family, const QByteArray &where, Losses &losses)
        : m_role(role)
        , m_family(family)
        , m_where(where)
        , m_losses(losses)
    { }

    // Converse refuses blank text blocks, but what comes before them may be marked there.
    bool operator()(const TextPart &part) const { return !isBlank(part.text) || part.cache; }
    bool operator()(const RefusalPart &part) const { return !isBlank(part.text); }
    bool operator()(const ToolCallPart &) const
    {
        return m_role == Role::Assistant || drop("a tool call of no assistant");
    }
    bool operator()(const ToolResultPart &) const { return true; }
    bool operator()(const MediaPart &part) const
    {
        if (m_role != Role::User && m_role != Role::Tool)
            return drop("only users can send media");
        const QByteArray problem = mediaProblem(part);
        return problem.isEmpty() || drop(problem);
    }
    bool operator()(const ReasoningPart &part) const
    {
        const bool sealed = !part.signature.isEmpty() || !part.redacted.isEmpty();
        const bool claudes = part.origin == "anthropic" && m_family.reasoning == ReasoningField::Claude;
        if (m_role == Role::Assistant && claudes && sealed)
            return true;
        if (part.text.isEmpty() && !sealed)
            return false;
        return drop("only Claude's own signed thinking can go back, and only to Claude");
    }
    bool operator()(const UnknownPart &part) const
    {
        return !isToldAsReasoning(part) && drop("unknown kind " + part.type);
    }

private:
    bool drop(const QByteArray &why) const
    {
        m_losses.dropped(m_where, why);
        return false;
    }

    Role m_role;
    const ModelFamily &m_family;
    const QByteArray &m_where;
    Losses &m_losses;
};

class BlockWriter
{
public:
    BlockWriter(const ModelFamily &family, json::Writer &writer, Losses &losses)
        : m_family(family)
        , m_writer(writer)
        , m_losses(losses)
    { }

    Result<> write(const std::vector<CarriedPart> &parts)
    {
        for (const CarriedPart &carried : parts) {
            m_where = carried.where;
            auto written = std::visit([this](const auto &part) { return block(part); }, *carried.part);
            if (!written)
                return written;
        }
        return {};
    }

private:
    Result<> block(const TextPart &part)
    {
        if (!isBlank(part.text))
            m_writer.beginObject().member("text", part.text).endObject();
        cachePoint(part.cache);
        return {};
    }
    Result<> block(const RefusalPart &part)
    {
        m_writer.beginObject().member("text", part.text).endObject();
        m_losses.approximated(m_where + ".refusal", "sent as text");
        return {};
    }
    Result<> block(const MediaPart &part)
    {
        writeMedia(part, ++m_documents, m_where, m_writer, m_losses);
        cachePoint(part.cache);
        return {};
    }
    Result<> block(const ReasoningPart &part)
    {
        if (!part.redacted.isEmpty()) {
            m_writer.beginObject().key("reasoningContent").beginObject();
            m_writer.member("redactedContent", part.redacted.toBase64()).endObject().endObject();
        }
        if (!part.signature.isEmpty()) {
            m_writer.beginObject().key("reasoningContent").beginObject().key("reasoningText").beginObject();
            m_writer.member("text", part.text).member("signature", part.signature);
            m_writer.endObject().endObject().endObject();
        }
        return {};
    }
    Result<> block(const ToolCallPart &part)
    {
        const auto name = toolName(part.name, m_losses);
        if (!name)
            return fail(name.error().in(m_where));
        bool wrapped = false;
        const QByteArray input = objectArguments(part, wrapped);
        if (wrapped)
            m_losses.approximated(m_where + ".arguments", "no JSON object; sent as {\"input\": text}");
        m_writer.beginObject().key("toolUse").beginObject();
        m_writer.member("toolUseId", callId(part.id)).member("name", *name).memberRaw("input", input);
        m_writer.endObject().endObject();
        cachePoint(part.cache);
        return {};
    }
    Result<> block(const ToolResultPart &part)
    {
        m_writer.beginObject().key("toolResult").beginObject().member("toolUseId", callId(part.callId));
        m_writer.key("content").beginArray();
        std::optional<CacheMark> mark = part.cache;
        for (const auto &item : part.content)
            resultContent(item, mark);
        m_writer.endArray();
        m_writer.member("status", part.isError ? "error" : "success").endObject().endObject();
        cachePoint(mark);
        return {};
    }
    Result<> block(const UnknownPart &) { return {}; } // the filter leaves none

    /// A cache point cannot stand inside a result, so it goes behind it.
    void resultContent(const std::variant<TextPart, MediaPart> &item, std::optional<CacheMark> &mark)
    {
        if (const auto *text = std::get_if<TextPart>(&item)) {
            mark = text->cache ? text->cache : mark;
            if (!isBlank(text->text))
                m_writer.beginObject().member("text", text->text).endObject();
            return;
        }
        const auto &media = std::get<MediaPart>(item);
        const QByteArray problem
            = media.kind == MediaPart::Kind::Audio ? "no audio in tool results" : mediaProblem(media);
        mark = media.cache ? media.cache : mark;
        if (problem.isEmpty())
            writeMedia(media, ++m_documents, m_where, m_writer, m_losses);
        else
            m_losses.dropped(m_where, problem);
    }

    /// Bedrock's own ids may hold '.' and ':' ("functions.get_time:0"), but Claude takes none of them.
    [[nodiscard]] QByteArray callId(const QByteArray &id) const
    {
        const bool claude = m_family.reasoning == ReasoningField::Claude;
        return outwardCallId(id, claude ? QByteArrayView() : QByteArrayView(".:"));
    }

    void cachePoint(const std::optional<CacheMark> &mark)
    {
        if (!mark)
            return;
        if (m_family.caches)
            writeCachePoint(*mark, m_writer);
        else
            m_losses.dropped(m_where + ".cache_control", "this model takes no cache points");
    }

    const ModelFamily &m_family;
    json::Writer &m_writer;
    Losses &m_losses;
    QByteArray m_where;
    int m_documents = 0;
};

Turn &turnFor(bool assistant, std::vector<Turn> &turns)
{
    if (turns.empty() || turns.back().assistant != assistant) {
        turns.emplace_back();
        turns.back().assistant = assistant;
    }
    return turns.back();
}

void noteTool(const QByteArray &name, std::vector<QByteArray> &names)
{
    if (!name.isEmpty() && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
}

/// True for text that is only there for its mark, with nothing before it to mark.
bool marksNothing(const Part &part, bool first)
{
    const auto *text = std::get_if<TextPart>(&part);
    return first && text && isBlank(text->text);
}

void addPart(const CarriedPart &carried, Role role, Conversation &conversation)
{
    const bool assistant = role == Role::Assistant;
    const bool first = conversation.turns.empty() || conversation.turns.back().assistant != assistant;
    if (marksNothing(*carried.part, first))
        return;
    Turn &turn = turnFor(assistant, conversation.turns);
    if (const auto *call = std::get_if<ToolCallPart>(carried.part))
        noteTool(call->name, conversation.calledTools);
    const bool isResult = std::holds_alternative<ToolResultPart>(*carried.part);
    (isResult ? turn.results : turn.content).push_back(carried);
}

} // namespace

Conversation arrange(const ChatRequest &request, const ModelFamily &family, Losses &losses)
{
    Conversation conversation;
    for (std::size_t m = 0; m < request.messages.size(); ++m) {
        const Message &message = request.messages[m];
        const QByteArray where = "messages[" + QByteArray::number(m) + ']';
        const bool isSystem = message.role == Role::System || message.role == Role::Developer;
        if (!message.name.isEmpty())
            losses.dropped(where + ".name");
        for (std::size_t p = 0; p < message.parts.size(); ++p) {
            const Part &part = message.parts[p];
            const QByteArray partWhere = where + ".content[" + QByteArray::number(p) + ']';
            if (!std::visit(Filter(message.role, family, partWhere, losses), part))
                continue;
            const CarriedPart carried{&part, partWhere};
            if (!isSystem) {
                addPart(carried, message.role, conversation);
                continue;
            }
            if (marksNothing(part, conversation.system.empty()))
                continue;
            if (!conversation.turns.empty())
                losses.approximated(where, "moved to the top-level system prompt");
            conversation.system.push_back(carried);
        }
    }
    if (conversation.turns.empty() && !conversation.system.empty()) {
        // OpenAI answers a lone system prompt; Converse wants somebody to have spoken.
        losses.approximated("messages", "the system prompt was sent as the user's message");
        turnFor(false, conversation.turns).content = std::move(conversation.system);
        conversation.system.clear();
    }
    return conversation;
}

Result<> writeConversation(
    const Conversation &conversation, const ModelFamily &family, json::Writer &writer, Losses &losses)
{
    BlockWriter blocks(family, writer, losses);
    writer.key("messages").beginArray();
    for (const Turn &turn : conversation.turns) {
        writer.beginObject().member("role", turn.assistant ? "assistant" : "user");
        writer.key("content").beginArray();
        for (const auto *parts : {&turn.results, &turn.content}) {
            if (auto written = blocks.write(*parts); !written)
                return written;
        }
        writer.endArray().endObject();
    }
    writer.endArray();
    if (conversation.system.empty())
        return {};
    writer.key("system").beginArray();
    if (auto written = blocks.write(conversation.system); !written)
        return written;
    writer.endArray();
    return {};
}

void writeCachePoint(const CacheMark &mark, json::Writer &writer)
{
    writer.beginObject().key("cachePoint").beginObject().member("type", "default");
    if (!mark.ttl.isEmpty() && mark.ttl != "5m") // the default
        writer.member("ttl", mark.ttl);
    writer.endObject().endObject();
}

Result<QByteArray> toolName(const QByteArray &name, Losses &losses)
{
    auto outward = outwardToolName(name, ToolNameRule());
    if (outward && *outward != name)
        losses.renamed("tools." + name, *outward);
    return outward;
}

} // namespace fairlead::wire::bedrock

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/Conversation.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/anthropic/Media.h"

namespace fairlead::wire::anthropic {

namespace {

using namespace chat;

/// Decides whether a part of the conversation can be carried; what cannot is reported here.
class Filter
{
public:
    Filter(Role role, bool ownDialect, const QByteArray &where, Losses &losses)
        : m_role(role)
        , m_ownDialect(ownDialect)
        , m_where(where)
        , m_losses(losses)
    { }

    // Newer models refuse blank text blocks; what an Anthropic caller sends is between the two.
    bool operator()(const TextPart &part) const { return m_ownDialect || !isBlank(part.text); }
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
        if (m_role == Role::Assistant && part.origin == "anthropic" && sealed)
            return true;
        if (part.text.isEmpty() && !sealed)
            return false;
        return drop("only Anthropic's own signed thinking can go back");
    }
    bool operator()(const UnknownPart &part) const
    {
        if (isToldAsReasoning(part))
            return false;
        return m_ownDialect || drop("unknown kind " + part.type);
    }

private:
    bool drop(const QByteArray &why) const
    {
        m_losses.dropped(m_where, why);
        return false;
    }

    Role m_role;
    bool m_ownDialect;
    const QByteArray &m_where;
    Losses &m_losses;
};

class BlockWriter
{
public:
    BlockWriter(const QByteArray &where, json::Writer &writer, Losses &losses)
        : m_where(where)
        , m_writer(writer)
        , m_losses(losses)
    { }

    Result<> operator()(const TextPart &part) const
    {
        m_writer.beginObject().member("type", "text").member("text", part.text);
        writeCacheMark(part.cache, m_writer);
        m_writer.endObject();
        return {};
    }
    Result<> operator()(const RefusalPart &part) const
    {
        m_writer.beginObject().member("type", "text").member("text", part.text).endObject();
        m_losses.approximated(m_where + ".refusal", "sent as text");
        return {};
    }
    Result<> operator()(const MediaPart &part) const
    {
        writeMedia(part, m_where, m_writer, m_losses);
        return {};
    }
    Result<> operator()(const ReasoningPart &part) const
    {
        if (!part.redacted.isEmpty())
            m_writer.beginObject()
                .member("type", "redacted_thinking")
                .member("data", part.redacted)
                .endObject();
        if (!part.signature.isEmpty()) {
            m_writer.beginObject().member("type", "thinking").member("thinking", part.text);
            m_writer.member("signature", part.signature).endObject();
        }
        return {};
    }
    Result<> operator()(const ToolCallPart &part) const
    {
        const auto name = toolName(part.name, m_losses);
        if (!name)
            return fail(name.error().in(m_where));
        bool wrapped = false;
        const QByteArray input = objectArguments(part, wrapped);
        if (wrapped)
            m_losses.approximated(m_where + ".arguments", "no JSON object; sent as {\"input\": text}");
        m_writer.beginObject()
            .member("type", "tool_use")
            .member("id", outwardCallId(part.id))
            .member("name", *name);
        m_writer.memberRaw("input", input);
        writeCacheMark(part.cache, m_writer);
        m_writer.endObject();
        return {};
    }
    Result<> operator()(const ToolResultPart &part) const
    {
        m_writer.beginObject()
            .member("type", "tool_result")
            .member("tool_use_id", outwardCallId(part.callId));
        writeResultContent(part);
        if (part.isError)
            m_writer.memberBoolean("is_error", true);
        writeCacheMark(part.cache, m_writer);
        m_writer.endObject();
        return {};
    }
    Result<> operator()(const UnknownPart &part) const
    {
        m_writer.raw(part.json);
        return {};
    }

private:
    void writeResultContent(const ToolResultPart &part) const
    {
        if (part.content.size() == 1) {
            const auto *text = std::get_if<TextPart>(&part.content.front());
            if (text && !text->cache) {
                m_writer.member("content", text->text);
                return;
            }
        }
        m_writer.key("content").beginArray();
        for (const auto &item : part.content) {
            if (const auto *text = std::get_if<TextPart>(&item)) {
                if (!isBlank(text->text))
                    (void)(*this)(*text);
            } else if (const auto &media = std::get<MediaPart>(item); mediaProblem(media).isEmpty()) {
                writeMedia(media, m_where, m_writer, m_losses);
            } else {
                m_losses.dropped(m_where, mediaProblem(media));
            }
        }
        m_writer.endArray();
    }

    const QByteArray &m_where;
    json::Writer &m_writer;
    Losses &m_losses;
};

/// The block as an Anthropic caller wrote it, where it says more than the part's fields.
QByteArray wholeOf(const Part &part)
{
    return std::visit(
        overloaded{
            [](const RefusalPart &) { return QByteArray(); },
            [](const ReasoningPart &) { return QByteArray(); },
            [](const auto &whole) { return whole.json; },
        },
        part);
}

Result<>
writeBlocks(const std::vector<CarriedPart> &parts, bool ownDialect, json::Writer &writer, Losses &losses)
{
    for (const CarriedPart &carried : parts) {
        if (const QByteArray json = ownDialect ? wholeOf(*carried.part) : QByteArray(); !json.isEmpty()) {
            writer.raw(json);
            continue;
        }
        if (auto written = std::visit(BlockWriter(carried.where, writer, losses), *carried.part); !written)
            return written;
    }
    return {};
}

/// One plain text needs no block around it.
const TextPart *onlyText(const std::vector<CarriedPart> &parts)
{
    if (parts.size() != 1)
        return nullptr;
    const auto *text = std::get_if<TextPart>(parts.front().part);
    return text && !text->cache && text->json.isEmpty() ? text : nullptr;
}

Turn &turnFor(Role role, std::vector<Turn> &turns)
{
    if (turns.empty() || turns.back().role != role) {
        turns.emplace_back();
        turns.back().role = role;
    }
    return turns.back();
}

QByteArrayView roleName(Role role)
{
    return role == Role::Assistant ? "assistant" : role == Role::System ? "system" : "user";
}

bool usesFile(const Part &part)
{
    const auto *media = std::get_if<MediaPart>(&part);
    return media && !media->fileId.isEmpty();
}

} // namespace

Conversation arrange(const ChatRequest &request, Losses &losses)
{
    Conversation conversation;
    conversation.ownDialect = request.dialect == "anthropic";
    for (std::size_t m = 0; m < request.messages.size(); ++m) {
        const Message &message = request.messages[m];
        const QByteArray where = placeOf(message, m);
        const bool isSystem = message.role == Role::System || message.role == Role::Developer;
        if (!message.name.isEmpty())
            losses.dropped(where + ".name");
        for (std::size_t p = 0; p < message.parts.size(); ++p) {
            const Part &part = message.parts[p];
            const QByteArray partWhere = where + ".content[" + QByteArray::number(p) + ']';
            if (!std::visit(Filter(message.role, conversation.ownDialect, partWhere, losses), part))
                continue;
            conversation.usesFiles = conversation.usesFiles || usesFile(part);
            const CarriedPart carried{&part, partWhere};
            if (isSystem && (!conversation.ownDialect || conversation.turns.empty())) {
                if (!conversation.turns.empty())
                    losses.approximated(where, "moved to the top-level system prompt");
                conversation.system.push_back(carried);
                continue;
            }
            const Role role = isSystem || message.role == Role::Assistant ? message.role : Role::User;
            Turn &turn = turnFor(role, conversation.turns);
            auto &list = std::holds_alternative<ToolResultPart>(part) ? turn.results : turn.content;
            list.push_back(carried);
        }
    }
    if (conversation.turns.empty() && !conversation.system.empty()) {
        // OpenAI answers a lone system prompt; Anthropic wants somebody to have spoken.
        losses.approximated("messages", "the system prompt was sent as the user's message");
        turnFor(Role::User, conversation.turns).content = std::move(conversation.system);
        conversation.system.clear();
    }
    return conversation;
}

Result<> writeConversation(const Conversation &conversation, json::Writer &writer, Losses &losses)
{
    if (const TextPart *text = onlyText(conversation.system)) {
        writer.member("system", text->text);
    } else if (!conversation.system.empty()) {
        writer.key("system").beginArray();
        if (auto written = writeBlocks(conversation.system, conversation.ownDialect, writer, losses);
            !written)
            return written;
        writer.endArray();
    }
    writer.key("messages").beginArray();
    for (const Turn &turn : conversation.turns) {
        writer.beginObject().member("role", roleName(turn.role));
        const TextPart *text = turn.results.empty() ? onlyText(turn.content) : nullptr;
        if (text) {
            writer.member("content", text->text);
        } else {
            writer.key("content").beginArray();
            for (const auto *parts : {&turn.results, &turn.content}) {
                if (auto written = writeBlocks(*parts, conversation.ownDialect, writer, losses); !written)
                    return written;
            }
            writer.endArray();
        }
        writer.endObject();
    }
    writer.endArray();
    return {};
}

void writeCacheMark(const std::optional<CacheMark> &mark, json::Writer &writer)
{
    if (!mark)
        return;
    writer.key("cache_control").beginObject().member("type", "ephemeral");
    if (!mark->ttl.isEmpty())
        writer.member("ttl", mark->ttl);
    writer.endObject();
}

Result<QByteArray> toolName(const QByteArray &name, Losses &losses)
{
    auto outward = outwardToolName(name, ToolNameRule());
    if (outward && *outward != name)
        losses.renamed("tools." + name, *outward);
    return outward;
}

} // namespace fairlead::wire::anthropic

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Contents.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/gemini/CallIds.h"
#include "wire/gemini/Media.h"
#include "json/View.h"

#include <algorithm>
#include <vector>

namespace fairlead::wire::gemini {

namespace {

using namespace chat;

// ai.google.dev/gemini-api/docs/thought-signatures: for calls that come from another model.
constexpr QByteArrayView kNoSignature = "skip_thought_signature_validator";

struct CarriedPart {
    const Part *part = nullptr;
    QByteArray where; ///< "messages[2].content[0]", for reports
};

/// One content. Function responses have one of their own, as they answer the model's turn before it.
struct Turn {
    enum class Kind { User, Model, Responses };
    Kind kind = Kind::User;
    std::vector<CarriedPart> parts;
};

class Filter
{
public:
    Filter(Role role, bool ownDialect, const QByteArray &where, Losses &losses)
        : m_role(role)
        , m_ownDialect(ownDialect)
        , m_where(where)
        , m_losses(losses)
    { }

    bool operator()(const TextPart &part) const
    {
        noteCache(part.cache);
        return !part.text.isEmpty();
    }
    bool operator()(const RefusalPart &part) const { return !part.text.isEmpty(); }
    bool operator()(const ToolCallPart &part) const
    {
        noteCache(part.cache);
        return m_role == Role::Assistant || drop("a tool call of no assistant");
    }
    bool operator()(const ToolResultPart &part) const
    {
        noteCache(part.cache);
        return true;
    }
    bool operator()(const MediaPart &part) const
    {
        noteCache(part.cache);
        if (m_role == Role::System || m_role == Role::Developer)
            return drop("the system instruction is text");
        const QByteArray problem = mediaProblem(part);
        return problem.isEmpty() || drop(problem);
    }
    bool operator()(const ReasoningPart &part) const
    {
        if (m_role == Role::Assistant && part.origin == "gemini"
            && !(part.text.isEmpty() && part.signature.isEmpty()))
            return true;
        if (part.text.isEmpty() && part.signature.isEmpty() && part.redacted.isEmpty())
            return false;
        return drop("only Gemini's own thoughts can go back");
    }
    bool operator()(const UnknownPart &part) const
    {
        if (isToldAsReasoning(part))
            return false;
        return m_ownDialect || drop("unknown kind " + part.type);
    }

private:
    void noteCache(const std::optional<CacheMark> &mark) const
    {
        if (mark)
            m_losses.dropped(m_where + ".cache_control", "Gemini caches by itself");
    }
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

class ConversationWriter
{
public:
    ConversationWriter(const ChatRequest &request, bool signsCalls, json::Writer &writer, Losses &losses)
        : m_request(request)
        , m_signsCalls(signsCalls)
        , m_writer(writer)
        , m_losses(losses)
    { }

    Result<> write()
    {
        arrange();
        if (m_turns.empty() && !m_system.empty()) {
            // OpenAI answers a lone system prompt; Gemini wants contents.
            m_losses.approximated("messages", "the system prompt was sent as the user's message");
            m_turns.push_back({Turn::Kind::User, std::move(m_system)});
            m_system.clear();
        }
        if (m_turns.empty())
            return fail(ErrorKind::Invalid, "messages: at least one message with content is needed");
        if (!m_system.empty()) {
            m_writer.key("systemInstruction").beginObject();
            if (auto written = writeParts(m_system); !written)
                return written;
            m_writer.endObject();
        }
        m_writer.key("contents").beginArray();
        for (const Turn &turn : m_turns) {
            m_writer.beginObject().member("role", turn.kind == Turn::Kind::Model ? "model" : "user");
            if (auto written = writeParts(turn.parts); !written)
                return written;
            m_writer.endObject();
        }
        m_writer.endArray();
        return {};
    }

private:
    void arrange()
    {
        for (std::size_t m = 0; m < m_request.messages.size(); ++m) {
            const Message &message = m_request.messages[m];
            const QByteArray where = placeOf(message, m);
            const bool isSystem = message.role == Role::System || message.role == Role::Developer;
            if (!message.name.isEmpty())
                m_losses.dropped(where + ".name");
            for (std::size_t p = 0; p < message.parts.size(); ++p) {
                const Part &part = message.parts[p];
                const QByteArray partWhere = where + ".content[" + QByteArray::number(p) + ']';
                if (!std::visit(
                        Filter(message.role, m_request.dialect == "gemini", partWhere, m_losses), part))
                    continue;
                if (const auto *call = std::get_if<ToolCallPart>(&part))
                    m_calls.push_back({call->id, call->name});
                if (isSystem) {
                    if (!m_turns.empty())
                        m_losses.approximated(where, "moved to the system instruction");
                    m_system.push_back({&part, partWhere});
                } else {
                    turnFor(message.role, part).parts.push_back({&part, partWhere});
                }
            }
        }
        for (Turn &turn : m_turns) {
            if (turn.kind == Turn::Kind::Responses)
                sortByCall(turn);
        }
    }

    Turn &turnFor(Role role, const Part &part)
    {
        Turn::Kind kind = role == Role::Assistant ? Turn::Kind::Model : Turn::Kind::User;
        if (std::holds_alternative<ToolResultPart>(part))
            kind = Turn::Kind::Responses;
        if (m_turns.empty() || m_turns.back().kind != kind)
            m_turns.push_back({kind, {}});
        return m_turns.back();
    }

    struct Call {
        QByteArray id;
        QByteArray name;
    };

    /// Without ids Gemini matches responses by name and order, so they go in the order of their calls.
    void sortByCall(Turn &turn) const
    {
        const auto placeOf = [&](const CarriedPart &carried) {
            const QByteArray &id = std::get<ToolResultPart>(*carried.part).callId;
            return std::find_if(
                       m_calls.begin(), m_calls.end(), [&](const Call &call) { return call.id == id; })
                   - m_calls.begin();
        };
        std::stable_sort(
            turn.parts.begin(), turn.parts.end(),
            [&](const CarriedPart &a, const CarriedPart &b) { return placeOf(a) < placeOf(b); });
    }

    Result<> writeParts(const std::vector<CarriedPart> &parts)
    {
        // A signature that came with a text is kept as a thought without words; it rides on the next text
        // again.
        QByteArray pending;
        bool signedCall = std::any_of(parts.begin(), parts.end(), [](const CarriedPart &carried) {
            const auto *call = std::get_if<ToolCallPart>(carried.part);
            return call && !call->signature.isEmpty();
        });
        m_writer.key("parts").beginArray();
        for (const CarriedPart &carried : parts) {
            if (const auto *text = std::get_if<TextPart>(carried.part)) {
                writeText(text->text, std::exchange(pending, {}));
            } else if (const auto *refusal = std::get_if<RefusalPart>(carried.part)) {
                writeText(refusal->text, {});
                m_losses.approximated(carried.where + ".refusal", "sent as text");
            } else if (const auto *reasoning = std::get_if<ReasoningPart>(carried.part)) {
                if (!pending.isEmpty())
                    writeText({}, std::exchange(pending, {}));
                if (reasoning->text.isEmpty())
                    pending = reasoning->signature;
                else
                    writeThought(*reasoning);
            } else if (const auto *media = std::get_if<MediaPart>(carried.part)) {
                if (media->json.isEmpty() || m_request.dialect != "gemini")
                    writeMedia(*media, m_writer);
                else
                    m_writer.raw(media->json);
                noteDetail(*media, carried.where);
            } else if (const auto *call = std::get_if<ToolCallPart>(carried.part)) {
                QByteArray signature = call->signature;
                if (m_signsCalls && !signedCall)
                    signature = kNoSignature.toByteArray();
                signedCall = true;
                if (auto written = writeCall(*call, signature, carried.where); !written)
                    return written;
            } else if (const auto *result = std::get_if<ToolResultPart>(carried.part)) {
                if (auto written = writeResponse(*result, carried.where); !written)
                    return written;
            } else if (const auto *unknown = std::get_if<UnknownPart>(carried.part)) {
                m_writer.raw(unknown->json);
            }
        }
        if (!pending.isEmpty())
            writeText({}, pending);
        m_writer.endArray();
        return {};
    }

    void writeText(const QByteArray &text, const QByteArray &signature)
    {
        m_writer.beginObject().member("text", text);
        if (!signature.isEmpty())
            m_writer.member("thoughtSignature", signature);
        m_writer.endObject();
    }

    void writeThought(const ReasoningPart &part)
    {
        m_writer.beginObject().member("text", part.text).memberBoolean("thought", true);
        if (!part.signature.isEmpty())
            m_writer.member("thoughtSignature", part.signature);
        m_writer.endObject();
    }

    void noteDetail(const MediaPart &part, const QByteArray &where)
    {
        if (!part.detail.isEmpty() && part.detail != "auto")
            m_losses.dropped(where + ".detail");
    }

    Result<> writeCall(const ToolCallPart &call, const QByteArray &signature, const QByteArray &where)
    {
        const auto name = functionName(call.name, m_losses);
        if (!name)
            return fail(name.error().in(where));
        bool wrapped = false;
        const QByteArray arguments = objectArguments(call, wrapped);
        if (wrapped)
            m_losses.approximated(where + ".arguments", "no JSON object; sent as {\"input\": text}");
        m_writer.beginObject().key("functionCall").beginObject();
        if (isOwnCallId(call.id))
            m_writer.member("id", call.id);
        m_writer.member("name", *name).memberRaw("args", arguments).endObject();
        if (!signature.isEmpty())
            m_writer.member("thoughtSignature", signature);
        m_writer.endObject();
        return {};
    }

    [[nodiscard]] QByteArray nameOf(const ToolResultPart &result) const
    {
        if (!result.toolName.isEmpty())
            return result.toolName;
        for (const Call &call : m_calls) {
            if (call.id == result.callId)
                return call.name;
        }
        return {};
    }

    Result<> writeResponse(const ToolResultPart &result, const QByteArray &where)
    {
        const QByteArray toolName = nameOf(result);
        if (toolName.isEmpty()) {
            return fail(
                ErrorKind::Invalid, where + ": no tool call with id " + json::quoted(result.callId)
                                        + " comes before this result");
        }
        const auto name = functionName(toolName, m_losses);
        if (!name)
            return fail(name.error().in(where));
        m_writer.beginObject().key("functionResponse").beginObject();
        if (isOwnCallId(result.callId))
            m_writer.member("id", result.callId);
        m_writer.member("name", *name).key("response");
        writeResponseObject(result);
        m_writer.endObject().endObject();
        for (const auto &item : result.content) {
            const auto *media = std::get_if<MediaPart>(&item);
            if (media && mediaProblem(*media).isEmpty()) {
                m_losses.approximated(
                    where, "media beside the response: older models have no place inside it");
                writeMedia(*media, m_writer);
            } else if (media) {
                m_losses.dropped(where, mediaProblem(*media));
            }
        }
        return {};
    }

    /// The tool's own JSON object if it gave one, else its text under a key.
    void writeResponseObject(const ToolResultPart &result)
    {
        QByteArray text;
        for (const auto &item : result.content) {
            if (const auto *part = std::get_if<TextPart>(&item))
                text += part->text;
        }
        const auto document = json::Document::parse(text);
        if (document && document->root().isObject() && !result.isError)
            m_writer.raw(document->root().raw());
        else
            m_writer.beginObject().member(result.isError ? "error" : "result", text).endObject();
    }

    const ChatRequest &m_request;
    const bool m_signsCalls;
    json::Writer &m_writer;
    Losses &m_losses;
    std::vector<CarriedPart> m_system;
    std::vector<Turn> m_turns;
    std::vector<Call> m_calls; ///< all of the history, in order
};

} // namespace

Result<> writeConversation(const ChatRequest &request, bool signsCalls, json::Writer &writer, Losses &losses)
{
    return ConversationWriter(request, signsCalls, writer, losses).write();
}

Result<QByteArray> functionName(const QByteArray &name, Losses &losses)
{
    ToolNameRule rule;
    rule.alsoAllowed = ".:";
    rule.mayStartWithDigitOrDash = false;
    auto outward = outwardToolName(name, rule);
    if (outward && *outward != name)
        losses.renamed("tools." + name, *outward);
    return outward;
}

} // namespace fairlead::wire::gemini

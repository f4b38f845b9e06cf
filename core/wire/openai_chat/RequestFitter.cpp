// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/RequestFitter.h"

#include "wire/openai_chat/FieldReader.h"
#include "json/Writer.h"

#include <algorithm>

namespace fairlead::wire::openai_chat {

using json::View;

namespace {

constexpr qsizetype kShortId = 9;

class Fitter
{
public:
    Fitter(json::Splice &splice, View root, const Quirks &quirks, Losses &losses)
        : m_splice(splice)
        , m_root(root)
        , m_quirks(quirks)
        , m_losses(losses)
    { }

    void fit()
    {
        fitCap();
        if (!m_quirks.seedField.isEmpty())
            move("seed", m_root["seed"], m_quirks.seedField);
        for (const QByteArray &field : m_quirks.refusedFields) {
            if (!m_root[field].exists())
                continue;
            m_splice.remove(m_root, field);
            m_losses.dropped(field, "the provider refuses it");
        }
        if (m_quirks.noDeveloperRole || m_quirks.shortToolIds || m_quirks.bareMedia)
            fitMessages();
    }

private:
    /// Providers that know the newer name take the older one too, except for models whose limits in the
    /// catalogue say so. Of both caps the newer one counts, as it does for OpenAI.
    void fitCap()
    {
        if (m_quirks.maxTokensField == "max_tokens")
            move("max_completion_tokens", m_root["max_completion_tokens"], m_quirks.maxTokensField);
    }

    void move(QByteArrayView from, View value, const QByteArray &to)
    {
        if (!value.exists())
            return;
        m_splice.remove(m_root, from);
        if (!to.isEmpty())
            m_splice.set(m_root, to, value.raw());
    }

    void fitMessages()
    {
        qsizetype index = 0;
        for (const View message : m_root["messages"].elements()) {
            const auto [role, calls, callId, content]
                = message.pick("role", "tool_calls", "tool_call_id", "content");
            if (m_quirks.noDeveloperRole && role.equals("developer")) {
                m_splice.replace(role, "\"system\"");
                m_losses.renamed(
                    indexed("messages", index) + ".role", QByteArrayLiteral("developer is sent as system"));
            }
            if (m_quirks.shortToolIds) {
                fitId(callId);
                for (const View call : calls.elements())
                    fitId(call["id"]);
            }
            if (m_quirks.bareMedia) {
                for (const View part : content.elements())
                    fitPart(part);
            }
            ++index;
        }
    }

    void fitId(View id)
    {
        if (id.isString())
            m_splice.replace(id, json::quoted(shortToolId(id.stringOr({}))));
    }

    void fitPart(View part)
    {
        const View audio = part["input_audio"]["data"];
        const auto [data, name] = part["file"].pick("file_data", "filename");
        if (audio.isString()) {
            m_splice.replace(part["input_audio"], audio.raw());
        } else if (data.isString()) {
            json::Writer writer;
            writer.beginObject().member("type", "document_url").memberRaw("document_url", data.raw());
            if (name.isString())
                writer.memberRaw("document_name", name.raw());
            m_splice.replace(part, writer.endObject().text());
        }
    }

    json::Splice &m_splice;
    View m_root;
    const Quirks &m_quirks;
    Losses &m_losses;
};

bool isAlphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace

void fitRequest(json::Splice &splice, View root, const Quirks &quirks, Losses &losses)
{
    const bool deviates = quirks.noDeveloperRole || quirks.shortToolIds || quirks.bareMedia
                          || !quirks.maxTokensField.isEmpty() || !quirks.seedField.isEmpty()
                          || !quirks.refusedFields.empty();
    if (deviates)
        Fitter(splice, root, quirks, losses).fit();
}

QByteArray shortToolId(const QByteArray &id)
{
    if (id.size() == kShortId && std::all_of(id.begin(), id.end(), isAlphanumeric))
        return id;
    constexpr QByteArrayView alphabet("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    quint64 hash = 14695981039346656037ULL; // FNV-1a: the same in every run
    for (const char c : id)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    QByteArray made;
    for (qsizetype i = 0; i < kShortId; ++i) {
        made += alphabet[static_cast<qsizetype>(hash % quint64(alphabet.size()))];
        hash /= quint64(alphabet.size());
    }
    return made;
}

} // namespace fairlead::wire::openai_chat

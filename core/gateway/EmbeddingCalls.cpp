// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/EmbeddingCalls.h"

#include "gateway/CallSources.h"
#include "gateway/OneShotReader.h"
#include "metering/TokenEstimate.h"
#include "wire/FloatVector.h"

namespace fairlead::gateway {

using chat::Failure;
using chat::FailureClass;

namespace {

std::int64_t estimatedInput(const chat::EmbeddingRequest &request)
{
    std::int64_t tokens = 0;
    for (const QByteArray &text : request.texts)
        tokens += metering::estimateTokens(text);
    for (const chat::RawJson &ids : request.tokenLists)
        tokens += ids.count(',') + 1;
    return tokens;
}

/// Brings a vector into the form the caller wants, where it is not.
Result<void> convert(chat::EmbeddingVector &vector, bool toBase64)
{
    auto converted = toBase64 ? wire::base64Of(vector) : wire::numbersOf(vector);
    if (!converted)
        return fail(converted.error());
    (toBase64 ? vector.base64 : vector.numbers) = std::move(*converted);
    return {};
}

} // namespace

/// Reads a target's answer and keeps it for the handler.
class EmbeddingCalls::Reader final : public OneShotReader
{
public:
    Reader(EmbeddingCalls &calls, routing::Target target, const wire::EmbeddingCodec &codec, bool passThrough)
        : m_calls(calls)
        , m_target(std::move(target))
        , m_codec(codec)
        , m_passThrough(passThrough)
    { }

private:
    tl::expected<chat::Usage, Failure> read(QByteArrayView body) override
    {
        auto answer = m_codec.decodeAnswer(body, m_target.provider->quirks);
        if (!answer)
            return tl::make_unexpected(answer.error());
        const chat::EmbeddingRequest &request = m_calls.m_request;
        const std::size_t asked = request.texts.size() + request.tokenLists.size();
        if (answer->vectors.size() != asked)
            return broken(
                "gave " + QByteArray::number(qulonglong(answer->vectors.size())) + " embeddings for "
                + QByteArray::number(qulonglong(asked)) + " inputs");
        for (std::size_t i = 0; !m_passThrough && i < answer->vectors.size(); ++i) {
            if (const auto done = convert(answer->vectors[i], request.base64); !done)
                return broken("gave an embedding that cannot be read: " + done.error().message());
        }
        if (answer->usage.isEmpty()) { // Gemini and some local servers do not count
            answer->usage.set(chat::TokenKind::Input, estimatedInput(request));
            answer->usage.estimated = true;
        }
        chat::Usage usage = answer->usage;
        m_calls.m_answer = std::move(*answer);
        return usage;
    }

    [[nodiscard]] tl::unexpected<Failure> broken(const QByteArray &what) const
    {
        return tl::make_unexpected(
            Failure(FailureClass::Protocol, 200, m_target.provider->name.toUtf8() + ' ' + what + '.'));
    }

    EmbeddingCalls &m_calls;
    routing::Target m_target;
    const wire::EmbeddingCodec &m_codec;
    bool m_passThrough;
};

EmbeddingCalls::EmbeddingCalls(
    const wire::Wire &dialect, const wire::InboundCall &call, chat::EmbeddingRequest request)
    : m_dialect(dialect)
    , m_call(call)
    , m_request(std::move(request))
{ }

std::optional<Failure> EmbeddingCalls::whyUnfit(const routing::Target &target)
{
    const bool fit = wire::findWire(target.provider->wire)->embedding != nullptr;
    return fit ? std::nullopt : std::optional(cannot(target, "give embeddings"));
}

tl::expected<routing::PreparedCall, Failure> EmbeddingCalls::prepare(const routing::Target &target)
{
    const wire::EmbeddingCodec *codec = wire::findWire(target.provider->wire)->embedding;
    routing::PreparedCall prepared;
    prepared.passThrough = codec == m_dialect.embedding;
    m_request.model = target.model;
    auto call = prepared.passThrough
                    ? codec->passThrough(m_call, target.model, target.provider->quirks)
                    : codec->encodeRequest(m_request, target.provider->quirks, prepared.losses);
    if (!call)
        return tl::make_unexpected(callerFault(call.error()));
    prepared.call = std::move(*call);
    prepared.reader = std::make_unique<Reader>(*this, target, *codec, prepared.passThrough);
    return prepared;
}

} // namespace fairlead::gateway

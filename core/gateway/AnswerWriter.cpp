// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/AnswerWriter.h"

#include "wire/openai_chat/UsageChunkFilter.h"

#include <algorithm>

namespace fairlead::gateway {

namespace {

using providers::Piece;

const chat::Failed *failedIn(const Piece &piece)
{
    for (const chat::ChatEvent &event : piece.events) {
        if (const auto *failed = std::get_if<chat::Failed>(&event))
            return failed;
    }
    return nullptr;
}

class PassThroughWriter final : public AnswerWriter
{
public:
    PassThroughWriter(std::unique_ptr<wire::StreamEncoder> encoder, bool removeUsageChunk)
        : m_encoder(std::move(encoder))
    {
        if (removeUsageChunk)
            m_filter.emplace();
    }

    QByteArray take(Piece piece) override
    {
        const chat::Failed *failed = failedIn(piece);
        // An error the provider itself sent is among the bytes; a cut has none.
        const bool toldByProvider = failed && !piece.bytes.isEmpty();
        QByteArray out = m_filter ? m_filter->feed(piece.bytes) : std::move(piece.bytes);
        if (piece.last && m_filter)
            out += m_filter->finish();
        if (failed && !toldByProvider) {
            // The cut may have left half an event behind.
            if (!m_atEventEnd)
                out += m_encoder->eventEnd();
            out += m_encoder->encode(*failed);
            out += m_encoder->finish();
        }
        if (!out.isEmpty())
            m_atEventEnd
                = out.endsWith(m_encoder->eventEnd()) || out.endsWith("\r\n\r\n") || out.endsWith("\r\r");
        return out;
    }

    QByteArray keepAlive() const override { return m_atEventEnd ? m_encoder->keepAlive() : QByteArray(); }

private:
    std::unique_ptr<wire::StreamEncoder> m_encoder;
    std::optional<wire::openai_chat::UsageChunkFilter> m_filter;
    bool m_atEventEnd = true;
};

class TranslatingWriter final : public AnswerWriter
{
public:
    TranslatingWriter(
        std::unique_ptr<wire::StreamEncoder> encoder, const wire::AnswerScope &scope, wire::Losses &losses)
        : m_encoder(std::move(encoder))
        , m_scope(scope)
        , m_losses(losses)
    { }

    QByteArray take(Piece piece) override
    {
        QByteArray out;
        for (const chat::ChatEvent &event : piece.events) {
            out += m_encoder->encode(event);
            wire::reportLeftOut(event, m_scope, m_losses);
        }
        if ((piece.over || piece.last) && !m_ended) {
            m_ended = true;
            out += m_encoder->finish();
        }
        return out;
    }

    QByteArray keepAlive() const override { return m_ended ? QByteArray() : m_encoder->keepAlive(); }

private:
    std::unique_ptr<wire::StreamEncoder> m_encoder;
    const wire::AnswerScope &m_scope;
    wire::Losses &m_losses;
    bool m_ended = false;
};

} // namespace

std::unique_ptr<AnswerWriter>
makePassThroughWriter(std::unique_ptr<wire::StreamEncoder> encoder, bool removeUsageChunk)
{
    return std::make_unique<PassThroughWriter>(std::move(encoder), removeUsageChunk);
}

std::unique_ptr<AnswerWriter> makeTranslatingWriter(
    std::unique_ptr<wire::StreamEncoder> encoder, const wire::AnswerScope &scope, wire::Losses &losses)
{
    return std::make_unique<TranslatingWriter>(std::move(encoder), scope, losses);
}

} // namespace fairlead::gateway

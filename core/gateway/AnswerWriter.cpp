// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/AnswerWriter.h"

#include "base/TextWriter.h"
#include "wire/SseReader.h"
#include "wire/openai_chat/UsageChunkFilter.h"

#include <algorithm>

namespace fairlead::gateway {

namespace {

using providers::Piece;

// What is longer is no event: the decoders' own limit.
constexpr qsizetype kMostHeldBytes = wire::SseReader::kDefaultMostEventBytes;

// The most of an event's end that may have come with the piece before: all but the last byte of CRLF CRLF.
constexpr qsizetype kMostSplitMark = 3;

const chat::Failed *failedIn(const Piece &piece)
{
    for (const chat::ChatEvent &event : piece.events) {
        if (const auto *failed = std::get_if<chat::Failed>(&event))
            return failed;
    }
    return nullptr;
}

/// Behind the last event that is whole, 0 if none is. None ends before `from`. Events end with `mark`, those
/// of SSE by any kind of blank line.
qsizetype wholeEvents(QByteArrayView bytes, QByteArrayView mark, qsizetype from)
{
    if (bytes.endsWith(mark))
        return bytes.size();
    const QByteArrayView rest = bytes.sliced(from);
    qsizetype end = 0;
    const auto consider = [&](QByteArrayView ending) {
        const qsizetype at = rest.lastIndexOf(ending);
        end = at < 0 ? end : std::max(end, from + at + ending.size());
    };
    consider(mark);
    if (mark.size() > 1) {
        consider("\r\n\r\n");
        if (!bytes.contains('\n'))
            consider("\r\r");
    }
    return end;
}

class PassThroughWriter final : public AnswerWriter
{
public:
    PassThroughWriter(std::unique_ptr<wire::StreamEncoder> encoder, bool removeUsageChunk)
        : m_encoder(std::move(encoder))
        , m_passesAll(m_encoder->cutsBrokenStream()) // no error will follow: the connection is cut
    {
        if (removeUsageChunk)
            m_filter.emplace();
    }

    QByteArray take(Piece piece) override
    {
        const chat::Failed *failed = failedIn(piece);
        // An error the provider itself sent is among the bytes; a cut has none.
        const bool wasCut = failed && piece.bytes.isEmpty();
        const bool ends = piece.last || piece.over;
        if (wasCut) { // half an event goes nowhere: before the error it would only be noise
            QByteArray out = m_encoder->encode(*failed); // before finish(), which "+" would not promise
            out += m_encoder->finish();
            return out;
        }
        if (!m_filter)
            return wholeOf(std::move(piece.bytes), ends || failed);
        QByteArray out = m_filter->feed(piece.bytes);
        if (piece.last)
            out += m_filter->finish();
        return out;
    }

    QByteArray keepAlive() const override { return m_passesAll ? QByteArray() : m_encoder->keepAlive(); }

private:
    /// What has come of whole events. The rest waits, which costs the caller nothing: nobody can read half an
    /// event. A long one is not searched or copied anew with each of its pieces.
    QByteArray wholeOf(QByteArray bytes, bool all)
    {
        qsizetype from = 0;
        if (!m_held.isEmpty()) {
            from = std::max<qsizetype>(m_held.size() - kMostSplitMark, 0);
            appendBytes(m_held, bytes);
            bytes = std::exchange(m_held, QByteArray());
        }
        if (all || m_passesAll)
            return bytes;
        const qsizetype whole = wholeEvents(bytes, m_encoder->eventEnd(), from);
        if (whole == bytes.size())
            return bytes;
        if (bytes.size() - whole > kMostHeldBytes) {
            m_passesAll = true;
            return bytes;
        }
        if (whole == 0) {
            m_held = std::move(bytes);
            return QByteArray();
        }
        m_held = bytes.sliced(whole);
        bytes.truncate(whole);
        return bytes;
    }

    std::unique_ptr<wire::StreamEncoder> m_encoder;
    bool m_passesAll;
    std::optional<wire::openai_chat::UsageChunkFilter> m_filter;
    QByteArray m_held;
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

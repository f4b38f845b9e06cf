// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/AnswerWriter.h"

#include "base/TextWriter.h"
#include "wire/SseReader.h"
#include "wire/openai_chat/UsageChunkFilter.h"
#include "json/View.h"

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

/// Behind the first event that ends at or after `from`.
qsizetype nextEvent(QByteArrayView bytes, QByteArrayView mark, qsizetype from)
{
    qsizetype end = bytes.size();
    const auto consider = [&](QByteArrayView ending) {
        const qsizetype at = bytes.indexOf(ending, from);
        end = at < 0 ? end : std::min(end, at + ending.size());
    };
    consider(mark);
    if (mark.size() > 1) {
        consider("\r\n\r\n");
        consider("\r\r");
    }
    return end;
}

bool isJson(QByteArrayView text)
{
    return text.trimmed().isEmpty() || json::Document::parse(text.toByteArray()).has_value();
}

/// A server-sent event whose data is JSON, or the word that ends a stream.
bool isSound(QByteArrayView bytes)
{
    bool sound = true;
    wire::SseReader reader;
    (void)reader.feed(bytes, [&](const wire::SseEvent &event) {
        sound = isJson(event.data) || event.data.trimmed() == QByteArrayView("[DONE]");
    });
    return sound;
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

/// The events but for those that are no JSON; a client's own reader would fail at them.
QByteArray withoutGarbage(const QByteArray &bytes, QByteArrayView mark)
{
    const bool lines = mark.size() == 1;
    QByteArray out;
    for (qsizetype from = 0; from < bytes.size();) {
        const qsizetype end = nextEvent(bytes, mark, from);
        const QByteArrayView event = QByteArrayView(bytes).sliced(from, end - from);
        if (lines ? isJson(event) : isSound(event))
            appendBytes(out, event);
        from = end;
    }
    return out;
}

/// A comment, where a dialect has those.
QByteArray commentOf(const QByteArray &note, const wire::StreamEncoder &encoder)
{
    return encoder.keepAlive().startsWith(':') ? ": " + note + "\n\n" : QByteArray();
}

/// Writes an answer by its events.
class EventWriter
{
public:
    explicit EventWriter(std::unique_ptr<wire::StreamEncoder> encoder)
        : m_encoder(std::move(encoder))
    { }

    QByteArray take(const Piece &piece)
    {
        QByteArray out = std::exchange(m_note, QByteArray());
        for (const chat::ChatEvent &event : piece.events)
            out += m_encoder->encode(event);
        if ((piece.over || piece.last) && !m_ended) {
            m_ended = true;
            out += m_encoder->finish();
        }
        return out;
    }

    /// A comment before the next piece.
    void note(const QByteArray &text) { m_note = commentOf(text, *m_encoder); }
    [[nodiscard]] QByteArray keepAlive() const { return m_ended ? QByteArray() : m_encoder->keepAlive(); }

private:
    std::unique_ptr<wire::StreamEncoder> m_encoder;
    QByteArray m_note;
    bool m_ended = false;
};

class PassThroughWriter final : public AnswerWriter
{
public:
    PassThroughWriter(std::unique_ptr<wire::StreamEncoder> encoder, bool removeUsageChunk, bool mayGoOn)
        : m_encoder(std::move(encoder))
        // no error will follow: the connection is cut
        , m_passesAll(m_encoder->cutsBrokenStream() && !mayGoOn)
    {
        if (removeUsageChunk)
            m_filter.emplace();
    }

    QByteArray take(Piece piece) override
    {
        if (m_onward)
            return m_onward->take(std::move(piece));
        const chat::Failed *failed = failedIn(piece);
        // An error the provider itself sent is among the bytes; a cut has none.
        const bool wasCut = failed && piece.bytes.isEmpty();
        const bool ends = piece.last || piece.over;
        if (wasCut) { // half an event goes nowhere: before the error it would only be noise
            QByteArray out = m_encoder->encode(*failed); // before finish(), which "+" would not promise
            out += m_encoder->finish();
            return out;
        }
        QByteArray out;
        if (m_filter) {
            out = m_filter->feed(piece.bytes);
            if (piece.last)
                out += m_filter->finish();
        } else {
            out = wholeOf(std::move(piece.bytes), ends || failed);
        }
        if (piece.garbled && !m_passesAll)
            out = withoutGarbage(out, m_encoder->eventEnd());
        return out;
    }

    bool goOn(std::unique_ptr<wire::StreamEncoder> fresh, const Told &told, const QByteArray &note) override
    {
        // What the first provider wrote is what the encoder would have, but for its own ids and numbers.
        if (!m_onward) {
            for (const chat::ChatEvent &event : told.events())
                (void)fresh->encode(event);
            if (!fresh->adopt(told.bytes()))
                return false;
            m_onward.emplace(std::move(fresh));
        }
        m_onward->note(note);
        return true;
    }

    QByteArray keepAlive() const override
    {
        if (m_onward)
            return m_onward->keepAlive();
        return m_passesAll ? QByteArray() : m_encoder->keepAlive();
    }

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
    std::optional<EventWriter> m_onward; ///< writes what goes on from elsewhere
    QByteArray m_held;
};

class TranslatingWriter final : public AnswerWriter
{
public:
    TranslatingWriter(
        std::unique_ptr<wire::StreamEncoder> encoder, const wire::AnswerScope &scope, wire::Losses &losses)
        : m_writer(std::move(encoder))
        , m_scope(scope)
        , m_losses(losses)
    { }

    QByteArray take(Piece piece) override
    {
        for (const chat::ChatEvent &event : piece.events)
            wire::reportLeftOut(event, m_scope, m_losses);
        return m_writer.take(piece);
    }

    bool goOn(std::unique_ptr<wire::StreamEncoder>, const Told &, const QByteArray &note) override
    {
        m_writer.note(note);
        return true;
    }

    QByteArray keepAlive() const override { return m_writer.keepAlive(); }

private:
    EventWriter m_writer;
    const wire::AnswerScope &m_scope;
    wire::Losses &m_losses;
};

} // namespace

std::unique_ptr<AnswerWriter>
makePassThroughWriter(std::unique_ptr<wire::StreamEncoder> encoder, bool removeUsageChunk, bool mayGoOn)
{
    return std::make_unique<PassThroughWriter>(std::move(encoder), removeUsageChunk, mayGoOn);
}

std::unique_ptr<AnswerWriter> makeTranslatingWriter(
    std::unique_ptr<wire::StreamEncoder> encoder, const wire::AnswerScope &scope, wire::Losses &losses)
{
    return std::make_unique<TranslatingWriter>(std::move(encoder), scope, losses);
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatEvent.h"
#include "wire/TextPieces.h"
#include "wire/openai_responses/EventWriter.h"
#include "wire/openai_responses/ToolNames.h"

#include <QByteArray>

namespace fairlead::wire::openai_responses {

/// An item of the output on its way out: its events as it grows, its JSON in the end.
class OutputItem
{
public:
    OutputItem(EventWriter &events, int place, QByteArray id);
    virtual ~OutputItem();
    Q_DISABLE_COPY_MOVE(OutputItem)

    /// Ends it; `status` is "completed" or "incomplete". Further calls do nothing.
    void close(QByteArrayView status);
    /// What was told of it stands there, under that id.
    void adopt(int place, QByteArray id);
    [[nodiscard]] bool isOpen() const { return m_json.isEmpty(); }
    /// The finished item; empty while it is open.
    [[nodiscard]] const QByteArray &json() const { return m_json; }

protected:
    /// To be called when the item can be written for the first time.
    void announce();
    /// What is still owed before the item is done.
    virtual void finish(QByteArrayView status) = 0;
    [[nodiscard]] virtual QByteArray write(QByteArrayView status) const = 0;

    /// An event of this item.
    json::Writer &begin(QByteArrayView type);
    [[nodiscard]] EventWriter &events() { return m_events; }
    [[nodiscard]] const QByteArray &id() const { return m_id; }

private:
    void tell(QByteArrayView type, const QByteArray &json);

    EventWriter &m_events;
    int m_place;
    QByteArray m_id;
    QByteArray m_json;
};

/// What the model says: texts and refusals as content parts.
class MessageItem final : public OutputItem
{
public:
    MessageItem(EventWriter &events, int place, QByteArray id);

    void addText(const QByteArray &text);
    void addRefusal(const QByteArray &text);
    /// Chat's logprobs object, for the text that comes next.
    void addLogprobs(const QByteArray &json);
    void cite(const chat::Citation &citation);

protected:
    void finish(QByteArrayView status) override;
    [[nodiscard]] QByteArray write(QByteArrayView status) const override;

private:
    enum class PartKind { None, Text, Refusal };
    void openPart(PartKind kind);
    void closePart();
    void sendText(const QByteArray &text);
    [[nodiscard]] QByteArray writePart() const;
    json::Writer &beginInPart(QByteArrayView type);

    PartKind m_kind = PartKind::None;
    int m_index = -1; ///< of the current part
    int m_citations = 0;
    QByteArray m_parts; ///< the closed ones, as JSON with commas
    TextPieces m_pieces;
    QByteArray m_text; ///< of the current part
    QByteArray m_annotations; ///< of the current part, as JSON with commas
    QByteArray m_logprobs;
    QByteArray m_nextLogprobs; ///< not sent yet
};

/// Reasoning as a summary, which is what clients show, and the sealed form they return.
class ReasoningItem final : public OutputItem
{
public:
    ReasoningItem(EventWriter &events, int place, QByteArray id);

    void addText(const QByteArray &text);
    void sign(const chat::ReasoningSignature &signature);
    /// Carries the signature of the call that follows, and nothing else.
    void signCall(const QByteArray &signature);

protected:
    void finish(QByteArrayView status) override;
    [[nodiscard]] QByteArray write(QByteArrayView status) const override;

private:
    void sendText(const QByteArray &text);
    json::Writer &beginInPart(QByteArrayView type);

    bool m_hasPart = false;
    TextPieces m_pieces;
    QByteArray m_text;
    chat::ReasoningPart m_seal;
    QByteArray m_callSeal;
};

/// A call of a function, or of a tool that takes free text. Providers without such tools were told of a
/// function with one argument; its value is what the caller gets.
class CallItem final : public OutputItem
{
public:
    CallItem(
        EventWriter &events, int place, QByteArray id, const chat::ToolCallBegin &begin,
        ToolNames::Entry entry);

    void addArguments(const QByteArray &text);
    /// Nothing can follow what has been said.
    [[nodiscard]] bool isWhole() const;

protected:
    void finish(QByteArrayView status) override;
    [[nodiscard]] QByteArray write(QByteArrayView status) const override;

private:
    void sendDelta(const QByteArray &text);

    QByteArray m_callId;
    ToolNames::Entry m_entry;
    bool m_wrapped; ///< the text is inside the arguments of a function
    TextPieces m_pieces;
    QByteArray m_arguments;
};

/// An image the model made, known at once.
class ImageItem final : public OutputItem
{
public:
    ImageItem(EventWriter &events, int place, QByteArray id, const chat::MediaPart &image);

protected:
    void finish(QByteArrayView status) override;
    [[nodiscard]] QByteArray write(QByteArrayView status) const override;

private:
    chat::MediaPart m_image;
};

} // namespace fairlead::wire::openai_responses

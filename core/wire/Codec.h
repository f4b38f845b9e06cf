// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "base/Result.h"
#include "chat/ChatAnswer.h"
#include "chat/ChatEvent.h"
#include "chat/ChatRequest.h"
#include "wire/AnswerScope.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"
#include "json/View.h"

#include <memory>
#include <vector>

/// A wire format, used from both sides: an InboundCodec lets a local tool speak it to us, an UpstreamCodec
/// lets us speak it to a provider. Both are pure: bytes and values in, bytes and values out, no I/O, no
/// clock, no threads.
namespace fairlead::wire {

class EmbeddingCodec;
class TokenCountCodec;

using chat::ChatAnswer;
using chat::ChatEvent;
using chat::ChatRequest;
using chat::Failure;

/// What is sent to a provider, without base URL and credentials.
struct UpstreamCall {
    QByteArray method = "POST";
    QByteArray
        path; ///< appended to the provider's base URL, with leading slash and query: "/chat/completions"
    Headers headers; ///< the dialect's own (content-type, anthropic-version ...), never a key
    QByteArray body;
};

/// Push parser for a streamed answer. Feed bytes as they come, at any split; whole events come out. After a
/// Failed event nothing more comes.
class StreamDecoder
{
public:
    StreamDecoder() = default;
    virtual ~StreamDecoder() = default;
    Q_DISABLE_COPY_MOVE(StreamDecoder)

    /// Appends the events these bytes complete to `events`.
    virtual void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) = 0;
    /// The connection ended cleanly. Appends what is still owed; if the dialect's terminal signal is missing,
    /// a Failed with FailureClass::Protocol that says the answer was cut (wire.md rule: a stream is a success
    /// only with its dialect's terminal signal; for Chat a finish_reason without [DONE] is enough).
    virtual void finish(std::vector<ChatEvent> &events) = 0;
    /// True once the dialect's terminal signal has been seen ([DONE], message_stop, finishReason).
    [[nodiscard]] virtual bool isComplete() const = 0;
    /// True once nothing more can follow: the dialect's own end has been read ([DONE], message_stop), not
    /// just a finish reason. A dialect without such an end (Gemini) is over when the connection is.
    [[nodiscard]] virtual bool isOver() const = 0;
    /// How many events were no JSON and left out; worth a note where the rest is whole.
    [[nodiscard]] virtual int skippedEvents() const { return 0; }
};

enum class DecodeMode {
    Full,
    /// Only observing a stream that passes through: text, reasoning and argument deltas are reported once per
    /// choice with whatever text is cheap to give (possibly empty); Started, usage, finish and failure are
    /// exact.
    Tap,
};

/// Turns events into the caller's dialect, for a stream.
class StreamEncoder
{
public:
    StreamEncoder() = default;
    virtual ~StreamEncoder() = default;
    Q_DISABLE_COPY_MOVE(StreamEncoder)

    /// The bytes this event adds to the stream; may be empty. A Failed gives the dialect's in-band error.
    [[nodiscard]] virtual QByteArray encode(const ChatEvent &event) = 0;
    /// The bytes that end the stream ("data: [DONE]"). Not called for dialects/cases where a broken stream
    /// must not end.
    [[nodiscard]] virtual QByteArray finish() = 0;
    /// Takes over the ids and numbers of `told`: bytes of this dialect that somebody else wrote, whose events
    /// have just been encoded here for nobody. False if this cannot be gone on with.
    [[nodiscard]] virtual bool adopt(QByteArrayView /*told*/) { return true; }
    /// What to send while the upstream is silent, or empty if this dialect's clients do not stand it.
    [[nodiscard]] virtual QByteArray keepAlive() const = 0;
    /// What ends an event of this dialect.
    [[nodiscard]] virtual QByteArrayView eventEnd() const { return "\n\n"; }
    /// True where clients overlook an error in the stream: a broken one is then ended by cutting the
    /// connection, so that nobody takes a stump for an answer (Gemini).
    [[nodiscard]] virtual bool cutsBrokenStream() const { return false; }
};

struct InboundCall;

/// Who the answer is for and what its constant fields are.
struct AnswerContext {
    /// The request being answered, for dialects whose answers repeat parts of it or whose framing depends on
    /// its query. Outlives every encoder made from this context; null in tests of dialects without need.
    const InboundCall *call = nullptr;
    QByteArray model; ///< name to show in the answer
    QByteArray fallbackId; ///< used where the provider gives no id; constant over a stream
    qint64 created = 0; ///< Unix seconds, for the same case
    bool includeUsage = false;
};

struct EncodedError {
    int status = 500;
    QByteArray contentType = "application/json";
    QByteArray body;
    Headers headers; ///< retry-after, retry-after-ms, x-should-retry
};

/// One request as the local tool sent it, its body parsed once for everybody who looks at it.
struct InboundCall {
    QByteArray path;
    QByteArray query;
    Headers headers;
    json::Document document;

    /// The error says what is wrong with the JSON and where.
    [[nodiscard]] static Result<InboundCall>
    parse(QByteArray path, QByteArray query, Headers headers, QByteArray body);
};

/// What routing needs to know of a request before anything is decoded.
struct RequestHead {
    QByteArray model;
    bool stream = false;
    bool includeUsage = false; ///< the caller asked to see usage in the stream
    /// Where those stand in the request, for a codec that splices them: bodies are large, and finding them
    /// means skipping all the rest.
    json::View modelField;
    json::View streamOptionsField;
};

/// The side a local tool speaks.
class InboundCodec
{
public:
    InboundCodec() = default;
    virtual ~InboundCodec() = default;
    Q_DISABLE_COPY_MOVE(InboundCodec)

    /// The few fields routing needs, without decoding the rest.
    [[nodiscard]] virtual Result<RequestHead> peek(const InboundCall &call) const = 0;
    /// Errors are FailureClass::CallerFault in nature: the message names the field and says what was
    /// expected.
    [[nodiscard]] virtual Result<ChatRequest> decodeRequest(const InboundCall &call) const = 0;
    [[nodiscard]] virtual std::unique_ptr<StreamEncoder>
    makeStreamEncoder(const AnswerContext &context) const = 0;
    [[nodiscard]] virtual QByteArray streamContentType(const AnswerContext &context) const = 0;
    [[nodiscard]] virtual QByteArray
    encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const = 0;
    /// The dialect's own error object with the right HTTP status (wire.md section 13).
    [[nodiscard]] virtual EncodedError encodeError(const Failure &failure) const = 0;

    /// For the same dialect on both sides: the caller's bytes with the target's model name (and what the
    /// route must set) spliced in place. `usageForced` is set if include_usage was added, so that the usage
    /// chunk can be kept from a caller who did not ask for it.
    struct PassThrough {
        QByteArray body;
        bool usageForced = false;
        /// This caller and this provider speak the dialect so differently that it must be translated after
        /// all; the rest says nothing then.
        bool mustTranslate = false;
        Losses losses; ///< what the provider's quirks cost
    };
    [[nodiscard]] virtual Result<PassThrough>
    passThrough(const InboundCall &call, QByteArrayView model, const Quirks &quirks) const = 0;
    /// The same for callers who have peeked already.
    [[nodiscard]] virtual Result<PassThrough>
    passPeeked(const InboundCall &call, const RequestHead &, QByteArrayView model, const Quirks &quirks) const
    {
        return passThrough(call, model, quirks);
    }
};

/// A request in its own dialect on the way to a provider: the body is done, path and headers are not.
struct PassedRequest {
    QByteArrayView model; ///< the provider's own name
    bool stream = false;
    QByteArray body;
    const Headers *callerHeaders = nullptr; ///< for the dialect's own opt-ins ("anthropic-beta"); may be null
    const QByteArray *callerQuery = nullptr; ///< for what shapes the answer ("alt=sse"); may be null
    QByteArrayView callerPath; ///< of the endpoint the caller chose, where a dialect has several for a chat
};

/// The side a provider speaks.
class UpstreamCodec
{
public:
    UpstreamCodec() = default;
    virtual ~UpstreamCodec() = default;
    Q_DISABLE_COPY_MOVE(UpstreamCodec)

    /// `request.model` is the provider's own model name. What cannot be carried is reported in `losses`.
    [[nodiscard]] virtual Result<UpstreamCall>
    encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const = 0;
    /// Path and headers for a body that passes through untouched.
    [[nodiscard]] virtual UpstreamCall passThroughCall(PassedRequest request, const Quirks &quirks) const = 0;
    [[nodiscard]] virtual std::unique_ptr<StreamDecoder>
    makeStreamDecoder(const Quirks &quirks, DecodeMode mode) const = 0;
    /// True where a stream may come as plain JSON (Gemini's array), which is then decoded as it comes.
    [[nodiscard]] virtual bool streamsJson() const { return false; }
    /// A whole (not streamed) 2xx answer as its events; a body that is none of this dialect is one Failed
    /// event.
    [[nodiscard]] virtual std::vector<ChatEvent>
    decodeAnswer(QByteArrayView body, const Quirks &quirks) const = 0;
    /// The same of an answer that passes through: as with DecodeMode::Tap, of the text only so much as is
    /// cheap.
    [[nodiscard]] virtual std::vector<ChatEvent> tapAnswer(QByteArrayView body, const Quirks &quirks) const
    {
        return decodeAnswer(body, quirks);
    }
    /// Any answer that is not 2xx. Never fails: HTML, empty and foreign bodies are classified by status.
    [[nodiscard]] virtual Failure
    decodeError(int status, const Headers &headers, QByteArrayView body) const = 0;

    /// The request that lists models, and the ids in its answer.
    [[nodiscard]] virtual UpstreamCall modelsCall() const = 0;
    [[nodiscard]] virtual Result<std::vector<QByteArray>> decodeModels(QByteArrayView body) const = 0;
};

/// One row of the wire table. A null codec is a side (or a service) this dialect does not have.
struct Wire {
    QByteArray name; ///< as in the config: "openai-chat", "anthropic", "gemini" ...
    /// The wire of the providers that take this dialect's requests as they are; empty = its own name. For
    /// endpoints that are a dialect of their own and yet one provider's API (Ollama's /api/generate).
    QByteArray passesTo = {};
    const InboundCodec *inbound = nullptr;
    const UpstreamCodec *upstream = nullptr;
    const EmbeddingCodec *embedding = nullptr;
    const TokenCountCodec *counting = nullptr;
    AnswerScope answers = {}; ///< of the inbound codec

    /// True if requests of this dialect pass through untouched to a provider of that wire.
    [[nodiscard]] bool passesThroughTo(QByteArrayView wire) const
    {
        return inbound && wire == (passesTo.isEmpty() ? QByteArrayView(name) : QByteArrayView(passesTo));
    }
};

/// Every wire format we know, by name; nullptr if unknown. The codecs are stateless and live as long as the
/// program.
[[nodiscard]] const Wire *findWire(QByteArrayView name);
/// The wires a provider may speak.
[[nodiscard]] std::vector<QByteArray> wireNames();

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "net/HttpTransport.h"
#include "providers/Authenticator.h"
#include "providers/ProviderSpec.h"
#include "wire/Codec.h"

#include <memory>
#include <optional>
#include <vector>

namespace fairlead::providers {

using chat::ChatEvent;
using chat::Failure;

template<typename T>
using OrFailure = tl::expected<T, Failure>;

/// A piece of an answer: the provider's bytes as they came, and the events they completed. Both views of the
/// same thing, so that one loop serves pass-through (which forwards the bytes) and translation (which encodes
/// the events).
struct Piece {
    QByteArray bytes;
    std::vector<ChatEvent> events;
    bool last = false; ///< nothing comes after this one
    bool over = false; ///< the answer ends with this piece, whatever may come of its connection
    int skipped = 0; ///< in the last piece: events that were no JSON and are left out
    bool garbled = false; ///< among `bytes` ends an event that is no JSON
    /// The first piece of an answer that goes on from elsewhere: from here on only the events count.
    bool goesOn = false;
};

/// An answer that has begun with status 2xx. Destroying it closes the upstream.
class ProviderAnswer
{
public:
    ProviderAnswer() = default;
    virtual ~ProviderAnswer() = default;
    Q_DISABLE_COPY_MOVE(ProviderAnswer)

    /// The next piece; waits for it. A broken stream ends with a Failed event in the last piece, never with
    /// an error of its own. Not to be called after the last piece.
    [[nodiscard]] virtual Task<Piece> next() = 0;
    /// As next(), without waiting: nullopt if nothing is there now.
    [[nodiscard]] virtual std::optional<Piece> tryNext() = 0;
    /// Whoever waits for the next piece is about to be cancelled because nothing comes: an answer that is
    /// complete ends well then. Nothing to do for one that is already whole.
    virtual void waitNoLonger() { }
    /// All of the answer is there, though its connection may not have ended.
    [[nodiscard]] virtual bool isComplete() const { return true; }
    [[nodiscard]] virtual const Headers &headers() const = 0;
    [[nodiscard]] virtual const net::TransportTimes &times() const = 0;
    [[nodiscard]] virtual int status() const = 0;
};

/// One try at one provider: everything that is not in the body.
struct ProviderRequest {
    std::shared_ptr<const ProviderSpec> spec;
    Secret key;
    QByteArray model; ///< the provider's own name; some have it in their paths
    wire::UpstreamCall call;
    bool stream = false;
    wire::DecodeMode mode = wire::DecodeMode::Full;
    std::optional<net::Timeouts> timeouts; ///< in place of the provider's own
    CancelToken cancel;
    /// For a call that is no chat: reads its answer (whole, or as it comes if `stream`). Null = the wire's
    /// own decoder.
    std::unique_ptr<wire::StreamDecoder> reader;
};

/// Speaks to providers. Stateless but for the transport and tokens it was granted; every decision about
/// trying again is the caller's.
class ProviderClient
{
public:
    ProviderClient(net::HttpTransport &transport, Clock &clock);

    /// Sends the request once. Anything but a 2xx answer is a Failure in the neutral classes, with the
    /// provider's words.
    [[nodiscard]] Task<OrFailure<std::unique_ptr<ProviderAnswer>>> open(ProviderRequest request);

    /// Asks for the list of models, which costs nothing: this is how a key is tested.
    [[nodiscard]] Task<OrFailure<std::vector<QByteArray>>>
    listModels(std::shared_ptr<const ProviderSpec> spec, Secret key, CancelToken cancel);

private:
    struct KnownUrl {
        std::shared_ptr<const ProviderSpec> spec;
        QByteArray path;
        QUrl url;
    };
    [[nodiscard]] QUrl urlOf(const std::shared_ptr<const ProviderSpec> &spec, const QByteArray &path);

    net::HttpTransport &m_transport;
    Authenticator m_authenticator;
    std::vector<KnownUrl>
        m_urls; ///< of the calls made lately: joining and parsing them costs as much as sending
};

/// A transport error in the neutral classes, in words for the user of `provider`.
[[nodiscard]] Failure toFailure(const net::TransportError &error, const QString &provider);

} // namespace fairlead::providers

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "net/HttpTransport.h"

#include <memory>
#include <vector>

namespace fairlead::test {

/// One scripted answer, written in the order in which it happens:
/// `FakeAnswer(200).header("content-type", "text/event-stream").chunk("data: 1\n\n").after(50ms).chunk("data:
/// 2\n\n").cut()`. Without hang(), cut() or fail() it ends properly after its last chunk.
class FakeAnswer
{
public:
    explicit FakeAnswer(int status = 200);
    /// send() itself fails.
    [[nodiscard]] static FakeAnswer
    failure(net::TransportErrorKind kind, const QByteArray &message = "scripted failure");
    [[nodiscard]] static FakeAnswer json(const QByteArray &body, int status = 200);
    [[nodiscard]] static FakeAnswer stream(const std::vector<QByteArray> &chunks);

    FakeAnswer &header(const QByteArray &name, const QByteArray &value);
    FakeAnswer &headAfter(milliseconds delay); ///< the head comes this much later than the request
    FakeAnswer &noHead(); ///< the head never comes
    FakeAnswer &chunk(const QByteArray &bytes); ///< what one read() returns
    FakeAnswer &after(milliseconds delay); ///< counted from the step before it, by the transport's clock
    FakeAnswer &hang();
    FakeAnswer &cut(); ///< breaks off: Truncated
    FakeAnswer &fail(net::TransportErrorKind kind, const QByteArray &message = "scripted failure");

private:
    friend class FakeTransport;
    friend class FakePlayback;
    struct Step {
        enum class Kind { Chunk, Delay, Hang, Fail };
        Kind kind = Kind::Chunk;
        QByteArray bytes;
        milliseconds delay{0};
        net::TransportErrorKind error = net::TransportErrorKind::Truncated;
    };
    FakeAnswer &add(Step step);

    int m_status;
    Headers m_headers;
    std::vector<Step> m_beforeHead;
    std::vector<Step> m_body;
};

/// A scripted HttpTransport. Answers are given in the order of expect(); one bound to a part of a URL is
/// given only to a request whose URL contains it. A request nobody scripted fails the running test. Time-outs
/// (first byte, idle, total) and the cancel token work as in the real one; connecting takes no time.
class FakeTransport final : public net::HttpTransport
{
public:
    struct Request {
        QByteArray method;
        QUrl url;
        Headers headers; ///< without the secret ones
        Headers secretHeaders; ///< as they would be written
        QByteArray body;
        net::Timeouts timeouts;
        bool http2 = false;
        std::shared_ptr<const QSslConfiguration> tls;
    };

    explicit FakeTransport(Clock &clock);
    ~FakeTransport() override;

    void expect(FakeAnswer answer);
    void expect(const QByteArray &partOfUrl, FakeAnswer answer);

    [[nodiscard]] const std::vector<Request> &requests() const { return m_requests; }
    /// Scripted answers nobody asked for.
    [[nodiscard]] int unused() const { return static_cast<int>(m_script.size()); }
    /// Exchanges now under way: sent, and neither read to their end nor failed, cancelled or dropped.
    [[nodiscard]] int open() const { return *m_open; }

    [[nodiscard]] Task<net::TransportResult<std::unique_ptr<net::TransportResponse>>>
    send(net::TransportRequest request) override;

private:
    struct Scripted {
        QByteArray partOfUrl;
        FakeAnswer answer;
    };
    [[nodiscard]] std::optional<FakeAnswer> take(const QUrl &url);

    Clock &m_clock;
    std::vector<Scripted> m_script;
    std::vector<Request> m_requests;
    std::shared_ptr<int> m_open;
};

} // namespace fairlead::test

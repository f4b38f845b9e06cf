// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/FakeTransport.h"

#include <QTest>

#include <algorithm>

namespace fairlead::test {

using net::TransportError;
using net::TransportErrorKind;
using net::TransportResponse;
using net::TransportResult;

FakeAnswer::FakeAnswer(int status)
    : m_status(status)
{ }

FakeAnswer FakeAnswer::failure(TransportErrorKind kind, const QByteArray &message)
{
    FakeAnswer answer;
    answer.m_beforeHead.push_back({Step::Kind::Fail, message, {}, kind});
    return answer;
}

FakeAnswer FakeAnswer::json(const QByteArray &body, int status)
{
    FakeAnswer answer(status);
    answer.header("content-type", "application/json").chunk(body);
    return answer;
}

FakeAnswer FakeAnswer::stream(const std::vector<QByteArray> &chunks)
{
    FakeAnswer answer(200);
    answer.header("content-type", "text/event-stream");
    for (const QByteArray &chunk : chunks)
        answer.chunk(chunk);
    return answer;
}

FakeAnswer &FakeAnswer::add(Step step)
{
    m_body.push_back(std::move(step));
    return *this;
}

FakeAnswer &FakeAnswer::header(const QByteArray &name, const QByteArray &value)
{
    m_headers.add(name, value);
    return *this;
}

FakeAnswer &FakeAnswer::headAfter(milliseconds delay)
{
    m_beforeHead.push_back({Step::Kind::Delay, {}, delay, {}});
    return *this;
}

FakeAnswer &FakeAnswer::noHead()
{
    m_beforeHead.push_back({Step::Kind::Hang, {}, {}, {}});
    return *this;
}

FakeAnswer &FakeAnswer::chunk(const QByteArray &bytes)
{
    return bytes.isEmpty() ? *this : add({Step::Kind::Chunk, bytes, {}, {}});
}

FakeAnswer &FakeAnswer::after(milliseconds delay)
{
    return add({Step::Kind::Delay, {}, delay, {}});
}

FakeAnswer &FakeAnswer::hang()
{
    return add({Step::Kind::Hang, {}, {}, {}});
}

FakeAnswer &FakeAnswer::cut()
{
    return fail(TransportErrorKind::Truncated, "the answer broke off");
}

FakeAnswer &FakeAnswer::fail(TransportErrorKind kind, const QByteArray &message)
{
    return add({Step::Kind::Fail, message, {}, kind});
}

/// Plays one answer. Shared by the response and by a read that may outlive it.
class FakePlayback
{
public:
    FakePlayback(
        Clock &clock, FakeAnswer answer, const net::Timeouts &timeouts, const CancelToken &cancel,
        std::shared_ptr<int> open)
        : m_clock(clock)
        , m_answer(std::move(answer))
        , m_timeouts(timeouts)
        , m_open(std::move(open))
        , m_started(clock.steady())
        , m_stepBegan(m_started)
    {
        ++*m_open;
        m_cancel = cancel.onCancel([this] { fail(TransportErrorKind::Cancelled, "cancelled"); });
    }
    ~FakePlayback() { finish(); }
    Q_DISABLE_COPY_MOVE(FakePlayback)

    /// Until `steps` has something to give: a chunk, its end (empty) or the failure.
    static Task<TransportResult<QByteArray>> next(std::shared_ptr<FakePlayback> self, bool body)
    {
        const SteadyTime began = self->m_clock.steady();
        while (true) {
            auto ready = self->poll(body);
            if (ready) {
                self->m_timer.cancel();
                co_return std::move(*ready);
            }
            self->armTimer(body, began);
            co_await self->m_wake.wait();
        }
    }

    /// What can be had without waiting.
    std::optional<TransportResult<QByteArray>> poll(bool body)
    {
        using Kind = FakeAnswer::Step::Kind;
        const auto &steps = body ? m_answer.m_body : m_answer.m_beforeHead;
        while (!m_error) {
            if (m_at == steps.size()) {
                if (body)
                    finish();
                m_at = body ? m_at : 0;
                return QByteArray();
            }
            const auto &step = steps[m_at];
            if (step.kind == Kind::Chunk) {
                advance();
                return step.bytes;
            }
            if (step.kind == Kind::Fail) {
                fail(step.error, step.bytes);
            } else if (step.kind == Kind::Delay && m_clock.steady() >= m_stepBegan + step.delay) {
                advance();
            } else {
                return std::nullopt;
            }
        }
        return tl::unexpected(*m_error);
    }

    void fail(TransportErrorKind kind, const QByteArray &message)
    {
        if (m_finished)
            return;
        m_error.emplace(kind, message);
        finish();
        m_wake.notify();
    }

    [[nodiscard]] const FakeAnswer &answer() const { return m_answer; }
    [[nodiscard]] int status() const { return m_answer.m_status; }
    [[nodiscard]] const Headers &headers() const { return m_answer.m_headers; }
    [[nodiscard]] std::chrono::microseconds elapsed() const
    {
        return std::chrono::duration_cast<std::chrono::microseconds>(m_clock.steady() - m_started);
    }

private:
    void advance()
    {
        ++m_at;
        m_stepBegan = m_clock.steady();
    }

    void finish()
    {
        if (!std::exchange(m_finished, true))
            --*m_open;
        m_cancel.reset();
    }

    void armTimer(bool body, SteadyTime waitBegan)
    {
        const auto &step = (body ? m_answer.m_body : m_answer.m_beforeHead)[m_at];
        std::optional<SteadyTime> due;
        std::optional<TransportErrorKind> error;
        const auto consider = [&](SteadyTime time, std::optional<TransportErrorKind> kind) {
            if (!due || time < *due) {
                due = time;
                error = kind;
            }
        };
        if (step.kind == FakeAnswer::Step::Kind::Delay)
            consider(m_stepBegan + step.delay, std::nullopt);
        if (body && m_timeouts.idle.count() > 0)
            consider(waitBegan + m_timeouts.idle, TransportErrorKind::IdleTimeout);
        if (!body && m_timeouts.firstByte.count() > 0)
            consider(waitBegan + m_timeouts.firstByte, TransportErrorKind::FirstByteTimeout);
        if (m_timeouts.total.count() > 0)
            consider(m_started + m_timeouts.total, TransportErrorKind::TotalTimeout);
        if (!due)
            return;
        const auto wait = std::chrono::ceil<milliseconds>(*due - m_clock.steady());
        m_timer = m_clock.after(std::max(wait, milliseconds(0)), [this, error] {
            if (error)
                fail(*error, net::transportErrorName(*error));
            else
                m_wake.notify();
        });
    }

    Clock &m_clock;
    FakeAnswer m_answer;
    net::Timeouts m_timeouts;
    std::shared_ptr<int> m_open;
    SteadyTime m_started;
    SteadyTime m_stepBegan;
    std::size_t m_at = 0;
    bool m_finished = false;
    std::optional<TransportError> m_error;
    CancelRegistration m_cancel;
    TimerHandle m_timer;
    Signal m_wake;
};

namespace {

class FakeResponse final : public TransportResponse
{
public:
    explicit FakeResponse(std::shared_ptr<FakePlayback> playback)
        : m_playback(std::move(playback))
    {
        m_times.sent = std::chrono::microseconds(0);
        m_times.firstByte = m_playback->elapsed();
    }
    ~FakeResponse() override
    {
        // A read still waiting ends, as with the real transport.
        m_playback->fail(TransportErrorKind::Cancelled, "the response was dropped");
    }
    Q_DISABLE_COPY_MOVE(FakeResponse)

    [[nodiscard]] int status() const override { return m_playback->status(); }
    [[nodiscard]] const Headers &headers() const override { return m_playback->headers(); }
    [[nodiscard]] const net::TransportTimes &times() const override { return m_times; }
    [[nodiscard]] Task<TransportResult<QByteArray>> read() override
    {
        return FakePlayback::next(m_playback, true);
    }
    [[nodiscard]] std::optional<TransportResult<QByteArray>> tryRead() override
    {
        return m_playback->poll(true);
    }

private:
    std::shared_ptr<FakePlayback> m_playback;
    net::TransportTimes m_times;
};

} // namespace

FakeTransport::FakeTransport(Clock &clock)
    : m_clock(clock)
    , m_open(std::make_shared<int>(0))
{ }

FakeTransport::~FakeTransport() = default;

void FakeTransport::expect(FakeAnswer answer)
{
    m_script.push_back({QByteArray(), std::move(answer)});
}

void FakeTransport::expect(const QByteArray &partOfUrl, FakeAnswer answer)
{
    m_script.push_back({partOfUrl, std::move(answer)});
}

std::optional<FakeAnswer> FakeTransport::take(const QUrl &url)
{
    const QByteArray text = url.toEncoded();
    const auto found = std::find_if(m_script.begin(), m_script.end(), [&](const Scripted &entry) {
        return text.contains(entry.partOfUrl);
    });
    if (found == m_script.end())
        return std::nullopt;
    FakeAnswer answer = std::move(found->answer);
    m_script.erase(found);
    return answer;
}

Task<TransportResult<std::unique_ptr<TransportResponse>>> FakeTransport::send(net::TransportRequest request)
{
    Request record{request.method, request.url,      request.headers, {},
                   request.body,   request.timeouts, request.http2,   request.tls};
    for (const auto &[name, value] : request.secretHeaders)
        record.secretHeaders.add(name, value.reveal().toByteArray());
    m_requests.push_back(std::move(record));

    auto answer = take(request.url);
    if (!answer) {
        const QByteArray text
            = "FakeTransport: nobody scripted " + request.method + ' ' + request.url.toEncoded();
        QTest::qFail(text.constData(), __FILE__, __LINE__);
        co_return tl::unexpected(TransportError(TransportErrorKind::BadAnswer, text));
    }
    if (request.cancel.isCancelled())
        co_return tl::unexpected(TransportError(TransportErrorKind::Cancelled, "cancelled"));
    auto playback = std::make_shared<FakePlayback>(
        m_clock, std::move(*answer), request.timeouts, request.cancel, m_open);
    auto head = co_await FakePlayback::next(playback, false);
    if (!head)
        co_return tl::unexpected(head.error());
    std::unique_ptr<TransportResponse> response = std::make_unique<FakeResponse>(std::move(playback));
    co_return response;
}

} // namespace fairlead::test

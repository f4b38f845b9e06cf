// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/ResponseParser.h"

#include "base/TextWriter.h"
#include "io/ChunkDecoder.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace fairlead::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

constexpr qint64 kChunkOverhead = 16; // framing bytes for one byte of body, over all

QByteArray toBytes(string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

/// Beast's reading of one head.
class BeastParser final : public http::basic_parser<false>
{
public:
    explicit BeastParser(bool answersHead)
    {
        // Counted by us: Beast's limit is for each piece, and for each of several interim answers.
        header_limit(std::numeric_limits<std::uint32_t>::max());
        // boost::none would compare below every length in Boost 1.74 and refuse all of them.
        body_limit(std::numeric_limits<std::uint64_t>::max());
        skip(answersHead);
    }

    int status = 0;
    QByteArray reason;
    Headers headers;

protected:
    void on_request_impl(http::verb, string_view, string_view, int, error_code &) override { }
    void on_response_impl(int code, string_view text, int, error_code &) override
    {
        status = code;
        reason = toBytes(text);
    }

    void on_field_impl(http::field field, string_view name, string_view value, error_code &ec) override
    {
        // Beast reads any other coding to the end of the connection (RFC 9112 section 6.3 wants it decoded):
        // refused, since the framing is then the sender's word against ours.
        if (field == http::field::transfer_encoding
            && !equalsIgnoringCase(toBytes(value).trimmed(), "chunked"))
            ec = http::error::bad_transfer_encoding;
        else
            headers.add(fieldName({name.data(), static_cast<qsizetype>(name.size())}), toBytes(value));
    }

    void on_header_impl(error_code &) override { }
    void on_body_init_impl(const boost::optional<std::uint64_t> &, error_code &) override { }

    std::size_t on_body_impl(string_view text, error_code &) override { return text.size(); }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code &) override { }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view text, error_code &) override
    {
        return text.size();
    }
    void on_finish_impl(error_code &) override { }
};

QByteArray describe(const error_code &ec)
{
    if (ec == http::error::header_limit)
        return QByteArrayLiteral("its head is over the size limit");
    if (ec == http::error::bad_version || ec == http::error::bad_status || ec == http::error::bad_reason)
        return QByteArrayLiteral("it does not begin as an HTTP/1 answer does");
    if (ec == http::error::bad_content_length)
        return QByteArrayLiteral("its Content-Length is wrong or stands beside another one");
    if (ec == http::error::bad_transfer_encoding)
        return QByteArrayLiteral("its Transfer-Encoding is unknown or stands beside a Content-Length");
    if (ec == http::error::bad_chunk || ec == http::error::bad_chunk_extension)
        return QByteArrayLiteral("its chunked body is malformed");
    return QByteArrayLiteral("its head is malformed");
}

} // namespace

class ResponseParser::Private
{
public:
    explicit Private(qsizetype most)
        : mostHeadBytes(most)
    { }

    void start(bool head)
    {
        answersHead = head;
        state = State::Head;
        begun = false;
        excess = false;
        headBytes = 0;
        error = {};
        carry.clear();
        parser.emplace(answersHead);
    }

    /// Parses what it can of `bytes` and returns how much that was.
    qsizetype consume(QByteArrayView bytes, QByteArray &body)
    {
        qsizetype used = 0;
        while (used < bytes.size() && (state == State::Head || state == State::Body)) {
            begun = true;
            const QByteArrayView rest = bytes.sliced(used);
            const qsizetype taken = state == State::Head ? consumeHead(rest) : consumeBody(rest, body);
            used += taken;
            if (taken == 0)
                break;
        }
        return used;
    }

    /// The peer closed.
    void end()
    {
        const bool endsSo = state == State::Body && framing == Framing::UntilClose;
        state = endsSo ? State::Complete : State::Truncated;
    }

    qsizetype mostHeadBytes;
    qsizetype headBytes = 0; ///< of interim answers, too
    bool answersHead = false;
    bool begun = false;
    bool excess = false;
    State state = State::Head;
    error_code error;
    QByteArray carry; ///< bytes Beast wants to see again with more behind them
    std::optional<BeastParser> parser;

private:
    enum class Framing { Length, Chunked, UntilClose };

    qsizetype consumeHead(QByteArrayView bytes)
    {
        error_code ec;
        const boost::asio::const_buffer buffer(bytes.data(), static_cast<std::size_t>(bytes.size()));
        const auto used = static_cast<qsizetype>(parser->put(buffer, ec));
        headBytes += used;
        const qsizetype pending = parser->is_header_done() ? 0 : bytes.size() - used;
        if (ec && ec != http::error::need_more)
            fail(ec);
        else if (headBytes + pending > mostHeadBytes)
            fail(http::error::header_limit);
        else if (parser->is_header_done())
            afterHead();
        return used;
    }

    qsizetype consumeBody(QByteArrayView bytes, QByteArray &body)
    {
        if (framing == Framing::Chunked)
            return consumeChunks(bytes, body);
        const qsizetype count
            = framing == Framing::Length
                  ? static_cast<qsizetype>(std::min(left, static_cast<std::uint64_t>(bytes.size())))
                  : bytes.size();
        appendBytes(body, bytes.first(count));
        left -= framing == Framing::Length ? static_cast<std::uint64_t>(count) : 0;
        if (framing == Framing::Length && left == 0)
            state = State::Complete;
        return count;
    }

    qsizetype consumeChunks(QByteArrayView bytes, QByteArray &body)
    {
        const qsizetype before = body.size();
        const qsizetype used = chunks.feed(bytes, body, std::numeric_limits<qsizetype>::max());
        chunkedBytes += body.size() - before;
        if (chunks.state() == io::ChunkDecoder::State::Done)
            state = State::Complete;
        else if (
            chunks.state() == io::ChunkDecoder::State::Malformed
            || chunks.framingBytes() > mostHeadBytes + kChunkOverhead * chunkedBytes)
            fail(http::error::bad_chunk);
        return used;
    }

    void fail(const error_code &ec)
    {
        error = ec;
        state = State::Bad;
    }

    void afterHead()
    {
        // A change of protocol nobody asked for, or no class of status (RFC 9110 section 15).
        if (parser->status == 101 || parser->status < 100) {
            fail(http::error::bad_status);
        } else if (parser->status / 100 == 1) {
            parser.emplace(answersHead);
            begun = false;
        } else {
            state = parser->is_done() ? State::Complete : State::Body;
            readFraming();
        }
    }

    /// RFC 9112 section 6.3, as Beast has judged the fields.
    void readFraming()
    {
        const auto length = parser->content_length();
        framing = parser->chunked() ? Framing::Chunked : length ? Framing::Length : Framing::UntilClose;
        left = length.value_or(0);
        chunks = io::ChunkDecoder();
        chunkedBytes = 0;
    }

    Framing framing = Framing::UntilClose;
    std::uint64_t left = 0; ///< of a length
    io::ChunkDecoder chunks;
    qint64 chunkedBytes = 0;
};

ResponseParser::ResponseParser(qsizetype mostHeadBytes)
    : d(std::make_unique<Private>(mostHeadBytes))
{
    d->start(false);
}

ResponseParser::~ResponseParser() = default;

void ResponseParser::start(bool answersHead)
{
    d->start(answersHead);
}

ResponseParser::State ResponseParser::feed(QByteArrayView bytes, QByteArray &body)
{
    if (d->state != State::Head && d->state != State::Body) {
        d->excess = d->excess || !bytes.isEmpty();
        return d->state;
    }
    QByteArrayView input = bytes;
    const bool carried = !d->carry.isEmpty();
    if (carried) {
        d->carry.append(bytes.data(), bytes.size());
        input = d->carry;
    }
    if (body.capacity() - body.size() < input.size())
        body.reserve(body.size() + input.size()); // chunks are many and small
    const qsizetype used = d->consume(input, body);
    const QByteArrayView rest = input.sliced(used);
    if (d->state == State::Complete) {
        d->excess = !rest.isEmpty();
        d->carry.clear();
    } else if (rest.size() > d->mostHeadBytes) {
        d->error = http::error::header_limit;
        d->state = State::Bad;
    } else if (carried) {
        d->carry.remove(0, used);
    } else if (!rest.isEmpty()) {
        d->carry = rest.toByteArray();
    }
    return d->state;
}

ResponseParser::State ResponseParser::feedEnd()
{
    if (!d->begun || (d->state != State::Head && d->state != State::Body))
        return d->state;
    d->end();
    return d->state;
}

ResponseParser::State ResponseParser::state() const
{
    return d->state;
}

bool ResponseParser::headComplete() const
{
    return d->parser->is_header_done() && d->state != State::Head;
}

bool ResponseParser::hasBegun() const
{
    return d->begun;
}

int ResponseParser::status() const
{
    return d->parser->status;
}

const QByteArray &ResponseParser::reason() const
{
    return d->parser->reason;
}

Headers &ResponseParser::headers()
{
    return d->parser->headers;
}

bool ResponseParser::reusable() const
{
    return d->state == State::Complete && !d->excess && d->parser->keep_alive();
}

QByteArray ResponseParser::problem() const
{
    return describe(d->error);
}

} // namespace fairlead::net

// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/RequestParser.h"

#include "http/RequestTarget.h"
#include "io/ChunkDecoder.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace fairlead::http {

namespace {

namespace beast = boost::beast;
using io::ChunkDecoder;
using BeastError = beast::http::error;

constexpr qsizetype BodyStep = 256 * 1024; // a declared length is no reason to allocate it before bytes come
constexpr std::size_t UsualFields = 16;
constexpr qsizetype ChunkOverhead = 16; // framing bytes for one byte of body, over all

QByteArray toBytes(beast::string_view text)
{
    return QByteArray(text.data(), static_cast<qsizetype>(text.size()));
}

/// RFC 9112 section 5.2: a server must refuse or unfold obs-fold; Beast unfolds.
bool hasFoldedLine(QByteArrayView lines)
{
    for (qsizetype at = lines.indexOf('\n'); at >= 0 && at + 1 < lines.size();
         at = lines.indexOf('\n', at + 1)) {
        if (lines[at + 1] == ' ' || lines[at + 1] == '\t')
            return true;
    }
    return false;
}

/// "HTTP/2.0" is a version, "HTTP/1.1" with a bare line feed behind it is a broken line.
int statusOfBadVersion(QByteArrayView input)
{
    const qsizetype end = input.indexOf('\n');
    return end > 0 && input[end - 1] != '\r' ? 400 : 505;
}

/// Beast's reading of a head.
class Grammar final : public beast::http::basic_parser<true>
{
public:
    explicit Grammar(Request &request)
        : m_request(request)
    {
        // Both are counted here: Beast's header limit is for each piece, and in 1.74 "no body limit" refuses
        // every body.
        body_limit(std::numeric_limits<std::uint64_t>::max());
        header_limit(std::numeric_limits<std::uint32_t>::max());
    }

    [[nodiscard]] bool isHttp11() const { return m_isHttp11; }

private:
    void on_request_impl(
        beast::http::verb, beast::string_view method, beast::string_view target, int version,
        beast::error_code &) override
    {
        m_request.method = toBytes(method);
        m_request.target = toBytes(target);
        m_isHttp11 = version == 11;
    }
    void on_response_impl(int, beast::string_view, int, beast::error_code &) override { }
    void on_field_impl(
        beast::http::field, beast::string_view name, beast::string_view value, beast::error_code &) override
    {
        m_request.headers.add(fieldName({name.data(), static_cast<qsizetype>(name.size())}), toBytes(value));
    }
    void on_header_impl(beast::error_code &) override { }
    void on_body_init_impl(const boost::optional<std::uint64_t> &, beast::error_code &) override { }
    std::size_t on_body_impl(beast::string_view bytes, beast::error_code &) override { return bytes.size(); }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code &) override { }
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, beast::error_code &) override
    {
        return bytes.size();
    }
    void on_finish_impl(beast::error_code &) override { }

    Request &m_request;
    bool m_isHttp11 = false;
};

} // namespace

class RequestParser::Message
{
public:
    Message(qsizetype mostHead, qsizetype mostBody)
        : mostHeadBytes(mostHead)
        , mostBodyBytes(mostBody)
    {
        start();
    }

    void start()
    {
        request = Request();
        request.headers.reserve(UsualFields);
        grammar.emplace(request);
        chunks = io::ChunkDecoder();
        step = Step::NeedsMore;
        hasStarted = false;
        headDone = false;
        wantsContinue = false;
        headBytes = 0;
        bodyLength = 0;
        bodyCount = 0;
    }

    void refuse(int code, QByteArray text)
    {
        step = Step::Failed;
        status = code;
        message = std::move(text);
    }

    qsizetype feedHead(QByteArrayView input);
    qsizetype feedChunks(QByteArrayView input);
    qsizetype feedBody(QByteArrayView input);
    void refuse(const beast::error_code &error, QByteArrayView input);
    void refuseBody();
    void finishHead();
    bool checkFraming();
    bool checkHost();
    bool readTarget();
    void startBody();
    void growBody();
    void bodyArrived(qsizetype count);

    const qsizetype mostHeadBytes;
    const qsizetype mostBodyBytes;
    Request request;
    std::optional<Grammar> grammar;
    io::ChunkDecoder chunks;
    Step step = Step::NeedsMore;
    bool hasStarted = false;
    bool headDone = false;
    bool wantsContinue = false;
    qsizetype headBytes = 0;
    qsizetype bodyLength = 0; ///< declared
    qsizetype bodyCount = 0; ///< arrived of it
    int status = 0;
    QByteArray message;
};

qsizetype RequestParser::Message::feedHead(QByteArrayView input)
{
    beast::error_code error;
    const auto taken
        = static_cast<qsizetype>(grammar->put({input.data(), static_cast<std::size_t>(input.size())}, error));
    headBytes += taken;
    if (error && error != BeastError::need_more) {
        refuse(error, input.sliced(taken));
        return taken;
    }
    const bool isDone = grammar->is_header_done();
    if (headBytes + (isDone ? 0 : input.size() - taken) > mostHeadBytes)
        refuse(431, "The request's header is larger than " + QByteArray::number(mostHeadBytes) + " bytes.");
    else if (hasFoldedLine(input.first(taken)))
        refuse(400, "A header field is folded over two lines.");
    else if (isDone)
        finishHead();
    return taken;
}

void RequestParser::Message::refuse(const beast::error_code &error, QByteArrayView input)
{
    if (error == BeastError::bad_version && statusOfBadVersion(input) == 505)
        refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    else
        refuse(400, "The request is not valid HTTP: " + QByteArray::fromStdString(error.message()) + '.');
}

void RequestParser::Message::refuseBody()
{
    refuse(413, "The request's body is larger than " + QByteArray::number(mostBodyBytes) + " bytes.");
}

void RequestParser::Message::finishHead()
{
    headDone = true;
    request.keepAlive = grammar->keep_alive();
    if (checkFraming() && readTarget() && checkHost())
        startBody();
}

/// RFC 9112 section 6.3. Beast has refused a second Content-Length that says something else.
bool RequestParser::Message::checkFraming()
{
    if (request.headers.count("content-length") > 1) {
        refuse(400, "The request has more than one Content-Length.");
        return false;
    }
    const qsizetype codings = request.headers.count("transfer-encoding");
    if (codings == 0)
        return true;
    if (request.headers.contains("content-length"))
        refuse(400, "The request has both Content-Length and Transfer-Encoding.");
    else if (codings > 1 || !grammar->isHttp11())
        refuse(400, "The request's Transfer-Encoding is not acceptable.");
    else if (!equalsIgnoringCase(request.headers.value("transfer-encoding"), "chunked"))
        refuse(501, "The only transfer coding understood here is chunked.");
    return step != Step::Failed;
}

bool RequestParser::Message::readTarget()
{
    auto parts = parseTarget(request.method, request.target);
    if (!parts) {
        refuse(400, parts.error().message());
        return false;
    }
    request.path = std::move(parts->path);
    request.query = std::move(parts->query);
    if (!parts->authority.isEmpty() && request.headers.count("host") == 1)
        request.headers.set("Host", std::move(parts->authority)); // RFC 9112 section 3.2.2
    return true;
}

bool RequestParser::Message::checkHost()
{
    const qsizetype hosts = request.headers.count("host");
    if (hosts == 1 || (hosts == 0 && !grammar->isHttp11()))
        return true;
    refuse(400, hosts == 0 ? "The request has no Host field." : "The request has more than one Host field.");
    return false;
}

void RequestParser::Message::startBody()
{
    const bool isChunked = grammar->chunked();
    const auto length = isChunked ? boost::optional<std::uint64_t>() : grammar->content_length();
    if (length && *length > static_cast<std::uint64_t>(mostBodyBytes)) {
        refuseBody();
        return;
    }
    bodyLength = length ? static_cast<qsizetype>(*length) : 0;
    if (!isChunked && bodyLength == 0) {
        step = Step::Complete;
        return;
    }
    const auto expectation = request.headers.get("expect");
    if (expectation && grammar->isHttp11()) { // RFC 9110 section 10.1.1
        wantsContinue = equalsIgnoringCase(*expectation, "100-continue");
        if (!wantsContinue)
            refuse(417, "The only expectation understood here is 100-continue.");
    }
}

qsizetype RequestParser::Message::feedChunks(QByteArrayView input)
{
    const qsizetype taken = chunks.feed(input, request.body, mostBodyBytes);
    if (chunks.state() == ChunkDecoder::State::Done)
        step = Step::Complete;
    else if (chunks.state() == ChunkDecoder::State::Malformed)
        refuse(400, "The body's chunks are malformed.");
    else if (chunks.state() == ChunkDecoder::State::TooLarge)
        refuseBody();
    else if (chunks.framingBytes() > mostHeadBytes + ChunkOverhead * request.body.size())
        refuse(400, "The body's chunks are mostly framing.");
    return taken;
}

void RequestParser::Message::growBody()
{
    if (bodyCount == request.body.size())
        request.body.resize(std::min(bodyLength, std::max(BodyStep, bodyCount * 2)));
}

qsizetype RequestParser::Message::feedBody(QByteArrayView input)
{
    qsizetype taken = 0;
    while (taken < input.size() && step == Step::NeedsMore) {
        growBody();
        const qsizetype count = std::min(input.size() - taken, request.body.size() - bodyCount);
        std::copy_n(input.data() + taken, count, request.body.data() + bodyCount);
        taken += count;
        bodyArrived(count);
    }
    return taken;
}

void RequestParser::Message::bodyArrived(qsizetype count)
{
    bodyCount += count;
    if (bodyCount == bodyLength)
        step = Step::Complete;
}

RequestParser::RequestParser(qsizetype mostHeadBytes, qsizetype mostBodyBytes)
    : m_message(std::make_unique<Message>(mostHeadBytes, mostBodyBytes))
{ }

RequestParser::~RequestParser() = default;

qsizetype RequestParser::feed(QByteArrayView input)
{
    Message &message = *m_message;
    qsizetype taken = 0;
    if (!message.hasStarted) { // RFC 9112 section 2.2: empty lines before a request are ignored
        while (taken < input.size() && (input[taken] == '\r' || input[taken] == '\n'))
            ++taken;
        message.hasStarted = taken < input.size();
    }
    if (taken < input.size() && message.step == Step::NeedsMore && !message.headDone)
        taken += message.feedHead(input.sliced(taken));
    if (taken < input.size() && message.step == Step::NeedsMore && message.headDone) {
        const QByteArrayView rest = input.sliced(taken);
        taken += message.grammar->chunked() ? message.feedChunks(rest) : message.feedBody(rest);
    }
    return taken;
}

RequestParser::Step RequestParser::step() const
{
    return m_message->step;
}

std::span<char> RequestParser::bodySpace()
{
    Message &message = *m_message;
    if (message.step != Step::NeedsMore || !message.headDone || message.grammar->chunked())
        return {};
    message.growBody();
    return {
        message.request.body.data() + message.bodyCount,
        static_cast<std::size_t>(message.request.body.size() - message.bodyCount)};
}

void RequestParser::bodyArrived(qsizetype count)
{
    m_message->bodyArrived(count);
}

bool RequestParser::hasStarted() const
{
    return m_message->hasStarted;
}

bool RequestParser::isHeadDone() const
{
    return m_message->headDone;
}

bool RequestParser::takeContinue()
{
    const bool hasBody = m_message->bodyCount > 0 || m_message->chunks.framingBytes() > 0;
    return std::exchange(m_message->wantsContinue, false) && m_message->step == Step::NeedsMore && !hasBody;
}

Request RequestParser::takeRequest()
{
    Request request = std::move(m_message->request);
    m_message->start();
    return request;
}

int RequestParser::refusalStatus() const
{
    return m_message->status;
}

const QByteArray &RequestParser::refusalMessage() const
{
    return m_message->message;
}

const Request &RequestParser::request() const
{
    return m_message->request;
}

bool RequestParser::isHead() const
{
    return m_message->request.method == "HEAD";
}

bool RequestParser::isHttp11() const
{
    return m_message->grammar->isHttp11();
}

} // namespace fairlead::http

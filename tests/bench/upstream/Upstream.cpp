// SPDX-License-Identifier: GPL-3.0-or-later
// The provider of the proxy benchmark: an OpenAI-shaped upstream on bare epoll. It uses nothing of core/, so
// that it cannot share a wrong assumption with what it measures.
//   any POST, "stream":false  a chat.completion of about 1 kB
//   any POST, "stream":true   events (Anthropic's where the path ends in /messages) as the model's name says:
//   "burst-50" at once, "paced-50x25" one each 25 ms GET /stats                what it has seen, as JSON
// Prints its port; ends with SIGTERM.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

using Clock = std::chrono::steady_clock;
using std::string_view_literals::operator""sv;

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr int kEventsATurn = 256;

/// What a model's name asks for.
struct Pace {
    int events = 50;
    std::chrono::milliseconds interval{0};

    static Pace ofModel(std::string_view model)
    {
        Pace pace;
        const auto dash = model.find('-');
        if (dash == std::string_view::npos)
            return pace;
        const char *end = model.data() + model.size();
        const auto count = std::from_chars(model.data() + dash + 1, end, pace.events);
        int interval = 0;
        if (count.ptr != end && *count.ptr == 'x')
            std::from_chars(count.ptr + 1, end, interval);
        pace.interval = std::chrono::milliseconds(interval);
        return pace;
    }
};

std::string chunked(std::string_view payload)
{
    std::array<char, 16> size{};
    const auto written = std::to_chars(size.data(), size.data() + size.size(), payload.size(), 16);
    std::string out(size.data(), written.ptr);
    return out.append("\r\n").append(payload).append("\r\n");
}

std::string event(std::string_view choices, std::string_view rest = {})
{
    std::string text
        = R"(data: {"id":"chatcmpl-bench0123456789","object":"chat.completion.chunk","created":1700000000,)"
          R"("model":"bench-model-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789",)";
    return chunked(text.append(R"("choices":[)").append(choices).append("]").append(rest).append("}\n\n"));
}

std::string namedEvent(std::string_view name, std::string_view rest)
{
    std::string text = "event: ";
    text.append(name).append("\ndata: {\"type\":\"").append(name).append("\"");
    return chunked(text.append(rest).append("}\n\n"));
}

/// The events of a stream, as they stand on the wire.
struct Dialect {
    std::string begin;
    std::string delta;
    std::string finish;
    std::string usage; ///< only if asked for
    std::string done;
};

Dialect openAiChat()
{
    Dialect events;
    events.delta = event(R"({"index":0,"delta":{"content":" word"},"finish_reason":null})");
    events.finish = event(R"({"index":0,"delta":{},"finish_reason":"stop"})");
    events.usage = event({}, R"(,"usage":{"prompt_tokens":200,"completion_tokens":50,"total_tokens":250})");
    events.done = chunked("data: [DONE]\n\n") + "0\r\n\r\n";
    return events;
}

Dialect anthropicMessages()
{
    Dialect events;
    events.begin
        = namedEvent(
              "message_start",
              R"(,"message":{"id":"msg_bench0123456789","type":"message","role":"assistant","content":[],)"
              R"("model":"bench-model-2024-07-18","stop_reason":null,"stop_sequence":null,)"
              R"("usage":{"input_tokens":200,"output_tokens":1}})")
          + namedEvent("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})");
    events.delta
        = namedEvent("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":" word"})");
    events.finish
        = namedEvent("content_block_stop", R"(,"index":0)")
          + namedEvent(
              "message_delta",
              R"(,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":50})");
    events.done = namedEvent("message_stop", {}) + "0\r\n\r\n";
    return events;
}

/// The bytes of every answer, made once.
struct Answers {
    std::string stats;
    std::string whole;
    std::string streamHead
        = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    Dialect chat = openAiChat();
    Dialect messages = anthropicMessages();

    Answers()
    {
        std::string body
            = R"({"id":"chatcmpl-bench0123456789","object":"chat.completion","created":1700000000,)"
              R"("model":"bench-model-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":")";
        while (body.size() < 840)
            body += "Some words of an answer. ";
        body
            += R"("},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":150,)"
               R"("total_tokens":350},"system_fingerprint":"fp_0123456789"})";
        whole = answer(body);
    }

    static std::string answer(std::string_view body)
    {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
               + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    }
};

std::string_view textAfter(std::string_view body, std::string_view key)
{
    const auto at = body.find(key);
    if (at == std::string_view::npos)
        return {};
    const auto begin = body.find('"', at + key.size());
    if (begin == std::string_view::npos)
        return {};
    return body.substr(begin + 1, body.find('"', begin + 1) - begin - 1);
}

std::size_t contentLength(std::string_view head)
{
    constexpr std::string_view kName = "content-length:";
    const auto sameLetter = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    const auto at = std::search(head.begin(), head.end(), kName.begin(), kName.end(), sameLetter);
    if (at == head.end())
        return 0;
    const char *digits = &*at + kName.size();
    const char *end = head.data() + head.size();
    while (digits != end && *digits == ' ')
        ++digits;
    std::size_t length = 0;
    std::from_chars(digits, end, length);
    return length;
}

struct Stream {
    int left = 0;
    std::chrono::milliseconds interval{0};
    bool usage = false;
    const Dialect *dialect = nullptr;
};

struct Connection {
    int fd = -1;
    std::uint64_t number = 0;
    std::string in;
    std::string out;
    std::size_t written = 0;
    bool waitsToWrite = false;
    bool streaming = false;
    Stream stream;
};

class Upstream
{
public:
    Upstream()
        : m_epoll(epoll_create1(EPOLL_CLOEXEC))
        , m_timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
        , m_buffer(std::make_unique<std::array<char, kReadBytes>>())
    {
        watch(m_timer, EPOLLIN, EPOLL_CTL_ADD);
    }

    bool listen()
    {
        m_listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto *generic = reinterpret_cast<sockaddr *>(&address);
        socklen_t size = sizeof address;
        if (bind(m_listener, generic, size) != 0 || ::listen(m_listener, 4096) != 0
            || getsockname(m_listener, generic, &size) != 0)
            return false;
        watch(m_listener, EPOLLIN, EPOLL_CTL_ADD);
        std::printf("%d\n", ntohs(address.sin_port));
        std::fflush(stdout);
        return true;
    }

    void run()
    {
        std::array<epoll_event, kEventsATurn> events{};
        while (true) {
            const int count = epoll_wait(m_epoll, events.data(), kEventsATurn, -1);
            for (int i = 0; i < count; ++i)
                handle(events.at(static_cast<std::size_t>(i)));
        }
    }

private:
    void watch(int fd, std::uint32_t what, int operation) const
    {
        epoll_event event{};
        event.events = what;
        event.data.fd = fd;
        epoll_ctl(m_epoll, operation, fd, &event);
    }

    void handle(const epoll_event &event)
    {
        if (event.data.fd == m_listener)
            return acceptAll();
        if (event.data.fd == m_timer)
            return tick();
        const auto found = m_connections.find(event.data.fd);
        if (found == m_connections.end())
            return;
        Connection &connection = *found->second;
        if ((event.events & EPOLLOUT) != 0 && !flush(connection))
            return;
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
            read(connection);
    }

    void acceptAll()
    {
        while (true) {
            const int fd = accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0)
                return;
            const int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto connection = std::make_unique<Connection>();
            connection->fd = fd;
            connection->number = ++m_accepted;
            m_connections[fd] = std::move(connection);
            watch(fd, EPOLLIN, EPOLL_CTL_ADD);
        }
    }

    void read(Connection &connection)
    {
        while (true) {
            const ssize_t count = recv(connection.fd, m_buffer->data(), m_buffer->size(), 0);
            if (count < 0 && errno == EAGAIN)
                return;
            if (count <= 0)
                return drop(connection);
            connection.in.append(m_buffer->data(), static_cast<std::size_t>(count));
            if (!answerAll(connection))
                return;
            if (static_cast<std::size_t>(count) < m_buffer->size())
                return;
        }
    }

    /// False once the connection is gone.
    bool answerAll(Connection &connection)
    {
        while (!connection.streaming) {
            const std::string_view in = connection.in;
            const auto headEnd = in.find("\r\n\r\n");
            if (headEnd == std::string_view::npos)
                return true;
            const std::size_t bodyAt = headEnd + 4;
            const std::size_t end = bodyAt + contentLength(in.substr(0, bodyAt));
            if (in.size() < end)
                return true;
            answer(connection, in.substr(0, headEnd), in.substr(bodyAt, end - bodyAt));
            connection.in.erase(0, end);
            if (!flush(connection))
                return false;
        }
        return true;
    }

    void answer(Connection &connection, std::string_view head, std::string_view body)
    {
        if (head.substr(0, 10) == "GET /stats"sv) {
            connection.out += Answers::answer(stats());
            return;
        }
        ++m_requests;
        if (body.find(R"("stream":true)") == std::string_view::npos) {
            connection.out += m_answers.whole;
            return;
        }
        const Pace pace = Pace::ofModel(textAfter(body, R"("model":)"));
        connection.stream.usage = body.find(R"("include_usage":true)") != std::string_view::npos;
        connection.stream.left = pace.events;
        connection.stream.interval = pace.interval;
        connection.streaming = true;
        ++m_started;
        ++m_open;
        const bool messages = head.substr(0, head.find(' ', 5)).find("/messages") != std::string_view::npos;
        connection.stream.dialect = messages ? &m_answers.messages : &m_answers.chat;
        connection.out += m_answers.streamHead;
        connection.out += connection.stream.dialect->begin;
        advance(connection);
    }

    /// The events that are due: all of a burst, the next one of a paced stream.
    void advance(Connection &connection)
    {
        Stream &stream = connection.stream;
        if (stream.interval.count() == 0) {
            for (; stream.left > 0; --stream.left)
                connection.out += stream.dialect->delta;
        } else {
            connection.out += stream.dialect->delta;
            --stream.left;
        }
        if (stream.left > 0) {
            m_due.push({Clock::now() + stream.interval, connection.fd, connection.number});
            arm();
            return;
        }
        connection.out += stream.dialect->finish;
        if (stream.usage)
            connection.out += stream.dialect->usage;
        connection.out += stream.dialect->done;
        connection.streaming = false;
        --m_open;
        ++m_complete;
    }

    void arm() const
    {
        const auto left
            = std::max<std::chrono::nanoseconds>(m_due.top().at - Clock::now(), std::chrono::nanoseconds(1));
        itimerspec when{};
        when.it_value.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
        when.it_value.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
        timerfd_settime(m_timer, 0, &when, nullptr);
    }

    void tick()
    {
        std::uint64_t expirations = 0;
        [[maybe_unused]] const ssize_t count = ::read(m_timer, &expirations, sizeof expirations);
        const auto now = Clock::now();
        while (!m_due.empty() && m_due.top().at <= now) {
            const Due due = m_due.top();
            m_due.pop();
            const auto found = m_connections.find(due.fd);
            if (found == m_connections.end() || found->second->number != due.number)
                continue;
            advance(*found->second);
            if (flush(*found->second) && !found->second->streaming)
                answerAll(*found->second);
        }
        if (!m_due.empty())
            arm();
    }

    /// False once the connection is gone.
    bool flush(Connection &connection)
    {
        while (connection.written < connection.out.size()) {
            const ssize_t count = send(
                connection.fd, connection.out.data() + connection.written,
                connection.out.size() - connection.written, MSG_NOSIGNAL);
            if (count < 0 && errno == EAGAIN) {
                waitToWrite(connection, true);
                return true;
            }
            if (count < 0) {
                drop(connection);
                return false;
            }
            connection.written += static_cast<std::size_t>(count);
        }
        connection.out.clear();
        connection.written = 0;
        waitToWrite(connection, false);
        return true;
    }

    void waitToWrite(Connection &connection, bool wait) const
    {
        if (connection.waitsToWrite == wait)
            return;
        connection.waitsToWrite = wait;
        watch(connection.fd, wait ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }

    void drop(Connection &connection)
    {
        if (connection.streaming) {
            --m_open;
            ++m_dropped;
        }
        const int fd = connection.fd;
        close(fd);
        m_connections.erase(fd);
    }

    std::string stats() const
    {
        const auto field = [](const char *name, std::uint64_t value) {
            return '"' + std::string(name) + "\":" + std::to_string(value);
        };
        return '{' + field("requests", m_requests) + ',' + field("accepted", m_accepted) + ','
               + field("connections", m_connections.size()) + ',' + field("streams_started", m_started) + ','
               + field("streams_open", m_open) + ',' + field("streams_complete", m_complete) + ','
               + field("streams_dropped", m_dropped) + '}';
    }

    struct Due {
        Clock::time_point at;
        int fd;
        std::uint64_t number;
        bool operator<(const Due &other) const { return at > other.at; } // the earliest on top
    };

    int m_epoll;
    int m_timer;
    int m_listener = -1;
    std::unique_ptr<std::array<char, kReadBytes>> m_buffer;
    Answers m_answers;
    std::unordered_map<int, std::unique_ptr<Connection>> m_connections;
    std::priority_queue<Due> m_due;
    std::uint64_t m_accepted = 0;
    std::uint64_t m_requests = 0;
    std::uint64_t m_started = 0;
    std::uint64_t m_open = 0;
    std::uint64_t m_complete = 0;
    std::uint64_t m_dropped = 0;
};

} // namespace

int main()
{
    std::signal(SIGPIPE, SIG_IGN);
    Upstream upstream;
    if (!upstream.listen()) {
        std::perror("listen");
        return 1;
    }
    upstream.run();
}

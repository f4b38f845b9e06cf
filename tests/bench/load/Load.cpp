// SPDX-License-Identifier: GPL-3.0-or-later
#include "Load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace bench {

namespace {

constexpr std::uint64_t kTimer = ~std::uint64_t(0);
constexpr std::chrono::seconds kPatience{30}; // over the planned end, then the rest counts as errors
constexpr int kEventsATurn = 256;

double
microsecondsBetween(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to)
{
    return std::chrono::duration<double, std::micro>(to - from).count();
}

double percentile(std::vector<double> values, double share)
{
    if (values.empty())
        return 0;
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<std::size_t>(at)];
}

std::string field(const char *name, double value)
{
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "\"%s\":%.3f", name, value);
    return text.data();
}

} // namespace

Load::Load(Options options)
    : m_options(std::move(options))
    , m_request(m_options.request())
    , m_epoll(epoll_create1(EPOLL_CLOEXEC))
    , m_timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC))
    , m_buffer(std::make_unique<std::array<char, 256 * 1024>>())
    , m_clients(static_cast<std::size_t>(m_options.connections))
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kTimer;
    epoll_ctl(m_epoll, EPOLL_CTL_ADD, m_timer, &event);
}

Load::~Load()
{
    for (Client &client : m_clients)
        close(client);
    ::close(m_timer);
    ::close(m_epoll);
}

bool Load::open(std::size_t index)
{
    Client &client = m_clients[index];
    client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(m_options.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(client.fd, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        return false;
    const int on = 1;
    setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(index, false, EPOLL_CTL_ADD);
    return true;
}

void Load::close(Client &client)
{
    if (client.fd >= 0)
        ::close(client.fd);
    client.fd = -1;
}

void Load::watch(std::size_t index, bool alsoWrite, int operation) const
{
    epoll_event event{};
    event.events = alsoWrite ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.u64 = index;
    epoll_ctl(m_epoll, operation, m_clients[index].fd, &event);
}

bool Load::run()
{
    for (std::size_t i = 0; i < m_clients.size(); ++i) {
        if (!open(i))
            return false;
        m_idle.push_back(i);
    }
    m_started = Clock::now();
    m_deadline
        = m_started
          + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(m_options.seconds));
    if (m_options.mode == Mode::Closed) {
        for (std::size_t i = 0; i < m_clients.size() && mayAsk(); ++i)
            ask(i, Clock::now());
    } else {
        askWhatIsDue();
    }
    std::array<epoll_event, kEventsATurn> events{};
    while (!isOver()) {
        const int count = epoll_wait(m_epoll, events.data(), kEventsATurn, 100);
        for (int i = 0; i < count; ++i)
            handle(events.at(static_cast<std::size_t>(i)));
        if (Clock::now() > m_deadline + kPatience) {
            m_errors += static_cast<int>(m_overdue.size())
                        + static_cast<int>(std::count_if(
                            m_clients.begin(), m_clients.end(), [](const Client &c) { return c.busy; }));
            break;
        }
    }
    m_ended = Clock::now();
    if (m_options.mode == Mode::Drop)
        dropAll();
    return true;
}

void Load::handle(const epoll_event &event)
{
    if (event.data.u64 == kTimer) {
        askWhatIsDue();
        return;
    }
    const auto index = static_cast<std::size_t>(event.data.u64);
    if (m_clients[index].fd < 0)
        return;
    if ((event.events & EPOLLOUT) != 0)
        send(index);
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
        receive(index);
}

bool Load::mayAsk() const
{
    return m_options.requests > 0 ? m_asked < m_options.requests : Clock::now() < m_deadline;
}

bool Load::isOver() const
{
    switch (m_options.mode) {
    case Mode::Closed:
        return m_done + m_errors >= m_asked && !mayAsk();
    case Mode::Open:
        return Clock::now() >= m_deadline && m_done + m_errors >= m_asked && m_overdue.empty();
    case Mode::Streams:
        return m_done + m_errors >= m_options.connections;
    case Mode::Drop:
        return m_begun + m_errors >= m_options.connections;
    }
    return true;
}

Load::Clock::time_point Load::dueTime(int number) const
{
    const double seconds = m_options.mode == Mode::Open
                               ? number / m_options.rate
                               : m_options.rampMs / 1000.0 * number / m_options.connections;
    return m_started + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

void Load::arm(Clock::time_point when) const
{
    const auto left = std::max<std::chrono::nanoseconds>(when - Clock::now(), std::chrono::nanoseconds(1));
    itimerspec spec{};
    spec.it_value.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    spec.it_value.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
    timerfd_settime(m_timer, 0, &spec, nullptr);
}

void Load::askWhatIsDue()
{
    std::uint64_t expirations = 0;
    [[maybe_unused]] const ssize_t count = read(m_timer, &expirations, sizeof expirations);
    const bool open = m_options.mode == Mode::Open;
    while (open || m_scheduled < m_options.connections) {
        const auto due = dueTime(m_scheduled);
        if (open && due >= m_deadline)
            return;
        if (due > Clock::now()) {
            arm(due);
            return;
        }
        ++m_scheduled;
        if (m_idle.empty()) {
            m_overdue.push_back(due);
            continue;
        }
        // The connection that rested longest: all of them take part.
        const std::size_t index = m_idle.front();
        m_idle.pop_front();
        ask(index, due);
    }
}

void Load::ask(std::size_t index, Clock::time_point since)
{
    Client &client = m_clients[index];
    ++m_asked;
    client.busy = true;
    client.sent = 0;
    client.answer = Answer();
    client.asked = since;
    client.firstByte = {};
    if (client.fd < 0 && !open(index)) {
        fail(index);
        return;
    }
    send(index);
}

void Load::send(std::size_t index)
{
    Client &client = m_clients[index];
    const bool waited = client.sent > 0;
    while (client.sent < m_request.size()) {
        const ssize_t count = ::send(
            client.fd, m_request.data() + client.sent, m_request.size() - client.sent,
            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) {
            watch(index, true, EPOLL_CTL_MOD);
            return;
        }
        if (count < 0) {
            fail(index);
            return;
        }
        client.sent += static_cast<std::size_t>(count);
    }
    if (waited)
        watch(index, false, EPOLL_CTL_MOD);
}

void Load::receive(std::size_t index)
{
    Client &client = m_clients[index];
    const ssize_t count = recv(client.fd, m_buffer->data(), m_buffer->size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return;
    if (!client.busy) {
        close(client); // the server ended a connection at rest: the next request opens another
        return;
    }
    if (count <= 0) {
        if (client.answer.endsWithConnection())
            finish(index);
        else
            fail(index);
        return;
    }
    const int eventsBefore = client.answer.events();
    const bool complete = client.answer.feed({m_buffer->data(), static_cast<std::size_t>(count)});
    if (client.answer.events() > eventsBefore) {
        ++m_reads;
        m_events += client.answer.events() - eventsBefore;
    }
    if (client.firstByte == Clock::time_point() && client.answer.hasBody()) {
        client.firstByte = Clock::now();
        ++m_begun;
    }
    if (client.answer.isBroken())
        fail(index);
    else if (complete)
        finish(index);
}

void Load::finish(std::size_t index)
{
    Client &client = m_clients[index];
    if (client.answer.status() != 200 || (m_options.stream && !client.answer.saidDone())) {
        fail(index);
        return;
    }
    m_latency.push_back(microsecondsBetween(client.asked, Clock::now()));
    m_firstByte.push_back(microsecondsBetween(client.asked, client.firstByte));
    ++m_done;
    afterwards(index);
}

void Load::fail(std::size_t index)
{
    Client &client = m_clients[index];
    if (m_errors == 0)
        std::fprintf(
            stderr, "bench.load: first error: status %d, %zu bytes of body, %d events\n",
            client.answer.status(), client.answer.bodyBytes(), client.answer.events());
    ++m_errors;
    close(client);
    afterwards(index);
}

void Load::afterwards(std::size_t index)
{
    m_clients[index].busy = false;
    if (m_options.mode == Mode::Closed) {
        if (mayAsk())
            ask(index, Clock::now());
    } else if (m_options.mode == Mode::Open) {
        if (m_overdue.empty()) {
            m_idle.push_back(index);
            return;
        }
        const auto since = m_overdue.front();
        m_overdue.pop_front();
        ask(index, since);
    }
}

/// Unread bytes make the kernel reset the connections: that is what a killed client looks like.
void Load::dropAll()
{
    const linger reset{1, 0};
    for (Client &client : m_clients) {
        if (client.fd >= 0)
            setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(client);
    }
}

std::string Load::report() const
{
    const double seconds = std::chrono::duration<double>(m_ended - m_started).count();
    return '{' + field("done", m_done) + ',' + field("errors", m_errors) + ',' + field("begun", m_begun) + ','
           + field("seconds", seconds) + ',' + field("per_second", m_done / seconds) + ','
           + field("p50_us", percentile(m_latency, 0.5)) + ',' + field("p99_us", percentile(m_latency, 0.99))
           + ',' + field("max_us", percentile(m_latency, 1)) + ','
           + field("first_p50_us", percentile(m_firstByte, 0.5)) + ','
           + field("first_p99_us", percentile(m_firstByte, 0.99)) + ','
           + field(
               "events_a_read",
               m_reads > 0 ? static_cast<double>(m_events) / static_cast<double>(m_reads) : 0)
           + '}';
}

} // namespace bench

// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Clock.h"
#include "io/StreamFactory.h"
#include "net/QnamTransport.h"
#include "net/UpstreamManager.h"
#include "support/Await.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QNetworkReply>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <thread>

// Processor time per request, client side only: what a POST of 1 kB answered by 1 kB costs over each way to
// send it, in alternating rounds of one run. The ratios are the finding; absolute times drift with the
// machine.

namespace {

using namespace fairlead;

/// Answers every request of 1 kB at once, on a thread whose time is not counted.
class Answerer
{
public:
    explicit Answerer(const QByteArray &answer)
        : m_answer(answer)
    {
        m_listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (bind(m_listener, reinterpret_cast<sockaddr *>(&address), length) != 0
            || listen(m_listener, 1024) != 0)
            qFatal("NetBench: cannot listen");
        getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &length);
        m_port = ntohs(address.sin_port);
        std::thread([this] { run(); }).detach();
        while (m_clock == 0)
            usleep(100);
    }

    [[nodiscard]] int port() const { return m_port; }

    [[nodiscard]] double cpuSeconds() const
    {
        timespec time{};
        clock_gettime(m_clock, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }

private:
    void run()
    {
        clockid_t id = 0;
        pthread_getcpuclockid(pthread_self(), &id);
        const int set = epoll_create1(0);
        const auto watch = [set](int fd) {
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.fd = fd;
            epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
        };
        watch(m_listener);
        m_clock = id;
        std::map<int, std::string> input;
        std::array<char, 65536> buffer;
        std::array<epoll_event, 256> events;
        while (true) {
            const int count = epoll_wait(set, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == m_listener) {
                    const int accepted = accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK);
                    const int on = 1;
                    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                    watch(accepted);
                    continue;
                }
                const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
                if (got <= 0) {
                    input.erase(fd);
                    close(fd);
                    continue;
                }
                std::string &all = input[fd];
                all.append(buffer.data(), static_cast<std::size_t>(got));
                const std::size_t end = all.find("\r\n\r\n");
                if (end != std::string::npos && all.size() >= end + 4 + 1000) {
                    all.clear();
                    (void)!::send(
                        fd, m_answer.constData(), static_cast<std::size_t>(m_answer.size()), MSG_NOSIGNAL);
                }
            }
        }
    }

    QByteArray m_answer;
    int m_listener = -1;
    int m_port = 0;
    std::atomic<clockid_t> m_clock = 0;
};

double processSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

using Send = std::function<void(const QUrl &, std::function<void()> done)>;

/// Microseconds of processor time per request with `parallel` of them always under way.
double measure(const Answerer &server, const Send &send, int parallel, int requests)
{
    const QUrl url(QStringLiteral("http://127.0.0.1:%1/v1/chat/completions").arg(server.port()));
    int started = 0;
    int ended = 0;
    std::function<void()> next = [&] {
        if (started == requests)
            return;
        ++started;
        send(url, [&] {
            ++ended;
            next();
        });
    };
    const double before = processSeconds() - server.cpuSeconds();
    for (int i = 0; i < parallel; ++i)
        next();
    while (ended < requests)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    return (processSeconds() - server.cpuSeconds() - before) * 1e6 / requests;
}

QNetworkRequest chatRequest(const QUrl &url)
{
    QNetworkRequest request(url);
    request.setRawHeader("Content-Type", "application/json");
    request.setRawHeader("Authorization", "Bearer sk-0123456789abcdef0123456789abcdef");
    return request;
}

Task<> exchange(net::HttpTransport &transport, net::TransportRequest request, std::function<void()> done)
{
    auto response = co_await transport.send(std::move(request));
    if (!response)
        qFatal("NetBench: %s", response.error().message().constData());
    while (true) {
        const auto part = co_await (*response)->read();
        if (!part || part->isEmpty())
            break;
    }
    response->reset();
    done();
}

/// The floor: the same bytes over a bare stream, with no HTTP in it.
class PingPong final : public io::ByteStream::Listener
{
public:
    PingPong(io::StreamFactory &streams, int port, qsizetype answerBytes)
        : m_answerBytes(answerBytes)
    {
        io::Endpoint endpoint;
        endpoint.host = QStringLiteral("127.0.0.1");
        endpoint.port = static_cast<quint16>(port);
        m_stream = streams.connectTo(endpoint, this, {});
    }
    void send(std::function<void()> done)
    {
        m_done = std::move(done);
        m_left = m_answerBytes;
        m_stream->write("POST /v1/chat/completions HTTP/1.1\r\n\r\n", QByteArray(1000, 'q'));
    }

private:
    void streamReadable() override
    {
        while (const qsizetype count
               = m_stream->read(m_buffer.data(), static_cast<qsizetype>(m_buffer.size())))
            m_left -= count;
        if (m_left == 0)
            std::exchange(m_done, {})();
    }
    void streamClosed(io::CloseReason, const QByteArray &) override { qFatal("NetBench: closed"); }

    qsizetype m_answerBytes;
    qsizetype m_left = 0;
    std::function<void()> m_done;
    std::unique_ptr<io::ByteStream> m_stream;
    std::array<char, 65536> m_buffer;
};

} // namespace

int main(int argc, char **argv)
{
    qputenv("QT_NO_GLIB", "1");
    const QCoreApplication app(argc, argv);
    const int requests = argc > 1 ? std::atoi(argv[1]) : 5000;
    const QByteArray only = argc > 2 ? argv[2] : ""; // a part of one way's name, for a profiler
    const QByteArray answer = "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
                              "Content-Type: application/json\r\nContent-Length: 1000\r\n"
                              "X-Request-Id: req_0123456789\r\n\r\n"
                              + QByteArray(1000, 'a');
    const Answerer server(answer);
    const QByteArray body(1000, 'q');

    SystemClock clock;
    io::StreamFactory streams;
    net::UpstreamManager ours(streams, clock);
    net::QnamTransport transport(ours, clock);
    QNetworkAccessManager stock;

    std::vector<std::unique_ptr<PingPong>> idle;
    const auto bare = [&](const QUrl &, std::function<void()> done) {
        if (idle.empty())
            idle.push_back(std::make_unique<PingPong>(streams, server.port(), answer.size()));
        auto *stream = idle.back().release();
        idle.pop_back();
        stream->send([&idle, stream, done = std::move(done)] {
            idle.emplace_back(stream);
            done();
        });
    };
    const auto viaReply = [](QNetworkReply *reply, std::function<void()> done) {
        QObject::connect(reply, &QNetworkReply::finished, reply, [reply, done = std::move(done)] {
            if (reply->readAll().size() != 1000)
                qFatal("NetBench: %s", qPrintable(reply->errorString()));
            reply->deleteLater();
            done();
        });
    };
    const auto viaSend = [&](const QUrl &url, std::function<void()> done) {
        viaReply(ours.send(chatRequest(url), "POST", body), std::move(done));
    };
    const auto viaPost = [&](const QUrl &url, std::function<void()> done) {
        viaReply(ours.post(chatRequest(url), body), std::move(done));
    };
    const auto viaStock = [&](const QUrl &url, std::function<void()> done) {
        viaReply(stock.post(chatRequest(url), body), std::move(done));
    };
    const auto viaTransport = [&](const QUrl &url, std::function<void()> done) {
        net::TransportRequest request;
        request.url = url;
        request.headers.add("Content-Type", "application/json");
        request.secretHeaders.emplace_back(
            "Authorization", Secret(QByteArray("Bearer sk-0123456789abcdef0123456789abcdef")));
        request.body = body;
        exchange(transport, std::move(request), std::move(done));
    };

    const std::array<std::pair<const char *, Send>, 5> ways{{
        {"bare stream", bare},
        {"UpstreamManager::send", viaSend},
        {"UpstreamManager::post", viaPost},
        {"QnamTransport (coroutine)", viaTransport},
        {"stock QNetworkAccessManager", viaStock},
    }};
    constexpr int Rounds = 5;
    for (const int parallel : {1, 16}) {
        std::array<std::vector<double>, ways.size()> times;
        for (int round = 0; round < Rounds; ++round) {
            for (std::size_t way = 0; way < ways.size(); ++way) {
                if (QByteArray(ways[way].first).contains(only))
                    times[way].push_back(measure(server, ways[way].second, parallel, requests));
            }
        }
        std::printf("%d at a time, us of processor time per request (median of %d)\n", parallel, Rounds);
        double floor = 0;
        for (std::size_t way = 0; way < ways.size(); ++way) {
            if (times[way].empty())
                continue;
            std::sort(times[way].begin(), times[way].end());
            const double median = times[way][Rounds / 2];
            floor = floor > 0 ? floor : median;
            std::printf("  %-30s %8.2f  x %.2f\n", ways[way].first, median, median / floor);
        }
    }
    return 0;
}

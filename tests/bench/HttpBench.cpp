// SPDX-License-Identifier: GPL-3.0-or-later
// What the server itself costs: an echo handler on the real stack. Load it with a client of your choice, then
// read the processor time a request took from its last line:
//   bench.http [port] & wrk -t1 -c16 -d5s -s post.lua http://127.0.0.1:PORT/ ; kill -TERM %1
#include "http/Server.h"

#include <QCoreApplication>
#include <QSocketNotifier>
#include <QTextStream>

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/time.h>

#include <csignal>
#include <cstdio>

using namespace fairlead;

namespace {

class EchoHandler final : public http::Handler
{
public:
    void handle(http::ExchangePtr exchange) override
    {
        ++count;
        if (exchange->request().path == "/stream") {
            exchange->begin(200, {{"Content-Type", "text/event-stream"}});
            for (int i = 0; i < 50 && exchange->tryWrite(QByteArray(120, 'e')); ++i) { }
            exchange->end();
            return;
        }
        exchange->reply(
            {.status = 200,
             .headers = {{"Content-Type", "application/json"}},
             .body = exchange->request().body});
    }
    qint64 count = 0;
};

double cpuMicroseconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto micros = [](const timeval &time) { return double(time.tv_sec) * 1e6 + double(time.tv_usec); };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

} // namespace

int main(int argc, char **argv)
{
    qputenv("QT_NO_GLIB", "1");
    QCoreApplication app(argc, argv);
    SystemClock clock;
    EchoHandler handler;
    io::StreamFactory streams;
    http::Server server(streams, clock, handler);
    const quint16 wanted = argc > 1 ? QByteArray(argv[1]).toUShort() : quint16(0);
    const auto port = server.listen({QStringLiteral("127.0.0.1")}, wanted);
    if (!port) {
        std::fprintf(stderr, "%s\n", port.error().message().constData());
        return 1;
    }
    std::printf("listening on http://127.0.0.1:%d\n", *port);
    std::fflush(stdout);

    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    QSocketNotifier stop(signalfd(-1, &signals, SFD_CLOEXEC), QSocketNotifier::Read);
    QObject::connect(&stop, &QSocketNotifier::activated, &app, [] { QCoreApplication::quit(); });

    const double before = cpuMicroseconds();
    app.exec();
    const double spent = cpuMicroseconds() - before;
    std::printf(
        "%lld requests, %.2f us of processor time each\n", handler.count,
        handler.count ? spent / double(handler.count) : 0.0);
    return 0;
}

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/UnixSignals.h"

#include <QSocketNotifier>

#include <array>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace fairlead::app {

namespace {

constexpr std::array kSignals{SIGTERM, SIGINT, SIGHUP};

// A handler may do next to nothing (signal-safety(7)): it writes the number into a pipe, the event loop reads
// it.
int s_pipe[2] = {-1, -1};
volatile std::sig_atomic_t s_ending = 0;

void onSignal(int number)
{
    if (number != SIGHUP && std::exchange(s_ending, 1) != 0)
        _exit(128 + number);
    const char byte = number == SIGHUP ? 'r' : 'e';
    const int before = errno;
    [[maybe_unused]] const ssize_t written = write(s_pipe[1], &byte, 1);
    errno = before;
}

} // namespace

UnixSignals::UnixSignals(QObject *parent)
    : QObject(parent)
{
    if (pipe2(s_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        qFatal("No pipe for signals can be had.");
    m_notifier = std::make_unique<QSocketNotifier>(s_pipe[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &UnixSignals::read);
    struct sigaction action = {};
    action.sa_handler = onSignal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    for (const int number : kSignals)
        sigaction(number, &action, nullptr);
}

UnixSignals::~UnixSignals()
{
    for (const int number : kSignals)
        std::signal(number, SIG_DFL);
    m_notifier.reset();
    close(s_pipe[0]);
    close(s_pipe[1]);
    s_ending = 0;
}

void UnixSignals::read()
{
    std::array<char, 16> bytes{};
    const ssize_t count = ::read(s_pipe[0], bytes.data(), bytes.size());
    for (ssize_t i = 0; i < count; ++i) {
        if (bytes[static_cast<std::size_t>(i)] == 'r')
            Q_EMIT reloadAsked();
        else
            Q_EMIT endAsked();
    }
}

} // namespace fairlead::app

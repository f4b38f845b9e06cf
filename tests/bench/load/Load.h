// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "Answer.h"
#include "Options.h"

#include <array>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

struct epoll_event;

namespace bench {

/// One run of load against one port, on bare epoll: what it measures must not use what it measures.
class Load
{
public:
    explicit Load(Options options);
    ~Load();
    Load(const Load &) = delete;
    Load &operator=(const Load &) = delete;

    /// False if the port does not answer.
    bool run();
    /// The findings as one line of JSON.
    [[nodiscard]] std::string report() const;

private:
    using Clock = std::chrono::steady_clock;

    struct Client {
        int fd = -1;
        bool busy = false;
        std::size_t sent = 0;
        Clock::time_point asked;
        Clock::time_point firstByte;
        Answer answer;
    };

    bool open(std::size_t index);
    void close(Client &client);
    void ask(std::size_t index, Clock::time_point since);
    void send(std::size_t index);
    void receive(std::size_t index);
    void finish(std::size_t index);
    void fail(std::size_t index);
    void afterwards(std::size_t index);
    void handle(const epoll_event &event);
    void watch(std::size_t index, bool alsoWrite, int operation) const;
    void askWhatIsDue();
    void arm(Clock::time_point when) const;
    [[nodiscard]] Clock::time_point dueTime(int number) const;
    [[nodiscard]] bool mayAsk() const;
    [[nodiscard]] bool isOver() const;
    void dropAll();

    Options m_options;
    std::string m_request;
    int m_epoll;
    int m_timer;
    std::unique_ptr<std::array<char, 256 * 1024>> m_buffer;
    std::vector<Client> m_clients;
    std::deque<std::size_t> m_idle; ///< Open: who can ask
    std::deque<Clock::time_point> m_overdue; ///< Open: requests that wait for a connection
    Clock::time_point m_started;
    Clock::time_point m_ended;
    Clock::time_point m_deadline;
    int m_asked = 0;
    int m_scheduled = 0;
    int m_done = 0;
    int m_errors = 0;
    int m_begun = 0; ///< streams whose first byte came
    std::int64_t m_reads = 0;
    std::int64_t m_events = 0;
    std::vector<double> m_latency; ///< µs, whole answer
    std::vector<double> m_firstByte; ///< µs, first byte of the body
};

} // namespace bench

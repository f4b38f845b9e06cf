// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace bench {

enum class Mode {
    Closed, ///< every connection asks again as soon as it has its answer
    Open, ///< requests come at a fixed rate, whatever the answers do; waiting for a connection counts
    Streams, ///< one stream a connection, all at the same time
    Drop, ///< as Streams, but every client vanishes in the middle
};

struct Options {
    Mode mode = Mode::Closed;
    std::uint16_t port = 0;
    int connections = 1;
    int requests = 0; ///< 0 = as many as fit
    double seconds = 1;
    double rate = 500; ///< requests a second, for Open
    std::size_t bodyBytes = 1024;
    std::string model = "bench";
    std::string path = "/v1/chat/completions";
    std::string headers; ///< further header lines
    bool stream = false;
    int rampMs = 0; ///< Streams: how long it takes until all have started

    /// False, with a word on stderr, if they make no sense.
    bool read(int argc, char **argv);
    /// The bytes of one request.
    [[nodiscard]] std::string request() const;
};

} // namespace bench

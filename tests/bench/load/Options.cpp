// SPDX-License-Identifier: GPL-3.0-or-later
#include "Options.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace bench {

namespace {

constexpr std::array<std::pair<std::string_view, Mode>, 4> kModes{{
    {"closed", Mode::Closed},
    {"open", Mode::Open},
    {"streams", Mode::Streams},
    {"drop", Mode::Drop},
}};

constexpr std::string_view kWords
    = "The harbour was quiet, and a line ran from the winch through the fairlead to the bow. ";

/// A chat as an agent sends it: turns of some size until `bytes` are there.
std::string messages(std::size_t bytes)
{
    constexpr std::size_t kTurnBytes = 4000;
    std::string text = R"([{"role":"system","content":"You are helpful."})";
    bool user = true;
    while (text.size() < bytes || user) {
        text += user ? R"(,{"role":"user","content":")" : R"(,{"role":"assistant","content":")";
        for (std::size_t end = std::min(text.size() + kTurnBytes, bytes); text.size() < end;)
            text += kWords.substr(0, end - text.size());
        text += "\"}";
        user = !user;
    }
    return text + ']';
}

bool readMode(std::string_view name, Mode &mode)
{
    for (const auto &[known, value] : kModes) {
        if (name == known) {
            mode = value;
            return true;
        }
    }
    return false;
}

} // namespace

bool Options::read(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const char *value = argv[i + 1];
        if (name == "--mode" && readMode(value, mode))
            continue;
        if (name == "--port")
            port = static_cast<std::uint16_t>(std::atoi(value));
        else if (name == "--connections")
            connections = std::atoi(value);
        else if (name == "--requests")
            requests = std::atoi(value);
        else if (name == "--seconds")
            seconds = std::atof(value);
        else if (name == "--rate")
            rate = std::atof(value);
        else if (name == "--body")
            bodyBytes = static_cast<std::size_t>(std::atoll(value));
        else if (name == "--model")
            model = value;
        else if (name == "--path")
            path = value;
        else if (name == "--header")
            headers += std::string(value) + "\r\n";
        else if (name == "--stream")
            stream = std::atoi(value) != 0;
        else if (name == "--ramp-ms")
            rampMs = std::atoi(value);
        else {
            std::fprintf(stderr, "bench.load: cannot use %s %s\n", argv[i], value);
            return false;
        }
    }
    stream = stream || mode == Mode::Streams || mode == Mode::Drop;
    if (port == 0 || connections < 1 || seconds <= 0 || rate <= 0 || argc % 2 == 0) {
        std::fprintf(stderr, "bench.load: needs --port N, and every option a value\n");
        return false;
    }
    return true;
}

std::string Options::request() const
{
    std::string body = R"({"model":")" + model + R"(","stream":)" + (stream ? "true" : "false");
    if (stream)
        body += R"(,"stream_options":{"include_usage":true})";
    body += R"(,"temperature":0.2,"messages":)";
    body += messages(bodyBytes > body.size() ? bodyBytes - body.size() : 0) + '}';
    return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port)
           + "\r\nUser-Agent: bench/1\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
           + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace bench

// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"

#include "core/wire/EventStreamFrames.h"
#include "wire/bedrock/EventStreamReader.h"

#include <algorithm>

namespace fairlead::fuzz {

namespace {

using wire::bedrock::EventStreamMessage;
using wire::bedrock::EventStreamReader;

struct Outcome {
    std::vector<QByteArray> payloads;
    QByteArray headers;
    QByteArray problem;
    bool between = false;
    bool operator==(const Outcome &) const = default;
};

constexpr std::uint32_t kMostMessage = 256;

Outcome read(const std::vector<std::vector<char>> &stream)
{
    Outcome outcome;
    EventStreamReader reader(kMostMessage);
    const auto keep = [&](const EventStreamMessage &message) {
        FUZZ_CHECK(outcome.problem.isEmpty());
        FUZZ_CHECK(message.payload.size() <= kMostMessage);
        outcome.payloads.push_back(message.payload.toByteArray());
        for (const auto &[name, value] : message.headers) {
            FUZZ_CHECK(!name.isEmpty() && !message.header(name).isNull());
            outcome.headers += name.toByteArray() + '=' + value.toByteArray() + '\n';
        }
    };
    for (const auto &piece : stream) {
        const bool fine = reader.feed(viewOf(piece), keep);
        FUZZ_CHECK(fine == reader.problem().isEmpty());
        outcome.problem = reader.problem();
    }
    outcome.between = reader.isBetweenMessages();
    return outcome;
}

Outcome readAt(QByteArrayView stream, std::uint8_t seed)
{
    const Outcome outcome = read({{stream.begin(), stream.end()}});
    FUZZ_CHECK(read(pieces(stream, 0)) == outcome);
    FUZZ_CHECK(read(pieces(stream, seed)) == outcome);
    return outcome;
}

/// A frame that is right but for one bit is never given out.
void checkBitFlip(QByteArray frame, std::size_t bit)
{
    const auto at = static_cast<qsizetype>(bit / 8 % static_cast<std::size_t>(frame.size()));
    frame[at] = static_cast<char>(frame[at] ^ (1 << (bit % 8)));
    FUZZ_CHECK(read({{frame.begin(), frame.end()}}).payloads.empty());
}

} // namespace

void checkInput(QByteArrayView bytes)
{
    Input input(bytes);
    const std::uint8_t seed = input.choice();
    const std::uint8_t shape = input.choice();
    const QByteArrayView rest = input.rest().first(std::min<qsizetype>(input.rest().size(), 512));
    readAt(rest, seed);

    // No fuzzer guesses checksums: the same bytes as the headers and payload of a frame that has them right.
    const QByteArrayView headers = rest.first(std::min<qsizetype>(shape, rest.size()));
    const QByteArray payload = rest.sliced(headers.size()).toByteArray();
    const QByteArray frame = test::rawFrame(headers.toByteArray(), payload);
    const QByteArray plain = test::eventFrame("x", payload);
    const bool fits = plain.size() <= qsizetype(kMostMessage);
    const Outcome outcome = readAt(plain + frame + plain, seed);
    FUZZ_CHECK(outcome.payloads.size() == (!fits ? 0 : outcome.problem.isEmpty() ? 3 : 1));
    FUZZ_CHECK(!fits || outcome.payloads.front() == payload);
    checkBitFlip(frame, seed * 257U + shape);
    checkBitFlip(plain, seed * 257U + shape);
}

} // namespace fairlead::fuzz

// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"

#include "net/BodyDecoder.h"
#include "net/ResponseParser.h"

#include <algorithm>

namespace fairlead::fuzz {

namespace {

using net::BodyDecoder;
using net::ResponseParser;
using State = ResponseParser::State;

constexpr qsizetype kMostHead = 1024;

struct Outcome {
    State open = State::Head; ///< before the connection ends
    State closed = State::Head; ///< after it
    int status = 0;
    QByteArray head;
    QByteArray body;
    bool reusable = false;
    bool operator==(const Outcome &) const = default;
};

Outcome read(const std::vector<std::vector<char>> &stream, bool answersHead)
{
    Outcome outcome;
    ResponseParser parser(kMostHead);
    parser.start(answersHead);
    for (const auto &piece : stream)
        FUZZ_CHECK(parser.feed(viewOf(piece), outcome.body) == parser.state());
    if (parser.state() == State::Head && parser.hasBegun()) {
        // Whether a wrong line shows at once or when the head ends depends on the pieces; that it never ends
        // shows by its size.
        const QByteArray endless(kMostHead + 1, 'x');
        FUZZ_CHECK(parser.feed(endless, outcome.body) == State::Bad);
    }
    outcome.open = parser.state();
    outcome.closed = parser.feedEnd();
    if (outcome.open == State::Bad) {
        // How much of a broken answer is read before it shows depends on the pieces.
        FUZZ_CHECK(!parser.problem().isEmpty() && !parser.reusable());
        outcome.body.clear();
        return outcome;
    }
    outcome.reusable = parser.reusable();
    if (!parser.headComplete())
        return outcome;
    outcome.status = parser.status();
    outcome.head = parser.reason() + '\n';
    for (const auto &[name, value] : parser.headers())
        outcome.head += name + '=' + value + '\n';
    return outcome;
}

void checkAnswer(QByteArrayView stream, std::uint8_t seed, bool answersHead)
{
    const Outcome outcome = read({{stream.begin(), stream.end()}}, answersHead);
    FUZZ_CHECK(read(pieces(stream, 0), answersHead) == outcome);
    FUZZ_CHECK(read(pieces(stream, seed), answersHead) == outcome);
    FUZZ_CHECK(outcome.body.size() <= stream.size() && outcome.head.size() <= 2 * kMostHead);
    FUZZ_CHECK(!answersHead || outcome.body.isEmpty());
    FUZZ_CHECK(outcome.closed != State::Body);
    FUZZ_CHECK(!outcome.reusable || outcome.open == State::Complete);
    FUZZ_CHECK(outcome.status == 0 || (outcome.status >= 200 && outcome.status < 1000));
}

/// Decodes with so much room at a time; nothing when the data is broken.
std::optional<QByteArray>
decode(const std::vector<std::vector<char>> &stream, QByteArrayView coding, qsizetype room, bool &atEnd)
{
    const auto decoder = BodyDecoder::forCoding(coding);
    QByteArray decoded;
    for (const auto &piece : stream) {
        decoder->feed(viewOf(piece).toByteArray());
        while (!decoder->isDrained()) {
            const qsizetype before = decoded.size();
            if (!decoder->decode(decoded, room))
                return std::nullopt;
            FUZZ_CHECK(decoded.size() - before <= room);
        }
    }
    FUZZ_CHECK(decoder->decodedBytes() == decoded.size());
    atEnd = decoder->atEnd();
    return decoded;
}

void checkDecoding(QByteArrayView stream, std::uint8_t seed, QByteArrayView coding)
{
    stream = stream.first(std::min<qsizetype>(stream.size(), 256)); // a bomb makes a thousand times as much
    bool atEnd = false;
    bool again = false;
    const auto decoded = decode({{stream.begin(), stream.end()}}, coding, 4096, atEnd);
    FUZZ_CHECK(decode(pieces(stream, seed | 4U), coding, 64 + seed * 16, again) == decoded);
    FUZZ_CHECK(atEnd == again);
}

} // namespace

void checkInput(QByteArrayView bytes)
{
    Input input(bytes);
    const std::uint8_t what = input.choice();
    const std::uint8_t seed = input.choice();
    switch (what % 4) {
    case 0:
        return checkDecoding(input.rest(), seed, "gzip");
    case 1:
        return checkDecoding(input.rest(), seed, "deflate");
    default:
        return checkAnswer(input.rest(), seed, what % 4 == 2);
    }
}

} // namespace fairlead::fuzz

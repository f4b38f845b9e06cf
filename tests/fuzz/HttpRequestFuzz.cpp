// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"

#include "http/Multipart.h"
#include "http/RequestParser.h"

#include <QList>

#include <algorithm>

namespace fairlead::fuzz {

namespace {

using http::Request;
using http::RequestParser;
using Step = RequestParser::Step;

constexpr qsizetype kMostHead = 1024;
constexpr qsizetype kMostBody = 2048;

struct Outcome {
    std::vector<QByteArray> requests;
    Step last = Step::NeedsMore;
    bool operator==(const Outcome &) const = default;
};

QByteArray describe(const Request &request)
{
    QByteArray text = request.method + ' ' + request.target + '\n' + request.path + '?' + request.query
                      + (request.keepAlive ? " keep\n" : " close\n");
    for (const auto &[name, value] : request.headers)
        text += name + '=' + value + '\n';
    return text + '\n' + request.body;
}

bool hasLineEnd(const QByteArray &text)
{
    return text.contains('\r') || text.contains('\n') || text.contains('\0');
}

/// What everything behind the parser relies on.
void checkRequest(const Request &request)
{
    FUZZ_CHECK(!request.method.isEmpty() && request.body.size() <= kMostBody);
    FUZZ_CHECK(!hasLineEnd(request.method) && !hasLineEnd(request.path) && !hasLineEnd(request.query));
    for (const QByteArray &segment : request.path.split('/'))
        FUZZ_CHECK(segment != "." && segment != "..");
    FUZZ_CHECK(request.headers.count("host") <= 1 && request.headers.count("content-length") <= 1);
    FUZZ_CHECK(!request.headers.contains("transfer-encoding") || !request.headers.contains("content-length"));
    qsizetype size = 0;
    for (const auto &[name, value] : request.headers) {
        FUZZ_CHECK(!name.isEmpty() && !hasLineEnd(name) && !hasLineEnd(value));
        FUZZ_CHECK(!name.contains(' ') && !name.contains(':') && value == value.trimmed());
        size += name.size() + value.size();
    }
    FUZZ_CHECK(size <= 2 * kMostHead); // the host may stand in the target as well
    const auto field = http::formField(request.body, request.headers.value("content-type"), "model");
    FUZZ_CHECK(
        !field || (field->begin() >= request.body.constBegin() && field->end() <= request.body.constEnd()));
}

/// Reads as a connection does: what is not taken comes again with more behind it, and bodies of a known
/// length may be read in place.
Outcome read(const std::vector<std::vector<char>> &stream, bool inPlace)
{
    Outcome outcome;
    RequestParser parser(kMostHead, kMostBody);
    std::vector<char> left;
    for (const std::vector<char> &piece : stream) {
        left.insert(left.end(), piece.begin(), piece.end());
        while (!left.empty() && parser.step() == Step::NeedsMore) {
            qsizetype taken = 0;
            if (const std::span<char> space = parser.bodySpace(); inPlace && !space.empty()) {
                taken = std::min(std::ssize(space), std::ssize(left));
                std::copy_n(left.begin(), taken, space.begin());
                parser.bodyArrived(taken);
            } else {
                const std::vector<char> exact(left);
                taken = parser.feed(viewOf(exact));
                FUZZ_CHECK(taken >= 0 && taken <= std::ssize(left));
            }
            left.erase(left.begin(), left.begin() + taken);
            if (parser.step() == Step::Complete) {
                const Request request = parser.takeRequest();
                checkRequest(request);
                outcome.requests.push_back(describe(request));
            } else if (taken == 0) {
                break;
            }
        }
    }
    if (parser.hasStarted() && !parser.isHeadDone() && parser.step() == Step::NeedsMore) {
        // Whether a wrong line shows at once or when the head ends depends on the pieces; that it never ends
        // shows by its size.
        left.resize(left.size() + kMostHead, 'x');
        FUZZ_CHECK(parser.feed(viewOf(left)) >= 0 && parser.step() == Step::Failed);
    }
    outcome.last = parser.step();
    if (outcome.last == Step::Failed)
        FUZZ_CHECK(
            parser.refusalStatus() >= 400 && parser.refusalStatus() < 600
            && !parser.refusalMessage().isEmpty());
    else
        FUZZ_CHECK(std::ssize(left) <= kMostHead);
    return outcome;
}

} // namespace

void checkInput(QByteArrayView bytes)
{
    Input input(bytes);
    const std::uint8_t seed = input.choice();
    const QByteArrayView stream = input.rest();
    const Outcome outcome = read({{stream.begin(), stream.end()}}, false);
    FUZZ_CHECK(read(pieces(stream, 0), false) == outcome);
    FUZZ_CHECK(read(pieces(stream, seed), false) == outcome);
    FUZZ_CHECK(read(pieces(stream, seed), true) == outcome);
}

} // namespace fairlead::fuzz

// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz/Fuzz.h"

#include "wire/SseReader.h"

#include <QList>

#include <utility>

namespace fairlead::fuzz {

namespace {

using wire::SseEvent;
using wire::SseReader;

using Events = std::vector<std::pair<QByteArray, QByteArray>>;

struct Outcome {
    Events events;
    bool alive = true;
    bool comments = false;
    bool between = false;
    bool operator==(const Outcome &) const = default;
};

Outcome read(const std::vector<std::vector<char>> &stream, qsizetype cap)
{
    Outcome outcome;
    SseReader reader(cap);
    const auto keep = [&](const SseEvent &event) {
        FUZZ_CHECK(event.data.size() <= cap && event.name.size() <= cap);
        FUZZ_CHECK(!event.data.isEmpty() && !event.data.contains('\r') && !event.name.contains('\n'));
        outcome.events.emplace_back(event.name.toByteArray(), event.data.toByteArray());
    };
    for (const auto &piece : stream)
        outcome.alive = reader.feed(viewOf(piece), keep);
    outcome.between = reader.isBetweenEvents();
    const auto given = outcome.events.size();
    reader.finish(keep);
    FUZZ_CHECK(outcome.alive || outcome.events.size() == given); // dead is dead
    FUZZ_CHECK(!outcome.between || outcome.events.size() == given);
    outcome.comments = reader.sawComment();
    return outcome;
}

std::vector<std::vector<char>> whole(QByteArrayView bytes)
{
    return {{bytes.begin(), bytes.end()}};
}

/// The events as an honest server writes them.
QByteArray written(const Events &events)
{
    QByteArray stream;
    for (const auto &[name, data] : events) {
        if (!name.isEmpty())
            stream += "event: " + name + "\r\n";
        for (const QByteArray &line : data.split('\n'))
            stream += "data: " + line + "\r\n";
        stream += "\r\n";
    }
    return stream;
}

} // namespace

void checkInput(QByteArrayView bytes)
{
    Input input(bytes);
    const std::uint8_t seed = input.choice();
    const qsizetype cap = input.choice() * 8;
    const QByteArrayView stream = input.rest();

    for (const qsizetype most : {cap, SseReader::kDefaultMostEventBytes}) {
        const Outcome outcome = read(whole(stream), most);
        FUZZ_CHECK(read(pieces(stream, 0), most) == outcome);
        FUZZ_CHECK(read(pieces(stream, seed), most) == outcome);
        FUZZ_CHECK(outcome.alive || most < stream.size());
        const Outcome again = read(whole(written(outcome.events)), SseReader::kDefaultMostEventBytes);
        FUZZ_CHECK(again.events == outcome.events && again.alive);
    }
}

} // namespace fairlead::fuzz

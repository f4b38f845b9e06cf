// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatAnswer.h"
#include "core/wire/Describe.h"
#include "core/wire/Shared.h"
#include "wire/Codec.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <algorithm>

/// What the tests of upstream codecs have in common: recordings by dialect, streams fed at any split, events
/// as text.
namespace fairlead::test {

struct Recording {
    QByteArray name; ///< path below the recordings
    QString path;
    QByteArray behaviour;
    int status = 200;
};

/// The recorded answers of one dialect; empty on machines without recordings.
inline std::vector<Recording> recordingsOf(const QByteArray &dialect, const QList<QByteArray> &endings)
{
    std::vector<Recording> found;
    for (const QByteArray &line : fileBytes(recordings() + QStringLiteral("/INDEX.tsv")).split('\n')) {
        const QList<QByteArray> columns = line.split('\t');
        if (columns.size() < 6 || columns[2] != dialect || columns[5] != "response")
            continue;
        const bool wanted = std::any_of(endings.begin(), endings.end(), [&](const QByteArray &ending) {
            return columns[0].endsWith(ending);
        });
        if (!wanted)
            continue;
        Recording recording;
        recording.name = columns[0];
        recording.path = recordings() + QLatin1Char('/') + QString::fromUtf8(columns[0]);
        recording.behaviour = columns[3];
        recording.status = columns[4].toInt();
        found.push_back(recording);
    }
    return found;
}

/// Adds a row a file: the small cases of our own in `folder`, then the recordings.
inline void addRows(const QByteArray &folder, const QByteArray &dialect, const QList<QByteArray> &endings)
{
    QTest::addColumn<QString>("path");
    const QDir own(QStringLiteral(FAIRLEAD_TEST_DATA "/") + QString::fromUtf8(folder));
    for (const QFileInfo &file : own.entryInfoList(QDir::Files, QDir::Name)) {
        const QByteArray name = file.fileName().toUtf8();
        if (std::any_of(
                endings.begin(), endings.end(), [&](const QByteArray &e) { return name.endsWith(e); }))
            QTest::newRow(name.constData()) << file.filePath();
    }
    for (const Recording &recording : recordingsOf(dialect, endings)) {
        if (recording.status == 200)
            QTest::newRow(recording.name.constData()) << recording.path;
    }
}

inline QByteArray linesOf(const std::vector<chat::ChatEvent> &events)
{
    QByteArray lines;
    for (const chat::ChatEvent &event : events)
        lines += describe(event) + '\n';
    return lines;
}

inline chat::ChatAnswer accumulated(const std::vector<chat::ChatEvent> &events)
{
    chat::Accumulator accumulator;
    for (const chat::ChatEvent &event : events)
        accumulator.add(event);
    return accumulator.take();
}

/// Decodes a stream fed in pieces that end at `cuts` (ascending).
inline std::vector<chat::ChatEvent> decodeAt(
    const wire::UpstreamCodec &codec, QByteArrayView bytes, const std::vector<qsizetype> &cuts,
    wire::DecodeMode mode = wire::DecodeMode::Full)
{
    const auto decoder = codec.makeStreamDecoder(wire::Quirks(), mode);
    std::vector<chat::ChatEvent> events;
    qsizetype from = 0;
    for (const qsizetype cut : cuts) {
        decoder->feed(bytes.sliced(from, cut - from), events);
        from = cut;
    }
    decoder->feed(bytes.sliced(from), events);
    decoder->finish(events);
    return events;
}

/// Whole, byte by byte, and in two at every place (every few places where a stream is long): always the same
/// events.
inline void checkSplits(const wire::UpstreamCodec &codec, const QByteArray &bytes)
{
    const QByteArray whole = linesOf(decodeAt(codec, bytes, {}));
    std::vector<qsizetype> everywhere;
    for (qsizetype at = 1; at < bytes.size(); ++at)
        everywhere.push_back(at);
    QCOMPARE(linesOf(decodeAt(codec, bytes, everywhere)), whole);
    const qsizetype step = std::max<qsizetype>(1, bytes.size() / 60);
    for (qsizetype at = 1; at < bytes.size(); at += bytes.size() < 1200 ? 1 : step)
        QCOMPARE(linesOf(decodeAt(codec, bytes, {at})), whole);
}

/// True if the last event is a failure and no event after a failure comes.
inline bool endsInFailure(const std::vector<chat::ChatEvent> &events, chat::FailureClass failureClass)
{
    const auto isFailure
        = [](const chat::ChatEvent &event) { return std::holds_alternative<chat::Failed>(event); };
    if (events.empty() || std::count_if(events.begin(), events.end(), isFailure) != 1)
        return false;
    const auto *failed = std::get_if<chat::Failed>(&events.back());
    return failed && failed->failure.failureClass == failureClass;
}

inline QJsonObject objectOf(const QByteArray &json)
{
    return QJsonDocument::fromJson(json).object();
}

/// The losses as "kind field" words, for comparison.
inline QByteArray lossesOf(const wire::Losses &losses)
{
    QList<QByteArray> words;
    for (const wire::Loss &loss : losses.list()) {
        static constexpr const char *kKinds[] = {"dropped", "renamed", "approximated"};
        words += QByteArray(kKinds[static_cast<int>(loss.kind)]) + '=' + loss.field;
    }
    return words.join(' ');
}

/// Values of a token kind in a QJson number, or nothing.
inline std::optional<std::int64_t> countIn(const QJsonValue &value)
{
    if (!value.isDouble())
        return std::nullopt;
    return static_cast<std::int64_t>(value.toDouble());
}

/// JSON with single quotes written as double ones: raw string literals in its macros are beyond Qt 6.4's moc.
inline QByteArray js(QByteArray text)
{
    return text.replace('\'', '"');
}

// Short hands for building requests.
inline chat::Message message(chat::Role role, std::vector<chat::Part> parts)
{
    chat::Message built;
    built.role = role;
    built.parts = std::move(parts);
    return built;
}

inline chat::TextPart text(const QByteArray &words)
{
    chat::TextPart part;
    part.text = words;
    return part;
}

inline chat::ToolCallPart call(const QByteArray &id, const QByteArray &name, const QByteArray &arguments)
{
    chat::ToolCallPart part;
    part.id = id;
    part.name = name;
    part.arguments = arguments;
    return part;
}

inline chat::ToolResultPart result(const QByteArray &callId, const QByteArray &words)
{
    chat::ToolResultPart part;
    part.callId = callId;
    part.content.emplace_back(text(words));
    return part;
}

inline chat::Tool function(const QByteArray &name, const QByteArray &parameters)
{
    chat::Tool tool;
    tool.name = name;
    tool.parameters = parameters;
    return tool;
}

} // namespace fairlead::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/OllamaStream.h"

#include "json/View.h"

#include <utility>

namespace fairlead::wire::ollama {

namespace {

// A line may hold an image or the arguments of a large call.
constexpr qsizetype kMostLineBytes = 16 * 1024 * 1024;
constexpr QByteArrayView kByteOrderMark("\xEF\xBB\xBF");

Failure protocolFailure(QByteArray message)
{
    return Failure(chat::FailureClass::Protocol, 0, std::move(message));
}

} // namespace

void OllamaStream::feed(QByteArrayView bytes, std::vector<ChatEvent> &events)
{
    while (!m_reader.hasFailed() && !m_reader.isDone()) {
        const qsizetype end = bytes.indexOf('\n');
        const QByteArrayView piece = end < 0 ? bytes : bytes.first(end);
        if (m_line.size() + piece.size() > kMostLineBytes) {
            m_reader.fail(
                protocolFailure(QByteArrayLiteral("The provider sent a line of more than 16 MiB.")), events);
            return;
        }
        if (end < 0) {
            m_line.append(piece.data(), piece.size());
            return;
        }
        if (m_line.isEmpty()) {
            readLine(piece, events);
        } else {
            QByteArray line = std::exchange(m_line, QByteArray());
            readLine(line.append(piece.data(), piece.size()), events);
        }
        bytes = bytes.sliced(end + 1);
    }
}

void OllamaStream::finish(std::vector<ChatEvent> &events)
{
    const QByteArray last = std::exchange(m_line, QByteArray());
    readLine(last, events);
    if (m_reader.isDone() || m_reader.hasFailed())
        return;
    QByteArray message = "The provider's answer was cut: the connection ended before the answer did.";
    if (m_garbled && !m_reader.hasStarted())
        message = "The provider's answer is no Ollama stream.";
    else if (m_garbled)
        message = "The provider's answer was cut, and part of it was not valid JSON.";
    m_reader.fail(protocolFailure(std::move(message)), events);
}

void OllamaStream::readLine(QByteArrayView line, std::vector<ChatEvent> &events)
{
    if (!m_reader.hasStarted() && line.startsWith(kByteOrderMark))
        line = line.sliced(kByteOrderMark.size());
    line = line.trimmed();
    if (line.isEmpty() || m_reader.isDone() || m_reader.hasFailed())
        return;
    const auto document = json::Document::parse(line.toByteArray());
    if (document && document->root().isObject())
        m_reader.read(document->root(), events);
    else
        m_garbled = true;
}

std::vector<ChatEvent> decodeWhole(QByteArrayView body)
{
    std::vector<ChatEvent> events;
    const auto document = json::Document::parse(body.toByteArray());
    if (!document) {
        OllamaStream stream(DecodeMode::Full);
        stream.feed(body, events);
        stream.finish(events);
        return events;
    }
    AnswerReader reader(DecodeMode::Full);
    reader.read(document->root(), events);
    reader.finish(events);
    if (!reader.hasStarted() && !reader.hasFailed())
        reader.fail(
            protocolFailure(QByteArrayLiteral("The provider answered with JSON that is no Ollama answer.")),
            events);
    return events;
}

} // namespace fairlead::wire::ollama

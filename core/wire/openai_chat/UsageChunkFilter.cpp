// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/UsageChunkFilter.h"

#include "wire/SseReader.h"
#include "json/View.h"

#include <cstring>
#include <utility>

namespace fairlead::wire::openai_chat {

namespace {

/// Where the event that starts at `from` ends: behind the blank line (LF, CRLF or CR). -1 if that has not
/// come yet.
qsizetype eventEnd(QByteArrayView bytes, qsizetype from)
{
    const QByteArrayView rest = bytes.sliced(from);
    for (qsizetype at = 0; at < rest.size();) {
        const void *found = std::memchr(rest.data() + at, '\n', static_cast<std::size_t>(rest.size() - at));
        if (!found)
            break;
        at = static_cast<const char *>(found) - rest.data() + 1;
        if (at < rest.size() && rest[at] == '\n')
            return from + at + 1;
        if (at + 1 < rest.size() && rest[at] == '\r' && rest[at + 1] == '\n')
            return from + at + 2;
    }
    if (!rest.contains('\n')) {
        const qsizetype blank = rest.indexOf("\r\r");
        if (blank >= 0 && blank + 2 < rest.size()) // the next byte might be the LF of a CRLF
            return from + blank + 2;
    }
    return -1;
}

QByteArrayView skipBlanks(QByteArrayView text)
{
    while (!text.isEmpty() && (text.front() == ' ' || text.front() == '\t'))
        text = text.sliced(1);
    return text;
}

/// Cheap and never wrong about "no": is there a `"choices":[]` at all?
bool mayBeUsageChunk(QByteArrayView event)
{
    constexpr QByteArrayView name("\"choices\"");
    if (event.size() < name.size())
        return false; // memmem takes no null pointer, not even for nothing
    const void *found = memmem(
        event.data(), static_cast<std::size_t>(event.size()), name.data(),
        static_cast<std::size_t>(name.size()));
    if (!found)
        return false;
    const qsizetype at = static_cast<const char *>(found) - event.data();
    QByteArrayView rest = skipBlanks(event.sliced(at + name.size()));
    if (!rest.startsWith(':'))
        return false;
    rest = skipBlanks(rest.sliced(1));
    if (!rest.startsWith('['))
        return false;
    return skipBlanks(rest.sliced(1)).startsWith(']');
}

bool isUsageChunk(QByteArrayView event)
{
    if (!mayBeUsageChunk(event))
        return false;
    bool is = false;
    SseReader reader;
    const auto look = [&](const SseEvent &sse) {
        const auto document = json::Document::parse(sse.data.toByteArray());
        if (!document)
            return;
        const json::View root = document->root();
        is = root["choices"].isArray() && root["choices"].count() == 0 && root["usage"].isObject()
             && !root["error"];
    };
    reader.feed(event, look);
    reader.finish(look);
    return is;
}

} // namespace

QByteArray UsageChunkFilter::feed(const QByteArray &bytes)
{
    if (m_gaveUp)
        return bytes;
    const QByteArray all = m_held.isEmpty() ? bytes : m_held + bytes;
    QByteArray out;
    bool removed = false;
    qsizetype done = 0; // everything before is decided
    qsizetype kept = 0; // everything before is in `out`, if anything was removed
    for (qsizetype end = eventEnd(all, 0); end >= 0; end = eventEnd(all, done)) {
        if (isUsageChunk(QByteArrayView(all).sliced(done, end - done))) {
            out.append(all.constData() + kept, done - kept);
            kept = end;
            removed = true;
        }
        done = end;
    }
    m_held = done < all.size() ? all.mid(done) : QByteArray();
    if (m_held.size() > SseReader::kDefaultMostEventBytes) {
        // No event of this dialect; better to show it all than to hold more.
        m_gaveUp = true;
        done = all.size();
        m_held.clear();
    }
    if (!removed)
        return done == all.size() ? all : all.left(done);
    return out.append(all.constData() + kept, done - kept);
}

QByteArray UsageChunkFilter::finish()
{
    const QByteArray rest = std::exchange(m_held, QByteArray());
    return isUsageChunk(rest) ? QByteArray() : rest;
}

} // namespace fairlead::wire::openai_chat

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/SseReader.h"

#include "base/TextWriter.h"

#include <cstring>

namespace fairlead::wire {

namespace {

constexpr QByteArrayView kBom("\xEF\xBB\xBF");

/// The first CR or LF in `text`, or -1. Two memchr beat one loop: streams nearly always end their lines with
/// LF alone.
qsizetype lineEnd(QByteArrayView text)
{
    const void *lf = std::memchr(text.data(), '\n', static_cast<std::size_t>(text.size()));
    const qsizetype lfAt = lf ? static_cast<const char *>(lf) - text.data() : text.size();
    const void *cr = std::memchr(text.data(), '\r', static_cast<std::size_t>(lfAt));
    if (cr)
        return static_cast<const char *>(cr) - text.data();
    return lf ? lfAt : -1;
}

} // namespace

bool SseReader::feed(QByteArrayView bytes, const std::function<void(const SseEvent &)> &onEvent)
{
    while (!m_dead && !bytes.isEmpty()) {
        if (m_lastWasCr) {
            m_lastWasCr = false;
            if (bytes.front() == '\n') {
                bytes = bytes.sliced(1);
                continue;
            }
        }
        const qsizetype end = lineEnd(bytes);
        const qsizetype taken = end < 0 ? bytes.size() : end;
        if (m_line.size() + taken + m_data.size() > m_mostEventBytes) {
            m_dead = true;
            break;
        }
        if (end < 0) {
            appendBytes(m_line, bytes);
            break;
        }
        m_lastWasCr = bytes[end] == '\r';
        if (m_line.isEmpty()) {
            line(bytes.first(end), onEvent);
        } else {
            appendBytes(m_line, bytes.first(end));
            line(m_line, onEvent);
            m_line.truncate(0);
        }
        bytes = bytes.sliced(end + 1);
    }
    return !m_dead;
}

void SseReader::finish(const std::function<void(const SseEvent &)> &onEvent)
{
    if (m_dead)
        return;
    if (!m_line.isEmpty()) {
        line(m_line, onEvent);
        m_line.clear();
    }
    dispatch(onEvent);
}

void SseReader::line(QByteArrayView text, const std::function<void(const SseEvent &)> &onEvent)
{
    if (m_atStart) {
        m_atStart = false;
        if (text.startsWith(kBom))
            text = text.sliced(kBom.size());
    }
    if (text.isEmpty()) {
        dispatch(onEvent);
        return;
    }
    const qsizetype colon = text.indexOf(':');
    if (colon == 0) {
        m_sawComment = true;
        return;
    }
    const QByteArrayView field = colon < 0 ? text : text.first(colon);
    QByteArrayView value = colon < 0 ? QByteArrayView() : text.sliced(colon + 1);
    if (value.startsWith(' '))
        value = value.sliced(1);
    if (field == QByteArrayView("data")) {
        if (m_hasData)
            m_data.append('\n');
        appendBytes(m_data, value);
        m_hasData = true;
    } else if (field == QByteArrayView("event")) {
        m_name = value.toByteArray();
    }
}

void SseReader::dispatch(const std::function<void(const SseEvent &)> &onEvent)
{
    if (!m_data.isEmpty())
        onEvent(SseEvent{m_name, m_data});
    m_name.truncate(0);
    m_data.truncate(0);
    m_hasData = false;
}

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/ResponseWriter.h"

#include "http/Server.h"

#include "base/TextWriter.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace fairlead::http {

namespace {

bool isServersOwn(QByteArrayView name)
{
    constexpr const char *Own[] = {"content-length", "date", "connection", "transfer-encoding", "keep-alive"};
    return std::any_of(
        std::begin(Own), std::end(Own), [name](const char *own) { return equalsIgnoringCase(name, own); });
}

bool isWritable(const Headers::Field &field)
{
    const auto &[name, value] = field;
    return isFieldName(name) && isFieldValue(value);
}

} // namespace

bool isBodiless(int status)
{
    return status < 200 || status == 204 || status == 304;
}

ResponseWriter::ResponseWriter(Clock &clock)
    : m_clock(clock)
{ }

QByteArray ResponseWriter::head(
    int status, const Headers &headers, Framing framing, qsizetype length, Persistence persistence)
{
    TextWriter out(512);
    out.add("HTTP/1.1 ");
    out.addNumber(status);
    out.add(" ", reasonPhrase(status), "\r\n");
    for (const Headers::Field &field : headers) {
        if (!isServersOwn(field.first) && isWritable(field))
            out.add(field.first, ": ", field.second, "\r\n");
    }
    out.add(date());
    if (framing == Framing::Length) {
        out.add("Content-Length: ");
        out.addNumber(length);
        out.add("\r\n");
    } else if (framing == Framing::Chunked) {
        out.add("Transfer-Encoding: chunked\r\n");
    }
    if (persistence == Persistence::Close)
        out.add("Connection: close\r\n");
    else if (persistence == Persistence::KeepAlive)
        out.add("Connection: keep-alive\r\n");
    out.add("\r\n");
    return out.take();
}

QByteArray ResponseWriter::chunkStart(qsizetype size)
{
    return QByteArray::number(size, 16) + "\r\n";
}

const QByteArray &ResponseWriter::date()
{
    const auto now = std::chrono::floor<std::chrono::seconds>(m_clock.wall());
    if (m_dateOf != now) {
        m_dateOf = now;
        const auto when = QDateTime::fromSecsSinceEpoch(now.time_since_epoch().count(), Qt::UTC);
        m_date
            = "Date: " + QLocale::c().toString(when, QStringLiteral("ddd, dd MMM yyyy HH:mm:ss")).toLatin1()
              + " GMT\r\n";
    }
    return m_date;
}

} // namespace fairlead::http

// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/Multipart.h"

#include "base/Headers.h"

namespace fairlead::http {

namespace {

// RFC 2046 section 5.1.1.
constexpr qsizetype kLongestBoundary = 70;
// Fields beyond this are no names of models; files may come in any number of parts.
constexpr int kMostParts = 1000;

/// The value of `name=` in "form-data; name=\"x\"; filename=\"y\"", quotes taken off; nullopt if not there.
std::optional<QByteArray> parameter(QByteArrayView header, QByteArrayView name)
{
    qsizetype at = header.indexOf(';');
    while (at >= 0 && at < header.size()) {
        QByteArrayView rest = header.sliced(at + 1).trimmed();
        const qsizetype equals = rest.indexOf('=');
        if (equals < 0)
            return std::nullopt;
        const bool wanted = equalsIgnoringCase(rest.first(equals).trimmed(), name);
        rest = rest.sliced(equals + 1);
        QByteArray value;
        qsizetype end = 0;
        if (rest.startsWith('"')) {
            for (end = 1; end < rest.size() && rest[end] != '"'; ++end) {
                if (rest[end] == '\\' && end + 1 < rest.size())
                    ++end;
                value += rest[end];
            }
            end = rest.indexOf(';', end);
        } else {
            end = rest.indexOf(';');
            value = (end < 0 ? rest : rest.first(end)).trimmed().toByteArray();
        }
        if (wanted)
            return value;
        if (end < 0)
            return std::nullopt;
        at = rest.data() - header.data() + end;
    }
    return std::nullopt;
}

/// The part's Content-Disposition, empty if it has none.
QByteArrayView dispositionOf(QByteArrayView head)
{
    while (!head.isEmpty()) {
        const qsizetype end = head.indexOf(QByteArrayView("\r\n"));
        const QByteArrayView line = end < 0 ? head : head.first(end);
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && equalsIgnoringCase(line.first(colon).trimmed(), "content-disposition"))
            return line.sliced(colon + 1).trimmed();
        head = end < 0 ? QByteArrayView() : head.sliced(end + 2);
    }
    return {};
}

} // namespace

bool isForm(QByteArrayView contentType)
{
    const qsizetype end = contentType.indexOf(';');
    return equalsIgnoringCase(
        (end < 0 ? contentType : contentType.first(end)).trimmed(), "multipart/form-data");
}

std::optional<QByteArrayView>
formField(QByteArrayView body, QByteArrayView contentType, QByteArrayView name)
{
    const auto boundary = isForm(contentType) ? parameter(contentType, "boundary") : std::nullopt;
    if (!boundary || boundary->isEmpty() || boundary->size() > kLongestBoundary)
        return std::nullopt;
    const QByteArray delimiter = "\r\n--" + *boundary;
    qsizetype at = 0;
    if (!body.startsWith(QByteArrayView(delimiter).sliced(2))) {
        at = body.indexOf(delimiter); // behind a preamble
        if (at < 0)
            return std::nullopt;
        at += 2;
    }
    at += delimiter.size() - 2;
    for (int part = 0; part < kMostParts; ++part) {
        const QByteArrayView rest = body.sliced(at);
        const qsizetype lineEnd = rest.indexOf(QByteArrayView("\r\n"));
        if (rest.startsWith("--") || lineEnd < 0)
            return std::nullopt; // that was the last one
        const qsizetype headEnd = rest.indexOf(QByteArrayView("\r\n\r\n"), lineEnd);
        if (headEnd < 0)
            return std::nullopt;
        const QByteArrayView content = rest.sliced(headEnd + 4);
        // An empty content's line end is that of the head.
        const qsizetype contentEnd = rest.indexOf(delimiter, headEnd + 2);
        if (contentEnd < 0)
            return std::nullopt;
        const QByteArrayView disposition = dispositionOf(rest.sliced(lineEnd, headEnd - lineEnd));
        if (parameter(disposition, "name") == name.toByteArray() && !parameter(disposition, "filename"))
            return content.first(std::max<qsizetype>(contentEnd - headEnd - 4, 0));
        at += contentEnd + delimiter.size();
    }
    return std::nullopt;
}

} // namespace fairlead::http

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ToolMapping.h"

#include "json/View.h"
#include "json/Writer.h"

#include <QCryptographicHash>

#include <algorithm>
#include <array>
#include <utility>

namespace fairlead::wire {

namespace {

/// Marks names we have spelled.
QByteArray mark(char escape)
{
    return QByteArrayLiteral("flx") + escape;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isPlain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '_';
}

bool isAllowed(const QByteArray &name, const ToolNameRule &rule)
{
    if (name.isEmpty() || name.size() > rule.mostBytes || name.startsWith(mark(rule.escape)))
        return false;
    if (!rule.mayStartWithDigitOrDash && (isDigit(name.front()) || !isPlain(name.front())))
        return false;
    return std::all_of(name.begin(), name.end(), [&](char c) {
        return isPlain(c) || c == rule.escape || rule.alsoAllowed.contains(c);
    });
}

int hexValue(char c)
{
    if (isDigit(c))
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

template<std::size_t N>
QByteArray lookUp(const std::array<std::pair<QByteArrayView, QByteArrayView>, N> &table, auto matches)
{
    for (const auto &[key, type] : table) {
        if (matches(key))
            return type.toByteArray();
    }
    return {};
}

} // namespace

Result<QByteArray> outwardToolName(const QByteArray &name, const ToolNameRule &rule)
{
    if (isAllowed(name, rule))
        return name;
    QByteArray spelled = mark(rule.escape);
    for (const char c : name) {
        if (c == rule.escape) {
            spelled += QByteArray(2, c);
        } else if (isPlain(c)) {
            spelled += c;
        } else {
            spelled += rule.escape;
            spelled += QByteArray(1, c).toHex().toUpper();
        }
    }
    if (name.isEmpty() || spelled.size() > rule.mostBytes) {
        return fail(
            ErrorKind::Invalid, "tool name " + json::quoted(name)
                                    + ": this provider takes only ASCII letters, digits"
                                    + (rule.escape == '-' ? ", '_' and '-'" : " and '_'") + ", at most "
                                    + QByteArray::number(rule.mostBytes) + " of them; rename the tool");
    }
    return spelled;
}

QByteArray callersToolName(const QByteArray &name, char escape)
{
    const QByteArray begin = mark(escape);
    if (!name.startsWith(begin))
        return name;
    QByteArray original;
    for (qsizetype i = begin.size(); i < name.size(); ++i) {
        if (name[i] != escape) {
            original += name[i];
        } else if (i + 1 < name.size() && name[i + 1] == escape) {
            original += escape;
            ++i;
        } else if (i + 2 < name.size() && hexValue(name[i + 1]) >= 0 && hexValue(name[i + 2]) >= 0) {
            original += static_cast<char>(hexValue(name[i + 1]) * 16 + hexValue(name[i + 2]));
            i += 2;
        } else {
            return name; // not a spelling of ours after all
        }
    }
    return original;
}

QByteArray outwardCallId(const QByteArray &id, QByteArrayView alsoAllowed)
{
    QByteArray fitting = id;
    bool changed = id.isEmpty();
    for (char &c : fitting) {
        if (!isPlain(c) && c != '-' && !alsoAllowed.contains(c)) {
            c = '_';
            changed = true;
        }
    }
    if (!changed)
        return id;
    return fitting + '_' + QCryptographicHash::hash(id, QCryptographicHash::Sha1).toHex().left(8);
}

QByteArray objectArguments(const chat::ToolCallPart &call, bool &wrapped)
{
    wrapped = false;
    if (!call.custom) {
        if (isBlank(call.arguments))
            return QByteArrayLiteral("{}");
        const auto document = json::Document::parse(call.arguments);
        if (document && document->root().isObject())
            return document->root().rawCopy();
        if (document && document->root().isNull())
            return QByteArrayLiteral("{}");
        wrapped = true;
    }
    return "{\"input\":" + json::quoted(call.arguments) + '}';
}

QByteArrayView customToolSchema()
{
    return R"({"type":"object","properties":{"input":{"type":"string"}},"required":["input"]})";
}

QByteArray sniffMediaType(QByteArrayView base64)
{
    // The first bytes of each format, in base64.
    static constexpr std::array<std::pair<QByteArrayView, QByteArrayView>, 8> kStarts{{
        {"iVBORw0KGgo", "image/png"},
        {"/9j/", "image/jpeg"},
        {"R0lGOD", "image/gif"},
        {"JVBERi0", "application/pdf"},
        {"SUQz", "audio/mpeg"},
        {"//v", "audio/mpeg"},
        {"T2dnUw", "audio/ogg"},
        {"ZkxhQ", "audio/flac"},
    }};
    if (base64.startsWith("UklGR")) // RIFF: the kind comes after the length
        return base64.size() >= 16 && base64.sliced(12).startsWith("QVZF") ? QByteArrayLiteral("audio/wav")
                                                                           : QByteArrayLiteral("image/webp");
    return lookUp(kStarts, [&](QByteArrayView start) { return base64.startsWith(start); });
}

QByteArray mediaTypeOfUrl(QByteArrayView url)
{
    static constexpr std::array<std::pair<QByteArrayView, QByteArrayView>, 13> kEndings{{
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".webp", "image/webp"},
        {".heic", "image/heic"},
        {".pdf", "application/pdf"},
        {".txt", "text/plain"},
        {".wav", "audio/wav"},
        {".mp3", "audio/mpeg"},
        {".flac", "audio/flac"},
        {".ogg", "audio/ogg"},
        {".mp4", "video/mp4"},
    }};
    QByteArray path = url.toByteArray().toLower();
    for (const char end : {'#', '?'}) {
        if (const qsizetype at = path.indexOf(end); at >= 0)
            path.truncate(at);
    }
    return lookUp(kEndings, [&](QByteArrayView ending) { return path.endsWith(ending); });
}

qint64 countCharacters(QByteArrayView utf8)
{
    return std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool isBlank(QByteArrayView text)
{
    return text.trimmed().isEmpty();
}

} // namespace fairlead::wire

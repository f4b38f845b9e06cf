// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Text.h"

#include "json/Scan.h"

#include <simdjson.h>

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace fairlead::json {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Collects small pieces before they are appended: QByteArray's own append costs more than the few bytes
/// between escapes.
class Pieces
{
public:
    explicit Pieces(QByteArray &out)
        : m_out(out)
    { }
    ~Pieces() { flush(); }
    Q_DISABLE_COPY_MOVE(Pieces)

    void add(const char *bytes, qsizetype size)
    {
        if (size > kRoom - m_size) {
            flush();
            if (size > kRoom) {
                m_out.append(bytes, size);
                return;
            }
        }
        if (size > 0)
            std::memcpy(m_bytes + m_size, bytes, static_cast<std::size_t>(size));
        m_size += size;
    }
    void add(char byte) { add(&byte, 1); }

    void addUtf8(char32_t point)
    {
        const auto put = [this](char32_t byte) { add(static_cast<char>(byte)); };
        if (point < 0x80) {
            put(point);
        } else if (point < 0x800) {
            put(0xC0 | (point >> 6));
            put(0x80 | (point & 0x3F));
        } else if (point < 0x10000) {
            put(0xE0 | (point >> 12));
            put(0x80 | ((point >> 6) & 0x3F));
            put(0x80 | (point & 0x3F));
        } else {
            put(0xF0 | (point >> 18));
            put(0x80 | ((point >> 12) & 0x3F));
            put(0x80 | ((point >> 6) & 0x3F));
            put(0x80 | (point & 0x3F));
        }
    }

private:
    static constexpr qsizetype kRoom = 512;

    void flush()
    {
        m_out.append(m_bytes, m_size);
        m_size = 0;
    }

    QByteArray &m_out;
    qsizetype m_size = 0;
    char m_bytes[kRoom];
};

char32_t hexDigit(char c)
{
    if (c <= '9')
        return static_cast<char32_t>(c - '0');
    return static_cast<char32_t>((c | 0x20) - 'a' + 10);
}

/// The four hex digits of a validated \u escape.
char32_t unit(const char *digits)
{
    char32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 4 | hexDigit(digits[i]);
    return value;
}

constexpr bool isHighSurrogate(char32_t point)
{
    return point >= 0xD800 && point < 0xDC00;
}

constexpr bool isLowSurrogate(char32_t point)
{
    return point >= 0xDC00 && point < 0xE000;
}

/// Adds the \u escape whose digits start at `digits`, with its other half if there is one; the place after
/// it.
const char *addUnicodeEscape(Pieces &out, const char *digits, const char *end)
{
    const char32_t first = unit(digits);
    const char *after = digits + 4;
    if (isHighSurrogate(first) && end - after >= 6 && after[0] == '\\' && after[1] == 'u') {
        if (const char32_t second = unit(after + 2); isLowSurrogate(second)) {
            out.addUtf8(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
            return after + 6;
        }
    }
    const bool lone = isHighSurrogate(first) || isLowSurrogate(first);
    out.addUtf8(lone ? kReplacement : first);
    return after;
}

char plainEscape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; // quote, backslash and slash stand for themselves
    }
}

/// The first byte that may not stand in a string as it is: a quote, a backslash or a control character.
const char *findUnquotable(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i lastControl = _mm_set1_epi8(0x1F);
    for (; end - at >= 16; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, lastControl), bytes);
        const __m128i hits = _mm_or_si128(
            control, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        if (const int mask = _mm_movemask_epi8(hits))
            return at + std::countr_zero(static_cast<unsigned>(mask));
    }
#endif
    while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20)
        ++at;
    return at;
}

void addEscape(Pieces &out, char c)
{
    switch (c) {
    case '"':
        out.add("\\\"", 2);
        return;
    case '\\':
        out.add("\\\\", 2);
        return;
    case '\b':
        out.add("\\b", 2);
        return;
    case '\f':
        out.add("\\f", 2);
        return;
    case '\n':
        out.add("\\n", 2);
        return;
    case '\r':
        out.add("\\r", 2);
        return;
    case '\t':
        out.add("\\t", 2);
        return;
    default:
        break;
    }
    constexpr char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'u', '0', '0', digits[(c >> 4) & 0xF], digits[c & 0xF]};
    out.add(escape, sizeof escape);
}

/// The text with every ill-formed byte as one U+FFFD.
QByteArray repaired(QByteArrayView bytes)
{
    QByteArray text;
    text.reserve(bytes.size() + 16);
    {
        Pieces out(text);
        for (const char *at = bytes.begin(); at != bytes.end();) {
            if (const int length = utf8Length(at, bytes.end())) {
                out.add(at, length);
                at += length;
            } else {
                out.addUtf8(kReplacement);
                ++at;
            }
        }
    }
    return text;
}

} // namespace

void appendUnescaped(QByteArray &text, QByteArrayView escaped)
{
    const char *at = escaped.begin();
    const char *const end = escaped.end();
    const char *backslash = find(at, end, '\\');
    if (backslash == end) {
        text.append(escaped.data(), escaped.size());
        return;
    }
    Pieces out(text);
    for (; backslash != end; backslash = find(at, end, '\\')) {
        out.add(at, backslash - at);
        const char kind = backslash[1];
        at = backslash + 2;
        if (kind == 'u')
            at = addUnicodeEscape(out, at, end);
        else
            out.add(plainEscape(kind));
    }
    out.add(at, end - at);
}

bool means(QByteArrayView escaped, QByteArrayView text)
{
    // An escape is never shorter than what it stands for.
    if (escaped.size() < text.size())
        return false;
    if (find(escaped.begin(), escaped.end(), '\\') == escaped.end())
        return escaped.size() == text.size()
               && (text.isEmpty()
                   || std::memcmp(escaped.data(), text.data(), static_cast<std::size_t>(text.size())) == 0);
    QByteArray plain;
    appendUnescaped(plain, escaped);
    return plain == text;
}

void appendQuoted(QByteArray &text, QByteArrayView utf8)
{
    if (!utf8.isEmpty() && !simdjson::validate_utf8(utf8.data(), static_cast<std::size_t>(utf8.size()))) {
        appendQuoted(text, repaired(utf8));
        return;
    }
    Pieces out(text);
    out.add('"');
    const char *at = utf8.begin();
    while (true) {
        const char *const special = findUnquotable(at, utf8.end());
        out.add(at, special - at);
        if (special == utf8.end())
            break;
        addEscape(out, *special);
        at = special + 1;
    }
    out.add('"');
}

int utf8Length(const char *at, const char *end)
{
    const auto byte = [at](int i) { return static_cast<unsigned char>(at[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return 1;
    // RFC 3629, section 4: the second byte's range keeps out overlong forms, surrogates and values over
    // U+10FFFF.
    int length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    }
    if (length == 0 || end - at < length || byte(1) < low || byte(1) > high)
        return 0;
    for (int i = 2; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80)
            return 0;
    }
    return length;
}

} // namespace fairlead::json

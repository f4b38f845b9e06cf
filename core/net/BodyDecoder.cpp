// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/BodyDecoder.h"

#include "base/Headers.h"

#include <zlib.h>

#include <algorithm>

namespace fairlead::net {

namespace {

constexpr int WindowAutomatic = 15 + 32; // gzip or zlib, whichever the data says
constexpr int WindowRaw = -15;

// "deflate" means zlib (RFC 9110 section 8.4.1.2), but some servers send it bare.
bool looksLikeZlib(const QByteArray &data)
{
    const auto first = static_cast<unsigned char>(data.at(0));
    const auto second = static_cast<unsigned char>(data.at(1));
    return (first & 0x0f) == 8 && (first * 256 + second) % 31 == 0;
}

} // namespace

std::unique_ptr<BodyDecoder> BodyDecoder::forCoding(QByteArrayView contentEncoding)
{
    const QByteArrayView coding = contentEncoding.trimmed();
    const bool gzip = equalsIgnoringCase(coding, "gzip") || equalsIgnoringCase(coding, "x-gzip");
    if (!gzip && !equalsIgnoringCase(coding, "deflate"))
        return nullptr;
    return std::unique_ptr<BodyDecoder>(new BodyDecoder(!gzip));
}

BodyDecoder::BodyDecoder(bool deflate)
    : m_deflate(deflate)
{ }

BodyDecoder::~BodyDecoder()
{
    if (m_stream)
        inflateEnd(m_stream.get());
}

bool BodyDecoder::begin()
{
    m_begun = true;
    m_stream = std::make_unique<z_stream_s>();
    const bool raw = m_deflate && !looksLikeZlib(m_input);
    return inflateInit2(m_stream.get(), raw ? WindowRaw : WindowAutomatic) == Z_OK;
}

void BodyDecoder::feed(const QByteArray &encoded)
{
    m_input += encoded;
    m_drained = m_drained && encoded.isEmpty();
}

bool BodyDecoder::decode(QByteArray &output, qsizetype room)
{
    if (!m_begun && m_input.size() < 2) {
        m_atEnd = m_input.isEmpty();
        m_drained = true;
        return true;
    }
    if (!m_begun && !begin())
        return false;

    const qsizetype before = output.size();
    output.resize(before + room);
    m_stream->next_in = reinterpret_cast<Bytef *>(m_input.data());
    m_stream->avail_in = static_cast<uInt>(m_input.size());
    m_stream->next_out = reinterpret_cast<Bytef *>(output.data() + before);
    m_stream->avail_out = static_cast<uInt>(room);
    int result = Z_OK;
    while (result == Z_OK && m_stream->avail_out > 0) {
        // gzip files may follow each other in one body (RFC 1952 section 2.2).
        if (m_memberEnded && m_stream->avail_in > 0)
            inflateReset(m_stream.get());
        result = inflate(m_stream.get(), Z_SYNC_FLUSH);
        m_memberEnded = result == Z_STREAM_END;
        if (m_memberEnded && m_stream->avail_in > 0)
            result = Z_OK;
    }
    m_atEnd = m_memberEnded && m_stream->avail_in == 0;
    const qsizetype produced = room - static_cast<qsizetype>(m_stream->avail_out);
    m_drained = m_stream->avail_out > 0;
    m_decodedBytes += produced;
    output.resize(before + produced);
    m_input.remove(0, m_input.size() - static_cast<qsizetype>(m_stream->avail_in));
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR;
}

} // namespace fairlead::net

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <memory>

struct z_stream_s;

namespace fairlead::net {

/// Undoes Content-Encoding gzip or deflate, as it streams and never further than asked: a small input that
/// swells (a "bomb") costs no more memory than the room its reader gives it.
class BodyDecoder
{
public:
    /// Null for identity and for codings we do not know: such a body is passed on as it is.
    [[nodiscard]] static std::unique_ptr<BodyDecoder> forCoding(QByteArrayView contentEncoding);
    ~BodyDecoder();
    Q_DISABLE_COPY_MOVE(BodyDecoder)

    void feed(const QByteArray &encoded);
    /// Appends at most `room` decoded bytes to `output`; false when the data is broken.
    [[nodiscard]] bool decode(QByteArray &output, qsizetype room);
    /// Nothing more comes out before more goes in.
    [[nodiscard]] bool isDrained() const { return m_drained; }
    /// What went in is complete, or nothing went in.
    [[nodiscard]] bool atEnd() const { return m_atEnd; }
    [[nodiscard]] qint64 decodedBytes() const { return m_decodedBytes; }

private:
    explicit BodyDecoder(bool deflate);
    [[nodiscard]] bool begin();

    std::unique_ptr<z_stream_s> m_stream;
    QByteArray m_input;
    bool m_deflate;
    bool m_begun = false;
    bool m_memberEnded = false;
    bool m_drained = true;
    bool m_atEnd = true;
    qint64 m_decodedBytes = 0;
};

} // namespace fairlead::net

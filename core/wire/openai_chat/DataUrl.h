// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::openai_chat {

/// Splits "data:image/png;base64,iVBOR..." (RFC 2397). False, and nothing touched, for every other URL, data
/// that is not base64 included.
bool splitDataUrl(QByteArrayView url, QByteArray &mediaType, QByteArray &base64);
[[nodiscard]] QByteArray dataUrl(QByteArrayView mediaType, QByteArrayView base64);

/// Chat names audio by format ("mp3"), everybody else by media type ("audio/mpeg").
[[nodiscard]] QByteArray audioFormat(QByteArrayView mediaType);
[[nodiscard]] QByteArray audioMediaType(QByteArrayView format);

} // namespace fairlead::wire::openai_chat

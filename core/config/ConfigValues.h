// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::config {

/// What single values of the config file must look like, apart from where they stand.

[[nodiscard]] bool isListenAddress(QByteArrayView text); ///< "localhost" or an IP address
[[nodiscard]] bool isOrigin(QByteArrayView text); ///< "https://app.example:8443", nothing after it
[[nodiscard]] bool isEnvironmentName(QByteArrayView text); ///< "LAB_KEY"
/// An environment variable with a key in it; several whose values are joined with ':', the last of which may
/// be missing ("AWS_ACCESS_KEY_ID:AWS_SECRET_ACCESS_KEY:AWS_SESSION_TOKEN"); or "@" and one with the path of
/// a file that holds the key.
[[nodiscard]] bool isKeyVariable(QByteArrayView text);
[[nodiscard]] bool isParameterName(QByteArrayView text); ///< "region"
[[nodiscard]] bool isProviderId(QByteArrayView text); ///< "openai", "lab-2"; no '/', as ids stand before one
[[nodiscard]] bool isAppName(QByteArrayView text); ///< letters, digits and ". _ - " inside, 64 at most
[[nodiscard]] bool isAbsolutePath(QByteArrayView text); ///< "/usr/bin/cursor", "C:\\..."; 4096 at most
[[nodiscard]] bool isKeychainName(QByteArrayView text); ///< printable, 128 at most
[[nodiscard]] bool isModelName(QByteArrayView text); ///< printable, no white space, 256 at most
[[nodiscard]] bool isHeaderName(QByteArrayView text); ///< "x-team", 128 at most
[[nodiscard]] bool isTarget(QByteArrayView text); ///< "provider/model"; the model may hold more slashes
/// An http or https URL with a host. Neither user nor password (that would be a key in the file), query nor
/// fragment.
[[nodiscard]] bool isBaseUrl(QByteArrayView text);

/// Whether this text is, by its prefix or its shape, a key and not the name of one. Such text is never
/// repeated in an error.
[[nodiscard]] bool looksLikeKey(QByteArrayView text);
/// Names people write keys under: "api_key", "token", "secret"...
[[nodiscard]] bool isNameForKeys(QByteArrayView name);

} // namespace fairlead::config

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <optional>

namespace fairlead::http {

/// The value of a plain field of a multipart/form-data body (RFC 7578), as a piece of the body's own bytes:
/// for those who must read or replace one field and pass the rest on untouched. `contentType` is the
/// request's header, with the boundary. Files are no fields. nullopt if there is none, or no such form.
[[nodiscard]] std::optional<QByteArrayView>
formField(QByteArrayView body, QByteArrayView contentType, QByteArrayView name);

/// True for multipart/form-data.
[[nodiscard]] bool isForm(QByteArrayView contentType);

} // namespace fairlead::http

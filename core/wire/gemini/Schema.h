// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

#include <QByteArray>

namespace fairlead::wire::gemini {

/// A JSON Schema for the fields that take one as it is: the caller's bytes, without "$schema".
[[nodiscard]] Result<QByteArray> plainSchema(const QByteArray &schema);

/// The same as the OpenAPI subset of the older `parameters` and `responseSchema`: no $ref (resolved; a cycle
/// becomes a plain object), no type lists (null becomes nullable), no const (an enum of one), no
/// additionalProperties. What the subset has no word for is left out and named in `lost`.
[[nodiscard]] Result<QByteArray> subsetSchema(const QByteArray &schema, QByteArray &lost);

} // namespace fairlead::wire::gemini

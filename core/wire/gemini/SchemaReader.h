// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>

namespace fairlead::wire::gemini {

/// A caller's schema as plain JSON Schema. Google's OpenAPI flavour differs: types in capitals, "nullable",
/// limits as strings, "propertyOrdering", snake_case words. (gemini-cli writes types in capitals into real
/// JSON Schemas too.) A schema that needs no change keeps its bytes.
[[nodiscard]] QByteArray jsonSchemaOf(json::View schema);

} // namespace fairlead::wire::gemini

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::gemini {

/// Google takes every field in lowerCamelCase and in snake_case
/// (https://protobuf.dev/programming-guides/json/), and its clients send both.
[[nodiscard]] QByteArray camelCase(QByteArrayView name);

/// `object[name]` in either spelling; `name` is in camelCase.
[[nodiscard]] json::View field(json::View object, QByteArrayView name);

} // namespace fairlead::wire::gemini

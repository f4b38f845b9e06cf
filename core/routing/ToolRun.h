// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::routing {

/// How often a model has made the same tool call in a row, with nobody but tools answering.
struct ToolRun {
    QByteArray name;
    qint64 length = 0;
};

/// Reads it from the conversation a request repeats, in whatever dialect: an agent in a loop sends its whole
/// way round each time. Of conversations that are too short for `least` calls nothing is read.
[[nodiscard]] ToolRun toolRunOf(const wire::InboundCall &call, qint64 least);

} // namespace fairlead::routing

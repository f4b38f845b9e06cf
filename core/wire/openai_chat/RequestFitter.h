// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Losses.h"
#include "wire/Quirks.h"
#include "json/Splice.h"

#include <QByteArray>

namespace fairlead::wire::openai_chat {

/// Fits a Chat request that passes through to a provider that deviates from the dialect: fields renamed or
/// left out, roles, ids and media as it takes them. All other bytes stay. Free for a provider without such
/// quirks.
void fitRequest(json::Splice &splice, json::View root, const Quirks &quirks, Losses &losses);

/// The id in nine letters and digits: itself if it is that already, else always the same made from it.
[[nodiscard]] QByteArray shortToolId(const QByteArray &id);

} // namespace fairlead::wire::openai_chat

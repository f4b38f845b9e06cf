// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/ModelTraits.h"

#include <QByteArray>

#include <algorithm>
#include <array>

namespace fairlead::wire::anthropic {

namespace {

using enum ThinkingStyle;

// First match counts. Output caps and sampling as the vendor's model pages list them (2026-09); that 4.6 does
// not know "xhigh" is what its own 400 says.
constexpr std::array<ModelTraits, 16> kModels{{
    {"claude-v1", None, 4096, true, true},
    {"claude-2", None, 4096, true, true},
    {"claude-instant", None, 4096, true, true},
    {"claude-3-7", Budget, 64000, true, true},
    {"claude-3-5", None, 8192, true, true},
    {"claude-3-", None, 4096, true, true},
    {"opus-4-5", Budget, 64000, true, true},
    {"opus-4-6", Adaptive, 128000, true, false},
    {"opus-4-7", Adaptive, 128000, false, true},
    {"opus-4-8", Adaptive, 128000, false, true},
    {"opus-4", Budget, 32000, true, true},
    {"4-opus", Budget, 32000, true, true},
    {"sonnet-4-6", Adaptive, 64000, true, false},
    {"sonnet-4", Budget, 64000, true, true},
    {"4-sonnet", Budget, 64000, true, true},
    {"haiku-4", Budget, 64000, true, true},
}};

// Claude 5 and whatever follows.
constexpr ModelTraits kNewerClaude{"claude", Adaptive, 128000, false, true};
// Other vendors' models behind an Anthropic-shaped API follow the older, wider-spread form.
constexpr ModelTraits kForeign{"", Budget, 64000, true, true};

} // namespace

const ModelTraits &traitsOf(QByteArrayView model)
{
    QByteArray name = model.toByteArray().toLower();
    name.replace('.', '-');
    const auto row = std::find_if(kModels.begin(), kModels.end(), [&](const ModelTraits &traits) {
        return name.contains(traits.part);
    });
    if (row != kModels.end())
        return *row;
    return name.contains("claude") ? kNewerClaude : kForeign;
}

} // namespace fairlead::wire::anthropic

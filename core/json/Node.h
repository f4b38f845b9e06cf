// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace fairlead::json {

enum class Kind : std::uint8_t { Missing, Null, Bool, Number, String, Object, Array };

/// One value or key of a parsed text. A document's nodes stand in the order of the text: a container before
/// what is in it, each key before its value. So an object's first key is the node behind it, and the next key
/// is where its value's subtree ends.
struct Node {
    /// What a text may have of them, which caps the memory they take. An embedding's numbers are the most
    /// anybody sends: a few million.
    static constexpr std::uint32_t kMost = std::uint32_t(1) << 24;

    std::uint32_t begin; ///< offset of the first byte: a quote, a bracket
    std::uint32_t end; ///< behind the last byte
    std::uint32_t size : 28; ///< nodes in the subtree, this one included
    std::uint32_t kind : 3;
    std::uint32_t plain : 1; ///< a string without escapes

    [[nodiscard]] const Node *next() const { return this + size; }
};

static_assert(sizeof(Node) == 12);

} // namespace fairlead::json

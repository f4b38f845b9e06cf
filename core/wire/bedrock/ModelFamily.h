// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::bedrock {

/// How a family is told to think, in additionalModelRequestFields.
enum class ReasoningField {
    None, ///< it is not told
    Claude, ///< thinking and output_config, as Anthropic's own API has them
    Effort, ///< reasoning_effort: "low", "medium", "high"
};

/// What Converse leaves to the models: which of its fields a family understands, and how the ones it has no
/// place for are spelled.
struct ModelFamily {
    QByteArrayView part; ///< the models whose id holds this
    QByteArrayView topK; ///< name in additionalModelRequestFields; empty = not taken
    ReasoningField reasoning = ReasoningField::None;
    bool caches = false; ///< takes cache points in messages and system
    bool cachesTools = false;
    bool usesTools = true;
    bool textFormat = false; ///< outputConfig.textFormat; otherwise a forced tool stands in
};

[[nodiscard]] const ModelFamily &familyOf(QByteArrayView model);

/// A model's id as it stands in a path: '/' and ':' of it encoded.
[[nodiscard]] QByteArray encodedModel(QByteArrayView model);
/// The model an inference profile ("us.", "eu.", "global." ...) runs: token counting knows no profiles.
[[nodiscard]] QByteArray withoutProfile(QByteArrayView model);

} // namespace fairlead::wire::bedrock

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "chat/Usage.h"

/// Embeddings in the neutral model: what every dialect asks for and gives alike.
namespace fairlead::chat {

struct EmbeddingRequest {
    QByteArray model; ///< as asked for; the router replaces it by the target's own name
    QByteArray dialect; ///< wire name of the dialect the caller spoke
    std::vector<QByteArray> texts;
    /// OpenAI also takes token ids instead of text: each entry is a JSON array of integers. Either this or
    /// `texts` is filled.
    std::vector<RawJson> tokenLists;
    bool single = false; ///< the caller sent one input, not a list of one
    std::optional<std::int64_t> dimensions;
    bool base64 = false; ///< the caller wants each vector as base64 of little-endian 32-bit floats
    /// What the vectors are for, in Cohere's words: "search_query", "search_document", "classification",
    /// "clustering"; empty if not said.
    QByteArray purpose;
    QByteArray title; ///< Gemini's title of a document
    QByteArray user;
    std::optional<bool> truncate; ///< cut inputs that are too long instead of failing
    std::vector<std::pair<QByteArray, RawJson>> extras; ///< as in ChatRequest
};

/// One vector: the provider's own number text, or the base64 form where that is what came.
struct EmbeddingVector {
    RawJson numbers; ///< JSON array text; empty if only `base64` is known
    QByteArray base64; ///< little-endian 32-bit floats
};

struct EmbeddingAnswer {
    QByteArray id;
    QByteArray model; ///< as the provider names it; may be empty
    std::vector<EmbeddingVector> vectors; ///< in the order of the inputs
    Usage usage;
};

} // namespace fairlead::chat

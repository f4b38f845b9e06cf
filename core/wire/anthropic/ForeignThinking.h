// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "json/View.h"

#include <QByteArray>
#include <QByteArrayView>

/// Other providers' reasoning on its way through an Anthropic client. Such clients give thinking blocks back
/// as they got them and do not look into signatures, so a signature of ours carries what the provider wants
/// back and whose it is; nothing needs remembering between requests. Anthropic itself would refuse such
/// blocks.
namespace fairlead::wire::anthropic {

/// True for reasoning Anthropic signed itself, which needs no seal.
[[nodiscard]] bool isOwnThinking(const chat::ReasoningPart &part);
/// What stands for the signature, the encrypted form and the id of that part.
[[nodiscard]] QByteArray sealedThinking(const chat::ReasoningPart &part);
/// The same for the signature of a tool call (Gemini's): it goes in a block of its own before the call.
[[nodiscard]] QByteArray sealedCallSignature(const QByteArray &signature);

/// What a seal held.
struct Unsealed {
    chat::ReasoningPart part;
    bool ofCall = false; ///< part.signature belongs to the tool call that follows
};
/// Nothing if this is no seal of ours.
[[nodiscard]] std::optional<Unsealed> unsealed(QByteArrayView seal);

/// What marks a citation of somebody else's source where Anthropic has an index of its own.
[[nodiscard]] QByteArray foreignMark();

/// `messages` without what was sealed or marked here; empty if there are none, so that the caller's own bytes
/// serve.
[[nodiscard]] QByteArray withoutForeignThinking(json::View messages);

} // namespace fairlead::wire::anthropic

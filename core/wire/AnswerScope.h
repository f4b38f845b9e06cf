// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatEvent.h"
#include "wire/Losses.h"

namespace fairlead::wire {

/// What a dialect's answers have a place for, beyond the text. Its encoders leave the rest out.
struct AnswerScope {
    bool choices = true; ///< more than one
    bool refusals = true; ///< told apart from text
    bool filters = true; ///< a word for an answer that a filter ended
    bool reasoning = true;
    bool seals = true; ///< signatures and encrypted forms, its own or another's wrapped
    bool toolCalls = true;
    bool citations = true; ///< of a web page
    bool passages = true; ///< citations without a URL
    bool images = true;
    bool imageUrls = true;
    bool audio = true;
    bool logprobs = true;
};

/// Reports what the event holds that answers of that scope have no place for: nobody but the encoder would
/// know.
void reportLeftOut(const chat::ChatEvent &event, const AnswerScope &scope, Losses &losses);

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "json/View.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

namespace fairlead::drill {

/// An answer of the chat dialect as a careful client reads it, line by line, on purpose with none of the
/// codecs that are being judged: an event that is no JSON is counted and left out, an event with an "error"
/// is the error it is, and text that came before it is no answer.
class Reading
{
public:
    /// `since`: the time since the request was sent.
    void feed(QByteArrayView bytes, milliseconds since);
    /// The body of an answer that is none.
    void refuse(int httpStatus, const QByteArray &body);

    QByteArray text; ///< every delta.content, joined
    QByteArray error; ///< what went wrong, in words; empty if nothing did
    QByteArray code;
    QByteArray model; ///< as the last chunk names it
    QByteArray id; ///< of the first chunk
    QByteArray finishReason;
    int status = 200;
    int garbage = 0; ///< events that were no JSON
    int comments = 0;
    int deltas = 0; ///< with text in them
    bool usage = false;
    bool done = false;
    bool changesIdentity = false; ///< chunks of one answer with different ids or models
    bool speaksOn = false; ///< text after the finish reason, or anything after an error or [DONE]
    std::optional<milliseconds> firstText;

private:
    void line(QByteArrayView text, milliseconds since);
    void event(json::View chunk, milliseconds since);

    QByteArray m_line;
};

} // namespace fairlead::drill

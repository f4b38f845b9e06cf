// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"

#include <QByteArray>
#include <QByteArrayView>

/// What dialects with typed tools (Anthropic, Gemini) need alike to carry a caller's tools.
namespace fairlead::wire {

/// Which tool names a dialect takes: ASCII letters, digits, '_' and (unless '_' escapes) '-', and
/// the following.
struct ToolNameRule {
    QByteArrayView alsoAllowed;
    bool mayStartWithDigitOrDash = true;
    qsizetype mostBytes = 64;
    /// What escapes begin with: '-', or '_' where '-' itself is not taken.
    char escape = '-';
};

/// The name to send. One the dialect refuses is spelled "flx-" + itself with every other byte as "-HH" ("-"
/// as "--"), which callersToolName() reads back with nothing remembered between request and answer. Fails if
/// that grows too long. With another escape that stands where "-" does here.
[[nodiscard]] Result<QByteArray> outwardToolName(const QByteArray &name, const ToolNameRule &rule);
/// The caller's name of a tool the model named.
[[nodiscard]] QByteArray callersToolName(const QByteArray &name, char escape = '-');

/// The id to send for a call: its own if it is of letters, digits, '_', '-' and `alsoAllowed`; another
/// provider's is made to fit, the same way in the call and in its result.
[[nodiscard]] QByteArray outwardCallId(const QByteArray &id, QByteArrayView alsoAllowed = {});

/// A call's arguments as the JSON object typed dialects want: the model's own bytes if they are one, "{}" if
/// there are none, else wrapped as {"input": text} and `wrapped` set.
[[nodiscard]] QByteArray objectArguments(const chat::ToolCallPart &call, bool &wrapped);

/// Schema of the function that stands for an OpenAI custom tool (free text in, no JSON): one string named
/// "input".
[[nodiscard]] QByteArrayView customToolSchema();

/// The media type base64 data starts as, for callers that gave none; empty if not recognised.
[[nodiscard]] QByteArray sniffMediaType(QByteArrayView base64);
/// The media type a URL's file name promises; empty if not recognised.
[[nodiscard]] QByteArray mediaTypeOfUrl(QByteArrayView url);

/// Number of Unicode characters in UTF-8 text: what OpenAI's annotation offsets count.
[[nodiscard]] qint64 countCharacters(QByteArrayView utf8);
/// True if there is nothing but white space.
[[nodiscard]] bool isBlank(QByteArrayView text);

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/ReasoningOrigin.h"

#include <array>

namespace fairlead::wire::openai_chat {

namespace {

struct Row {
    QByteArrayView origin;
    QByteArrayView prefix;
    QByteArrayView format;
};

constexpr std::array<Row, 3> kRows{
    Row{"anthropic", "anthropic-", "anthropic-claude-v1"},
    Row{"gemini", "google-gemini-", "google-gemini-v1"},
    Row{"openai-responses", "openai-responses-", "openai-responses-v1"},
};

} // namespace

QByteArray originOfFormat(QByteArrayView format)
{
    for (const Row &row : kRows) {
        if (format.startsWith(row.prefix))
            return row.origin.toByteArray();
    }
    return {};
}

void settleSeal(QByteArrayView origin, QByteArray &signature, QByteArray &redacted)
{
    if (origin == "gemini" && signature.isEmpty())
        signature.swap(redacted);
}

QByteArray formatOfOrigin(QByteArrayView origin)
{
    for (const Row &row : kRows) {
        if (row.origin == origin)
            return row.format.toByteArray();
    }
    return QByteArrayLiteral("unknown");
}

} // namespace fairlead::wire::openai_chat

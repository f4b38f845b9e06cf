// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "json/View.h"

#include <QByteArray>

#include <optional>

namespace fairlead::wire::openai_chat {

/// Reads typed fields and keeps the first complaint, so that readers need not check after every field. Null
/// is absent.
class FieldReader
{
public:
    [[nodiscard]] bool isGood() const { return m_complaint.isEmpty(); }
    [[nodiscard]] const QByteArray &complaint() const { return m_complaint; }
    /// "`path` must be `expected`."
    void wrong(const QByteArray &path, const char *expected);

    QByteArray string(json::View value, const QByteArray &path);
    QByteArray requiredString(json::View value, const QByteArray &path);
    std::optional<std::int64_t> integer(json::View value, const QByteArray &path);
    std::optional<bool> boolean(json::View value, const QByteArray &path);
    chat::RawJson number(json::View value, const QByteArray &path);
    chat::RawJson object(json::View value, const QByteArray &path);
    /// True if it is an array; false if absent, or wrong.
    bool array(json::View value, const QByteArray &path);
    std::optional<chat::CacheMark> cacheMark(json::View part);

private:
    QByteArray m_complaint;
};

/// "tools[3]"
[[nodiscard]] QByteArray indexed(const QByteArray &path, qsizetype index);

} // namespace fairlead::wire::openai_chat

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>
#include <QHash>

#include <functional>

namespace fairlead::wire::openai_responses {

/// A tool of a namespace under one flat name, for dialects without namespaces. At most 64 bytes, as all of
/// them want.
[[nodiscard]] QByteArray flatToolName(const QByteArray &space, const QByteArray &name);

/// Calls `visit` with every tool a request declares, in order: those of `tools`, of additional_tools items
/// and of tool searches that were answered; a namespace's tools with its name. `path` is the caller's name
/// of it.
using ToolVisitor = std::function<void(json::View tool, const QByteArray &space, const QByteArray &path)>;
void forEachTool(json::View request, const ToolVisitor &visit);

/// What the caller calls the tools of a request, by their flat names.
class ToolNames
{
public:
    struct Entry {
        QByteArray name;
        QByteArray space; ///< empty outside namespaces
        bool custom = false; ///< takes free text
    };

    ToolNames() = default;
    explicit ToolNames(json::View request);

    /// The entry of that flat name; for an unknown one the name itself.
    [[nodiscard]] Entry find(const QByteArray &flat) const;
    /// The flat name of a tool the caller names without its namespace.
    [[nodiscard]] QByteArray flat(const QByteArray &name) const;

private:
    QHash<QByteArray, Entry> m_entries;
};

} // namespace fairlead::wire::openai_responses

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ToolNames.h"

#include "wire/openai_chat/FieldReader.h"

#include <QCryptographicHash>

namespace fairlead::wire::openai_responses {

using json::View;
using openai_chat::indexed;

namespace {

constexpr qsizetype kMostNameBytes = 64;

void visitList(View tools, const QByteArray &path, const ToolVisitor &visit)
{
    qsizetype index = 0;
    for (const View tool : tools.elements()) {
        const QByteArray place = indexed(path, index++);
        if (!tool["type"].equals("namespace")) {
            visit(tool, {}, place);
            continue;
        }
        qsizetype inner = 0;
        const QByteArray space = tool["name"].stringOr({});
        for (const View member : tool["tools"].elements())
            visit(member, space, indexed(place + ".tools", inner++));
    }
}

} // namespace

QByteArray flatToolName(const QByteArray &space, const QByteArray &name)
{
    if (space.isEmpty())
        return name;
    const QByteArray joined = space.endsWith("__") ? space + name : space + "__" + name;
    if (joined.size() <= kMostNameBytes)
        return joined;
    const QByteArray digest = QCryptographicHash::hash(joined, QCryptographicHash::Sha1).toHex().first(8);
    return joined.first(kMostNameBytes - digest.size() - 1) + '_' + digest;
}

void forEachTool(View request, const ToolVisitor &visit)
{
    visitList(request["tools"], QByteArrayLiteral("tools"), visit);
    qsizetype index = 0;
    for (const View item : request["input"].elements()) {
        const QByteArray path = indexed("input", index++);
        const View type = item["type"];
        if (type.equals("additional_tools") || type.equals("tool_search_output"))
            visitList(item["tools"], path + ".tools", visit);
    }
}

ToolNames::ToolNames(View request)
{
    forEachTool(request, [this](View tool, const QByteArray &space, const QByteArray &) {
        Entry entry;
        entry.name = tool["name"].stringOr({});
        entry.space = space;
        entry.custom = tool["type"].equals("custom");
        const QByteArray flat = flatToolName(space, entry.name);
        if (!entry.name.isEmpty() && !m_entries.contains(flat))
            m_entries.insert(flat, entry);
    });
}

ToolNames::Entry ToolNames::find(const QByteArray &flat) const
{
    const auto known = m_entries.constFind(flat);
    if (known != m_entries.constEnd())
        return *known;
    Entry entry;
    entry.name = flat;
    return entry;
}

QByteArray ToolNames::flat(const QByteArray &name) const
{
    if (m_entries.contains(name))
        return name;
    for (auto it = m_entries.constBegin(); it != m_entries.constEnd(); ++it) {
        if (it->name == name)
            return it.key();
    }
    return name;
}

} // namespace fairlead::wire::openai_responses

// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Parser.h"
#include "json/View.h"

#include <algorithm>

namespace fairlead::json {

Result<Document> Document::parse(QByteArray text)
{
    return parse(std::move(text), Limits());
}

Result<Document> Document::parse(QByteArray text, Limits limits)
{
    auto nodes = parseNodes(text, limits.maxDepth);
    if (!nodes)
        return fail(std::move(nodes.error()));
    return Document(std::move(text), std::move(*nodes));
}

int Document::lineOf(View view) const
{
    if (!view.exists())
        return 0;
    const QByteArrayView all(m_text);
    Q_ASSERT(view.raw().begin() >= all.begin() && view.raw().end() <= all.end());
    return static_cast<int>(1 + std::count(all.begin(), view.raw().begin(), '\n'));
}

} // namespace fairlead::json

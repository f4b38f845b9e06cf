// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Scan.h"
#include "json/Validator.h"
#include "json/View.h"

#include <algorithm>

namespace fairlead::json {

Result<Document> Document::parse(QByteArray text)
{
    return parse(std::move(text), Limits());
}

Result<Document> Document::parse(QByteArray text, Limits limits)
{
    if (auto error = whyInvalid(text, limits.maxDepth))
        return fail(*std::move(error));
    const QByteArrayView all(text);
    const char *const first = skipSpace(all.begin(), all.end());
    const char *last = all.end();
    while (isSpace(last[-1]))
        --last;
    const View root(QByteArrayView(first, last));
    return Document(std::move(text), root);
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

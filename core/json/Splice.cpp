// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Splice.h"

#include "json/Text.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace fairlead::json {

Splice &Splice::replace(View value, QByteArrayView json)
{
    if (value.exists())
        m_replacements.push_back(Edit{value.raw().begin(), value.raw().end(), json.toByteArray(), ++m_order});
    return *this;
}

Splice &Splice::set(View object, QByteArrayView name, QByteArrayView json)
{
    edit(object, MemberEdit{name.toByteArray(), json.toByteArray(), ++m_order});
    return *this;
}

Splice &Splice::remove(View object, QByteArrayView name)
{
    edit(object, MemberEdit{name.toByteArray(), std::nullopt, ++m_order});
    return *this;
}

void Splice::edit(View object, MemberEdit edit)
{
    if (!object.isObject())
        return;
    auto edits = std::find_if(m_objects.begin(), m_objects.end(), [&](const ObjectEdits &known) {
        return known.object.m_node == object.m_node;
    });
    if (edits == m_objects.end())
        edits = m_objects.insert(edits, ObjectEdits{object, {}});
    const auto same
        = std::find_if(edits->members.begin(), edits->members.end(), [&](const MemberEdit &known) {
              return known.name == edit.name;
          });
    if (same != edits->members.end())
        *same = std::move(edit);
    else
        edits->members.push_back(std::move(edit));
}

void Splice::resolve(const ObjectEdits &edits, std::vector<Edit> &out)
{
    std::vector<bool> found(edits.members.size());
    const auto editOf = [&](View key) -> const MemberEdit * {
        for (std::size_t i = 0; i < edits.members.size(); ++i) {
            if (key.means(edits.members[i].name)) {
                found[i] = true;
                return &edits.members[i];
            }
        }
        return nullptr;
    };

    const char *previousEnd = edits.object.raw().begin() + 1;
    const char *insertAt = previousEnd; // behind the last member that stays
    const char *leadingFrom = nullptr; // the members that go before any that stays
    bool anyStays = false;
    View value;
    for (View key = edits.object.firstInside(); key.m_node != edits.object.next().m_node;
         key = value.next()) {
        value = key.next();
        const char *const start = key.raw().begin();
        const char *const end = value.raw().end();
        const char *const endBefore = std::exchange(previousEnd, end);
        const MemberEdit *const edit = editOf(key);
        if (edit && !edit->json) {
            // With the comma before it; in the lead with the one behind, up to the next key.
            if (anyStays)
                out.push_back(Edit{endBefore, end, {}, edit->order});
            else if (!leadingFrom)
                leadingFrom = start;
            continue;
        }
        if (leadingFrom && !anyStays)
            out.push_back(Edit{leadingFrom, start, {}, 0});
        if (edit)
            out.push_back(Edit{value.raw().begin(), end, *edit->json, edit->order});
        anyStays = true;
        insertAt = end;
    }
    if (leadingFrom && !anyStays) {
        out.push_back(Edit{leadingFrom, previousEnd, {}, 0});
        insertAt = leadingFrom;
    }

    QByteArray added;
    for (std::size_t i = 0; i < edits.members.size(); ++i) {
        const MemberEdit &edit = edits.members[i];
        if (found[i] || !edit.json)
            continue;
        if (anyStays || !added.isEmpty())
            added.append(',');
        appendQuoted(added, edit.name);
        added.append(':');
        added.append(*edit.json);
    }
    if (!added.isEmpty())
        out.push_back(Edit{insertAt, insertAt, std::move(added), 0});
}

std::vector<Splice::Edit> Splice::resolved() const
{
    std::vector<Edit> edits = m_replacements;
    for (const ObjectEdits &object : m_objects)
        resolve(object, edits);
    // At one place: what is inserted, then the widest, then the latest. What starts inside an applied edit is
    // dropped.
    const auto rank = [](const Edit &edit) {
        return std::tuple(edit.from, edit.from != edit.to, -(edit.to - edit.from), -edit.order);
    };
    std::sort(edits.begin(), edits.end(), [&](const Edit &a, const Edit &b) { return rank(a) < rank(b); });
    return edits;
}

QByteArray Splice::apply() const
{
    const std::vector<Edit> edits = resolved();
    if (edits.empty())
        return m_document.text();

    const QByteArrayView text(m_document.text());
    qsizetype size = text.size();
    for (const Edit &edit : edits)
        size += edit.text.size();
    QByteArray out;
    out.reserve(size);
    const char *at = text.begin();
    for (const Edit &edit : edits) {
        if (edit.from < at)
            continue;
        out.append(at, edit.from - at);
        out.append(edit.text);
        at = edit.to;
    }
    out.append(at, text.end() - at);
    return out;
}

} // namespace fairlead::json

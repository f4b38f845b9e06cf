// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <optional>
#include <vector>

namespace fairlead::json {

/// A small set of edits to one document, applied in one pass; every byte not named stays as it is. This is
/// how a request passes through to its own dialect with another model name.
///
/// Edits may come in any order. Of two edits to the same thing the later one counts; an edit inside a value
/// that is itself replaced or removed goes with it. `json` is trusted to be one valid value.
class Splice
{
public:
    explicit Splice(const Document &document)
        : m_document(document)
    { }

    /// Replaces a value of this document by other JSON. Nothing happens if the view is missing.
    Splice &replace(View value, QByteArrayView json);
    /// Sets `object[name]`: replaces the value in place, or adds the member at the end of the object. Where a
    /// name stands twice both are set, so that no reader sees the old value. Nothing happens if `object` is
    /// none.
    Splice &set(View object, QByteArrayView name, QByteArrayView json);
    /// Removes `object[name]` with its comma; nothing happens if it is not there.
    Splice &remove(View object, QByteArrayView name);

    /// The edited text. With no edits, the document's own bytes (shared, not copied).
    [[nodiscard]] QByteArray apply() const;

private:
    struct Edit {
        const char *from;
        const char *to;
        QByteArray text;
        int order;
    };
    /// What a member of an object shall become; without JSON it goes.
    struct MemberEdit {
        QByteArray name;
        std::optional<QByteArray> json;
        int order;
    };
    struct ObjectEdits {
        View object;
        std::vector<MemberEdit> members;
    };

    void edit(View object, MemberEdit edit);
    static void resolve(const ObjectEdits &edits, std::vector<Edit> &out);
    [[nodiscard]] std::vector<Edit> resolved() const;

    Document m_document;
    std::vector<Edit> m_replacements;
    std::vector<ObjectEdits> m_objects;
    int m_order = 0;
};

} // namespace fairlead::json

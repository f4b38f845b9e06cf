// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <vector>

namespace fairlead::json {

/// A small set of edits to one document, applied in one pass; every byte not named stays as it is. This is how a request
/// passes through to its own dialect with another model name.
class Splice
{
public:
    explicit Splice(const Document &document)
        : m_document(document)
    {
    }

    /// Replaces a value of this document by other JSON.
    Splice &replace(View value, QByteArrayView json);
    /// Sets `object[name]`: replaces the value in place, or adds the member at the end of the object.
    Splice &set(View object, QByteArrayView name, QByteArrayView json);
    /// Removes `object[name]` with its comma; nothing happens if it is not there.
    Splice &remove(View object, QByteArrayView name);

    /// The edited text. With no edits, the document's own bytes (shared, not copied).
    [[nodiscard]] QByteArray apply() const;

private:
    struct Edit {
        qsizetype from;
        qsizetype length;
        QByteArray text;
    };
    const Document &m_document;
    std::vector<Edit> m_edits;
};

} // namespace fairlead::json

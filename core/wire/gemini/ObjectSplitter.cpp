// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/ObjectSplitter.h"

#include <utility>

namespace fairlead::wire::gemini {

bool ObjectSplitter::feed(QByteArrayView bytes, const std::function<void(const QByteArray &)> &onObject)
{
    qsizetype from = 0; // where the part of the object in these bytes begins
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (m_inString) {
            if (m_escaped)
                m_escaped = false;
            else if (c == '\\')
                m_escaped = true;
            else if (c == '"')
                m_inString = false;
        } else if (c == '{') {
            if (m_depth++ == 0)
                from = i;
        } else if (m_depth == 0) {
            continue; // the array's own brackets, commas and white space
        } else if (c == '"') {
            m_inString = true;
        } else if (c == '}' && --m_depth == 0) {
            m_object.append(bytes.sliced(from, i + 1 - from));
            onObject(std::exchange(m_object, {}));
        }
    }
    if (m_depth > 0)
        m_object.append(bytes.sliced(from));
    return m_object.size() <= m_mostObjectBytes;
}

} // namespace fairlead::wire::gemini

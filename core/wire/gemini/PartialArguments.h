// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>

#include <vector>

namespace fairlead::wire::gemini {

/// A call's arguments as Vertex streams them (streamFunctionCallArguments): pieces named by a JSONPath,
/// strings in fragments. The object is known when the last piece is there.
class PartialArguments
{
public:
    /// One element of partialArgs: {"jsonPath": "$.a.b[0]", "stringValue": "..." | "numberValue": 1 | ...}.
    void add(json::View piece);
    [[nodiscard]] QByteArray json() const;

private:
    struct Node {
        QByteArray key; ///< in an object; empty in an array
        std::vector<Node> children;
        bool isArray = false;
        bool isString = false;
        QByteArray value; ///< a string's text, else JSON
    };

    static void write(const Node &node, QByteArray &text);
    Node m_root;
    int m_nodes = 0;
};

} // namespace fairlead::wire::gemini

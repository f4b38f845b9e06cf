// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/PartialArguments.h"

#include "json/Writer.h"

#include <algorithm>
#include <utility>

namespace fairlead::wire::gemini {

namespace {

constexpr int kMostNodes = 10'000;
constexpr std::size_t kMostDepth = 64;

struct Step {
    QByteArray key;
    qsizetype index = -1; ///< for arrays
};

/// "$.a.b[0]['c d']" in steps; empty if it is no path of that form.
std::vector<Step> stepsOf(const QByteArray &path)
{
    std::vector<Step> steps;
    qsizetype at = path.startsWith('$') ? 1 : 0;
    while (at < path.size()) {
        Step step;
        if (path[at] == '[') {
            const qsizetype end = path.indexOf(']', at);
            if (end < 0)
                return {};
            const QByteArray inside = path.mid(at + 1, end - at - 1);
            bool isNumber = false;
            step.index = inside.toInt(&isNumber);
            if (!isNumber && inside.size() >= 2)
                step = Step{inside.mid(1, inside.size() - 2), -1}; // ['key']
            else if (!isNumber || step.index < 0)
                return {};
            at = end + 1;
        } else {
            at += path[at] == '.' ? 1 : 0;
            qsizetype end = at;
            while (end < path.size() && path[end] != '.' && path[end] != '[')
                ++end;
            step.key = path.mid(at, end - at);
            at = end;
        }
        steps.push_back(std::move(step));
        if (steps.size() > kMostDepth)
            return {};
    }
    return steps;
}

} // namespace

void PartialArguments::add(json::View piece)
{
    Node *node = &m_root;
    for (const Step &step : stepsOf(piece["jsonPath"].stringOr({}))) {
        auto child = node->children.end();
        if (step.index >= 0) {
            node->isArray = true;
            while (static_cast<qsizetype>(node->children.size()) <= step.index) {
                if (++m_nodes > kMostNodes)
                    return;
                node->children.emplace_back();
            }
            child = node->children.begin() + step.index;
        } else {
            child = std::find_if(node->children.begin(), node->children.end(), [&](const Node &n) {
                return n.key == step.key;
            });
            if (child == node->children.end()) {
                if (++m_nodes > kMostNodes)
                    return;
                node->children.emplace_back();
                node->children.back().key = step.key;
                child = node->children.end() - 1;
            }
        }
        node = &*child;
    }
    if (node == &m_root)
        return;
    if (const auto text = piece["stringValue"].string()) {
        node->isString = true;
        node->value += *text;
    } else if (piece["numberValue"].isNumber()) {
        node->value = piece["numberValue"].rawCopy();
    } else if (piece["boolValue"].exists()) {
        node->value = piece["boolValue"].rawCopy();
    } else if (piece["nullValue"].exists()) {
        node->value = QByteArrayLiteral("null");
    }
}

QByteArray PartialArguments::json() const
{
    if (m_root.children.empty())
        return QByteArrayLiteral("{}");
    QByteArray text;
    write(m_root, text);
    return text;
}

void PartialArguments::write(const Node &node, QByteArray &text)
{
    if (node.children.empty()) {
        text += node.isString          ? json::quoted(node.value)
                : node.value.isEmpty() ? QByteArrayLiteral("null")
                                       : node.value;
        return;
    }
    text += node.isArray ? '[' : '{';
    bool first = true;
    for (const Node &child : node.children) {
        if (!std::exchange(first, false))
            text += ',';
        if (!node.isArray)
            text += json::quoted(child.key) + ':';
        write(child, text);
    }
    text += node.isArray ? ']' : '}';
}

} // namespace fairlead::wire::gemini

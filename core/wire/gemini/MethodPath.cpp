// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/MethodPath.h"

#include <QList>

#include <algorithm>

namespace fairlead::wire::gemini {

namespace {

constexpr QByteArrayView kModels = "models/";
constexpr QByteArrayView kTuned = "tunedModels/";

QList<QByteArray> parameters(QByteArrayView query)
{
    return query.toByteArray().split('&');
}

struct Parameter {
    QByteArray name;
    QByteArray value;

    // https://cloud.google.com/apis/docs/system-parameters
    [[nodiscard]] bool isFraming() const { return name == "alt" || name == "$alt"; }
    [[nodiscard]] bool asksForEvents() const { return isFraming() && value.startsWith("sse"); }
};

Parameter parameter(const QByteArray &text)
{
    const qsizetype mark = text.indexOf('=');
    Parameter parts;
    parts.name = QByteArray::fromPercentEncoding(mark < 0 ? text : text.left(mark));
    parts.value = mark < 0 ? QByteArray() : text.mid(mark + 1);
    return parts;
}

} // namespace

MethodPath methodPath(QByteArrayView path)
{
    MethodPath found;
    const QByteArray whole = path.toByteArray();
    const qsizetype tuned = whole.indexOf("/tunedModels/");
    const qsizetype plain = whole.indexOf("/models/");
    const qsizetype colon = whole.lastIndexOf(':');
    const bool isTuned = tuned >= 0 && (plain < 0 || tuned < plain);
    qsizetype from = isTuned ? tuned + 1 : plain + 1 + kModels.size();
    if (tuned < 0 && plain < 0)
        from = whole.indexOf('/', 1) + 1; // "/v1beta/x/y:method"
    if (from <= 0 || colon <= from)
        return found;
    found.model = whole.mid(from, colon - from);
    if (found.model.startsWith(kModels))
        found.model.remove(0, kModels.size());
    found.method = whole.mid(colon + 1);
    return found;
}

QByteArray resourceName(QByteArrayView model)
{
    const bool named = model.startsWith(kModels) || model.startsWith(kTuned);
    return (named ? QByteArray() : kModels.toByteArray()) + model.toByteArray();
}

QByteArray pathOf(QByteArrayView model, QByteArrayView method)
{
    QByteArray folder = "/models/";
    if (model.startsWith(kModels)) {
        model = model.sliced(kModels.size());
    } else if (model.startsWith(kTuned)) {
        model = model.sliced(kTuned.size());
        folder = "/tunedModels/";
    }
    return folder + model.toByteArray().toPercentEncoding() + ':' + method.toByteArray();
}

bool wantsEvents(QByteArrayView query)
{
    const QList<QByteArray> all = parameters(query);
    return std::any_of(
        all.begin(), all.end(), [](const QByteArray &text) { return parameter(text).asksForEvents(); });
}

QByteArray answerQuery(QByteArrayView query, bool stream)
{
    QByteArray kept;
    for (const QByteArray &text : parameters(query)) {
        const Parameter one = parameter(text);
        const bool isJson = one.isFraming() && one.value.startsWith("json"); // "json;enum-encoding=int"
        if (isJson || (stream && one.asksForEvents()) || one.name == "prettyPrint")
            kept += (kept.isEmpty() ? "" : "&") + text;
    }
    return kept;
}

} // namespace fairlead::wire::gemini

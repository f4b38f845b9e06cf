// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::gemini {

/// What "/v1beta/models/openai/gpt-x:streamGenerateContent" says. Model ids may hold slashes and colons.
struct MethodPath {
    QByteArray model; ///< without "models/"; a tuned model keeps its "tunedModels/"
    QByteArray method; ///< "generateContent"; both are empty if the path is none of Gemini's

    [[nodiscard]] bool isStream() const { return method == "streamGenerateContent"; }
};
/// `path` is percent-decoded.
[[nodiscard]] MethodPath methodPath(QByteArrayView path);

/// "models/{model}", as bodies name a model.
[[nodiscard]] QByteArray resourceName(QByteArrayView model);
/// "/models/{model}:{method}", encoded for a URL. "models/" before the name is tolerated.
[[nodiscard]] QByteArray pathOf(QByteArrayView model, QByteArrayView method);

/// A stream comes as server-sent events only where the query asks for it (alt=sse), else as one JSON array.
[[nodiscard]] bool wantsEvents(QByteArrayView query);
/// The parts of a query that shape the answer, and no others: a key may stand in it.
[[nodiscard]] QByteArray answerQuery(QByteArrayView query, bool stream);

} // namespace fairlead::wire::gemini

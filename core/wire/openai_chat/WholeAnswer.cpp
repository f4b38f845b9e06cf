// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/WholeAnswer.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/AnswerReader.h"
#include "json/View.h"

namespace fairlead::wire::openai_chat {

void decodeWhole(QByteArrayView body, const Quirks &quirks, std::vector<chat::ChatEvent> &events)
{
    AnswerReader reader(quirks);
    const auto document = json::Document::parse(body.toByteArray());
    if (!document) {
        chat::Failure failure = failureFromResponse(200, Headers(), body);
        failure.failureClass = chat::FailureClass::Protocol;
        failure.status = 0;
        reader.fail(std::move(failure), events);
        return;
    }
    if (document->root()["choices"].isArray() || holdsError(document->root())) {
        reader.readWhole(document->root(), events);
        return;
    }
    reader.fail(
        chat::Failure(
            chat::FailureClass::Protocol, 0,
            QByteArrayLiteral("The provider answered with JSON that is no chat completion.")),
        events);
}

} // namespace fairlead::wire::openai_chat

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/WholeAnswer.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/AnswerReader.h"
#include "json/View.h"

namespace fairlead::wire::openai_chat {

void decodeWhole(
    QByteArrayView body, const Quirks &quirks, DecodeMode mode, std::vector<chat::ChatEvent> &events)
{
    AnswerReader reader(quirks);
    // The document does not outlive the body.
    const auto document = json::Document::parse(QByteArray::fromRawData(body.data(), body.size()));
    if (!document) {
        chat::Failure failure = failureFromResponse(200, Headers(), body);
        failure.failureClass = chat::FailureClass::Protocol;
        failure.status = 0;
        reader.fail(std::move(failure), events);
        return;
    }
    const AnswerReader::Root root(document->root());
    if (root.choices.isArray() || root.failed) {
        reader.readWhole(root, mode, events);
        return;
    }
    reader.fail(
        chat::Failure(
            chat::FailureClass::Protocol, 0,
            QByteArrayLiteral("The provider answered with JSON that is no chat completion.")),
        events);
}

} // namespace fairlead::wire::openai_chat

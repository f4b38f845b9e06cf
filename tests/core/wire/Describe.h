// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatAnswer.h"

#include <QByteArray>

namespace fairlead::test {

inline QByteArray describe(const chat::Usage &usage)
{
    QByteArray text;
    for (int kind = 0; kind < chat::kTokenKinds; ++kind) {
        if (const auto tokens = usage.get(static_cast<chat::TokenKind>(kind)))
            text += tokenKindName(static_cast<chat::TokenKind>(kind)) + '='
                    + QByteArray::number(qint64(*tokens)) + ' ';
    }
    if (usage.reportedCost)
        text += '$' + usage.reportedCost->toDecimal() + ' ';
    return text + usage.serviceTier;
}

/// An event in one line, so that lists of events compare and failures read well.
inline QByteArray describe(const chat::ChatEvent &event)
{
    const auto at = [](int choice) { return '[' + QByteArray::number(choice) + "] "; };
    return std::visit(
        overloaded{
            [](const chat::Started &e) {
                return "Started " + e.id + ' ' + e.model + ' ' + QByteArray::number(e.created) + ' '
                       + e.fingerprint;
            },
            [&](const chat::TextDelta &e) { return "Text" + at(e.choice) + e.text; },
            [&](const chat::ReasoningDelta &e) {
                return "Reasoning" + at(e.choice) + QByteArray::number(e.block) + ' ' + e.text;
            },
            [&](const chat::ReasoningSignature &e) {
                return "Signature" + at(e.choice) + QByteArray::number(e.block) + ' ' + e.signature + ' '
                       + e.redacted + ' ' + e.id + ' ' + e.origin;
            },
            [&](const chat::RefusalDelta &e) { return "Refusal" + at(e.choice) + e.text; },
            [&](const chat::ToolCallBegin &e) {
                return "Call" + at(e.choice) + QByteArray::number(e.index) + ' ' + e.id + ' ' + e.name
                       + (e.custom ? " custom " : " ") + e.signature;
            },
            [&](const chat::ToolCallDelta &e) {
                return "Arguments" + at(e.choice) + QByteArray::number(e.index) + ' ' + e.arguments;
            },
            [&](const chat::MediaDelta &e) {
                return "Media" + at(e.choice) + QByteArray::number(e.block) + ' ' + e.media.mediaType + ' '
                       + e.media.url + e.media.base64 + ' ' + e.transcript;
            },
            [&](const chat::Citation &e) { return "Citation" + at(e.choice) + e.url + ' ' + e.title; },
            [&](const chat::LogprobsDelta &e) { return "Logprobs" + at(e.choice) + e.json; },
            [](const chat::UsageReport &e) { return "Usage " + describe(e.usage); },
            [&](const chat::Finished &e) {
                return "Finished" + at(e.choice) + finishReasonName(e.reason) + ' ' + e.native;
            },
            [](const chat::Failed &e) {
                return "Failed " + failureClassName(e.failure.failureClass) + ' '
                       + QByteArray::number(e.failure.status) + ' ' + e.failure.message;
            },
        },
        event);
}

/// Everything of a choice but the provider's own words.
inline QByteArray describe(const chat::ChatAnswer::Choice &choice)
{
    QByteArray text = "text " + choice.text + "\nrefusal " + choice.refusal + "\nlogprobs " + choice.logprobs;
    for (const chat::ReasoningPart &part : choice.reasoning)
        text += "\nreasoning " + part.text + ' ' + part.signature + ' ' + part.redacted + ' ' + part.origin;
    for (const chat::ToolCallPart &call : choice.toolCalls)
        text += "\ncall " + call.id + ' ' + call.name + ' ' + call.arguments + ' ' + call.signature;
    for (const chat::Citation &citation : choice.citations)
        text += "\ncitation " + citation.url + ' ' + citation.title;
    return text + "\nfinish " + (choice.finished ? finishReasonName(choice.finished->reason) : QByteArray());
}

} // namespace fairlead::test

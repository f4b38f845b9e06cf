// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/AnswerScope.h"

#include "wire/Codec.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::chat;

Q_DECLARE_METATYPE(fairlead::chat::ChatEvent)

class AnswerScopeTest : public QObject
{
    Q_OBJECT

    static ChatEvent media(MediaPart::Kind kind, const QByteArray &base64, const QByteArray &url)
    {
        MediaDelta delta;
        delta.media.kind = kind;
        delta.media.base64 = base64;
        delta.media.url = url;
        return delta;
    }

    static ChatEvent citation(const QByteArray &url)
    {
        Citation cited;
        cited.url = url;
        return cited;
    }

    static ChatEvent sealed(const QByteArray &redacted)
    {
        ReasoningSignature signature;
        signature.redacted = redacted;
        return signature;
    }

private Q_SLOTS:
    void namesWhatIsLeftOut_data()
    {
        QTest::addColumn<QByteArray>("dialect");
        QTest::addColumn<ChatEvent>("event");
        QTest::addColumn<QByteArray>("told");
        const auto row = [](const char *name, const char *dialect, const ChatEvent &event, const char *told) {
            QTest::newRow(name) << QByteArray(dialect) << event << QByteArray(told);
        };
        using Kind = MediaPart::Kind;
        row("text", "anthropic", TextDelta("x"), "");
        row("second choice", "anthropic", TextDelta("x", 1), "dropped=answer.choices");
        row("second choice, taken", "openai-chat", TextDelta("x", 1), "");
        row("image", "anthropic", media(Kind::Image, "AA==", {}), "dropped=answer.image");
        row("image, taken", "gemini", media(Kind::Image, "AA==", {}), "");
        row("image by address", "ollama", media(Kind::Image, {}, "https://e.org"), "dropped=answer.image");
        row("no image yet", "anthropic", media(Kind::Image, {}, {}), "");
        row("voice", "openai-responses", media(Kind::Audio, "AA==", {}), "dropped=answer.audio");
        row("voice, taken", "openai-chat", media(Kind::Audio, "AA==", {}), "");
        row("seal", "cohere", sealed("AA=="), "dropped=answer.reasoning_signature");
        row("empty seal", "cohere", sealed({}), "");
        row("thought", "openai-completions", ReasoningDelta("hm"), "dropped=answer.reasoning");
        row("call", "openai-completions", ToolCallBegin(0, "a", "b"), "dropped=answer.tool_calls");
        row("source", "ollama", citation("https://e.org"), "dropped=answer.citations");
        row("source, taken", "anthropic", citation("https://e.org"), "");
        row("passage", "openai-responses", citation({}), "dropped=answer.citations");
        row("refusal", "gemini", RefusalDelta("no"), "approximated=answer.refusal");
        row("refusal, taken", "anthropic", RefusalDelta("no"), "");
        row("logprobs", "anthropic", LogprobsDelta(), "dropped=answer.logprobs");
    }
    void namesWhatIsLeftOut()
    {
        QFETCH(QByteArray, dialect);
        QFETCH(ChatEvent, event);
        QFETCH(QByteArray, told);
        wire::Losses losses;
        wire::reportLeftOut(event, wire::findWire(dialect)->answers, losses);
        wire::reportLeftOut(event, wire::findWire(dialect)->answers, losses);
        QCOMPARE(losses.header(), told);
    }
};

QTEST_GUILESS_MAIN(AnswerScopeTest)
#include "AnswerScopeTest.moc"

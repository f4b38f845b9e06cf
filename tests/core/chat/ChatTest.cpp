// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/ChatAnswer.h"

#include <QSet>
#include <QTest>

using namespace fairlead::chat;

namespace {

InclusiveCounts counts(std::optional<std::int64_t> prompt, std::optional<std::int64_t> completion)
{
    InclusiveCounts made;
    made.prompt = prompt;
    made.completion = completion;
    return made;
}

} // namespace

class ChatTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void countsBecomeDisjoint()
    {
        InclusiveCounts inclusive = counts(100, 50);
        inclusive.cacheRead = 60;
        inclusive.cacheWrite = 10;
        inclusive.audioInput = 5;
        inclusive.reasoning = 20;
        inclusive.audioOutput = 8;
        const Usage usage = fromInclusive(inclusive);
        QCOMPARE(usage.get(TokenKind::Input), std::optional<std::int64_t>(25));
        QCOMPARE(usage.get(TokenKind::CacheRead), std::optional<std::int64_t>(60));
        QCOMPARE(usage.get(TokenKind::CacheWrite5m), std::optional<std::int64_t>(10));
        QCOMPARE(usage.get(TokenKind::Output), std::optional<std::int64_t>(22));
        // No token is lost or counted twice.
        QCOMPARE(usage.totalInput(), std::int64_t(100));
        QCOMPARE(usage.totalOutput(), std::int64_t(50));
    }

    void unknownStaysUnknown()
    {
        QVERIFY(fromInclusive(InclusiveCounts()).isEmpty());
        const Usage onlyPrompt = fromInclusive(counts(7, std::nullopt));
        QVERIFY(!onlyPrompt.get(TokenKind::Output).has_value());
        QVERIFY(!onlyPrompt.get(TokenKind::CacheRead).has_value());
        QVERIFY(!onlyPrompt.isEmpty());
    }

    void impossibleCountsAreNotNegative()
    {
        InclusiveCounts inclusive = counts(7, 3);
        inclusive.cacheRead = 163; // recorded at one provider: more cached than prompted
        inclusive.reasoning = 9;
        const Usage usage = fromInclusive(inclusive);
        QCOMPARE(usage.get(TokenKind::Input), std::optional<std::int64_t>(0));
        QCOMPARE(usage.get(TokenKind::Output), std::optional<std::int64_t>(0));
    }

    void namesAreDistinct()
    {
        QSet<QByteArray> names;
        for (int kind = 0; kind < kTokenKinds; ++kind)
            names.insert(tokenKindName(static_cast<TokenKind>(kind)));
        QCOMPARE(names.size(), qsizetype(kTokenKinds));
    }

    void eventsAddUpToAnAnswer()
    {
        Accumulator sum;
        sum.add(Started("id", "model"));
        sum.add(TextDelta("Hel"));
        sum.add(TextDelta("other", 1));
        sum.add(TextDelta("lo"));
        ReasoningDelta thought("hm");
        sum.add(thought);
        thought.block = 1;
        sum.add(thought);
        sum.add(ToolCallBegin(1, "call_b", "second"));
        sum.add(ToolCallBegin(0, "call_a", "first"));
        sum.add(ToolCallDelta(1, "{\"a\""));
        sum.add(ToolCallDelta(1, ":1}"));
        sum.add(Finished(FinishReason::ToolCalls, "tool_use"));
        const ChatAnswer &answer = sum.answer();
        QCOMPARE(answer.id, QByteArray("id"));
        QCOMPARE(answer.choices.size(), std::size_t(2));
        QCOMPARE(answer.choice()->text, QByteArray("Hello"));
        QCOMPARE(answer.choice(1)->text, QByteArray("other"));
        QCOMPARE(answer.choice()->reasoningText(), QByteArray("hmhm"));
        QCOMPARE(answer.choice()->reasoning.size(), std::size_t(2));
        QCOMPARE(answer.choice()->toolCalls.at(0).id, QByteArray("call_a"));
        QCOMPARE(answer.choice()->toolCalls.at(1).arguments, QByteArray("{\"a\":1}"));
        QVERIFY(answer.choice()->finished->reason == FinishReason::ToolCalls);
        QVERIFY(!answer.choice(7));
        QVERIFY(!answer.failure);
    }

    void aLaterUsageReportReplacesAnEarlierOne()
    {
        Accumulator sum;
        sum.add(UsageReport(fromInclusive(counts(1, 1))));
        sum.add(UsageReport(fromInclusive(counts(9, 4))));
        QCOMPARE(sum.answer().usage.totalInput(), std::int64_t(9));
        QCOMPARE(sum.answer().usage.totalOutput(), std::int64_t(4));
    }

    void hostileIndexesAllocateNothing()
    {
        Accumulator sum;
        sum.add(ToolCallBegin(2'000'000'000, "id", "name"));
        sum.add(ToolCallDelta(-1, "x"));
        ReasoningDelta thought("hm");
        thought.block = 1'000'000'000;
        sum.add(thought);
        QVERIFY(sum.answer().choice()->toolCalls.empty());
        QVERIFY(sum.answer().choice()->reasoning.empty());
    }
};

QTEST_GUILESS_MAIN(ChatTest)
#include "ChatTest.moc"

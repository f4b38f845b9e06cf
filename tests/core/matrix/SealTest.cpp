// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Scenario.h"
#include "wire/Codec.h"
#include "json/Writer.h"

#include <QTest>

#include <algorithm>

using namespace fairlead;
using namespace fairlead::test::matrix;

/// Signatures and encrypted reasoning that one dialect makes travel through another's callers and return to
/// their maker unchanged: models refuse to go on thinking without them.
class SealTest : public QObject
{
    Q_OBJECT

    static constexpr const char *kSeal = "c2VhbA==";

    static const Scenario &reasoning()
    {
        const auto &all = scenarios();
        return *std::find_if(all.begin(), all.end(), [](const Scenario &s) { return s.name == "reasoning"; });
    }

    /// What clients of a dialect keep of an answer and say again, and where in the next request.
    struct Echo {
        const char *dialect;
        QByteArray (*kept)(json::View answer);
        const char *turns; ///< the member that lists the conversation
        const char *question; ///< the user's turns before and after
    };

    static const std::vector<Echo> &echoes()
    {
        static constexpr const char *kPlain = R"({"role":"user","content":"17 * 3?"})";
        static const std::vector<Echo> all{
            {"openai-chat", [](json::View answer) { return answer["choices"].at(0)["message"].rawCopy(); },
             "messages", kPlain},
            {"openai-responses",
             [](json::View answer) {
                 const QByteArray items = answer["output"].rawCopy();
                 return items.mid(1, items.size() - 2);
             },
             "input", kPlain},
            {"anthropic",
             [](json::View answer) {
                 return R"({"role":"assistant","content":)" + answer["content"].rawCopy() + '}';
             },
             "messages", kPlain},
            {"gemini", [](json::View answer) { return answer["candidates"].at(0)["content"].rawCopy(); },
             "contents", R"({"role":"user","parts":[{"text":"17 * 3?"}]})"},
        };
        return all;
    }

    static chat::ChatAnswer answered(const QByteArray &upstream)
    {
        const auto decoder
            = wire::findWire(upstream)->upstream->makeStreamDecoder(wire::Quirks(), wire::DecodeMode::Full);
        std::vector<chat::ChatEvent> events;
        for (const QByteArray &piece : Dialect::of(upstream).stream(reasoning()))
            decoder->feed(piece, events);
        decoder->finish(events);
        chat::Accumulator accumulator;
        for (const chat::ChatEvent &event : events)
            accumulator.add(event);
        return accumulator.take();
    }

private Q_SLOTS:
    void returnsToItsMaker_data()
    {
        QTest::addColumn<std::size_t>("caller");
        QTest::addColumn<QByteArray>("maker");
        for (std::size_t i = 0; i < echoes().size(); ++i) {
            for (const char *maker : {"openai-responses", "anthropic", "gemini", "bedrock"}) {
                if (QByteArray(maker) != echoes()[i].dialect)
                    QTest::newRow((QByteArray(echoes()[i].dialect) + '/' + maker).constData())
                        << i << QByteArray(maker);
            }
        }
    }
    void returnsToItsMaker()
    {
        QFETCH(std::size_t, caller);
        QFETCH(QByteArray, maker);
        const Echo &echo = echoes().at(caller);
        const auto *inbound = wire::findWire(echo.dialect)->inbound;
        const QByteArray told
            = inbound->encodeAnswer(answered(maker), wire::AnswerContext{.model = "m", .fallbackId = "f"});
        const auto answer = json::Document::parse(told);
        QVERIFY(answer);

        http::Request next = Dialect::of(echo.dialect).request(reasoning(), "m");
        auto call = wire::InboundCall::parse(next.path, next.query, {}, next.body);
        QVERIFY(call);
        const QByteArray turns = (*call).document[QByteArrayView(echo.turns)].rawCopy();
        const QByteArray kept = echo.kept(answer->root());
        next.body.replace(turns, QByteArray("[") + echo.question + ',' + kept + ',' + echo.question + ']');
        call = wire::InboundCall::parse(next.path, next.query, {}, next.body);
        QVERIFY2(call, next.body.constData());

        auto request = inbound->decodeRequest(*call);
        QVERIFY2(request, request ? "" : request.error().message().constData());
        request->model = Dialect::of(maker).model();
        wire::Losses losses;
        const auto sent = wire::findWire(maker)->upstream->encodeRequest(*request, wire::Quirks(), losses);
        QVERIFY2(sent, sent ? "" : sent.error().message().constData());
        QVERIFY2(sent->body.contains(json::quoted(kSeal)), (kept + "\n" + sent->body).constData());
        // What goes along is not dropped, in whatever fields the caller said it.
        for (const wire::Loss &loss : losses.list()) {
            const bool dropped = loss.kind == wire::Loss::Kind::Dropped;
            const QByteArray text = loss.field + ": " + loss.note;
            QVERIFY2(!dropped || !text.contains("reasoning"), text.constData());
        }
    }
};

QTEST_GUILESS_MAIN(SealTest)
#include "SealTest.moc"

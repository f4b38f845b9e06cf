// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/json/RandomJson.h"
#include "core/matrix/Rig.h"

#include <QTest>

#include <algorithm>

using namespace fairlead;
using namespace fairlead::test::matrix;
using fairlead::test::FakeAnswer;
using fairlead::test::FakeExchange;
using json::test::RandomJson;

/// Where caller and provider speak the same dialect, bytes are theirs alone: the name of the model changes in
/// place, and nothing else, in either direction.
class BytesTest : public QObject
{
    Q_OBJECT

    static constexpr int kRounds = 25;

    static const Scenario &plain(bool streamed)
    {
        const auto &all = scenarios();
        return *std::find_if(all.begin(), all.end(), [&](const Scenario &s) {
            return s.name == (streamed ? "stream" : "text");
        });
    }

    static void addDialects()
    {
        QTest::addColumn<QByteArray>("dialect");
        for (const QByteArray &name : inboundDialects()) {
            if (wire::findWire(name)->passesThroughTo(name) && wire::findWire(name)->upstream)
                QTest::newRow(name.constData()) << name;
        }
    }

    /// The dialect's own object with members nobody knows before and behind its own.
    static QByteArray noisy(RandomJson &random, QByteArray object)
    {
        object.insert(
            object.lastIndexOf('}'), ',' + random.space() + "\"zz\":" + random.value(3) + random.space());
        return object.insert(1, random.space() + "\"aa\" :" + random.value(3) + ',');
    }

    /// Sends it through and waits for the end.
    static std::shared_ptr<FakeExchange> served(Rig &rig, const QByteArray &dialect, http::Request request)
    {
        auto exchange = rig.serve(dialect, std::move(request));
        test::waitUntil([&] { return exchange->done; });
        return exchange;
    }

    static QByteArray model(const QByteArray &dialect) { return Dialect::of(dialect).model(); }

private Q_SLOTS:
    void requestsAndAnswers_data() { addDialects(); }
    void requestsAndAnswers()
    {
        QFETCH(QByteArray, dialect);
        const Dialect &words = Dialect::of(dialect);
        RandomJson random(11);
        for (int round = 0; round < kRounds; ++round) {
            http::Request request = words.request(plain(false), "there/" + model(dialect));
            request.body = noisy(random, request.body);
            const QByteArray answer = noisy(random, words.answer(plain(false)));
            Rig rig(dialect);
            rig.transport.expect(FakeAnswer::json(answer));
            const auto exchange = served(rig, dialect, request);
            QCOMPARE(exchange->answer.status, 200);
            QCOMPARE(exchange->answer.body, answer);
            QCOMPARE(
                rig.transport.requests().front().body,
                QByteArray(request.body).replace("\"there/" + model(dialect), '"' + model(dialect)));
            QVERIFY(exchange->header("x-fairlead-losses").isEmpty());
        }
    }

    void streams_data() { addDialects(); }
    void streams()
    {
        QFETCH(QByteArray, dialect);
        const Dialect &words = Dialect::of(dialect);
        RandomJson random(12);
        for (int round = 0; round < kRounds; ++round) {
            http::Request request = words.request(plain(true), "there/" + model(dialect));
            request.body = noisy(random, request.body);
            const QByteArray stream = noisyStream(random, dialect);
            FakeAnswer answer(200);
            answer.header("content-type", words.streamType());
            for (qsizetype at = 0; at < stream.size();) {
                const qsizetype size = 1 + random.below(300);
                answer.chunk(stream.mid(at, size));
                at += size;
            }
            Rig rig(dialect);
            rig.transport.expect(answer);
            const auto exchange = served(rig, dialect, request);
            QCOMPARE(exchange->answer.status, 200);
            QVERIFY(!exchange->wasCut);
            QCOMPARE(exchange->answer.body, stream);
            QCOMPARE(
                rig.transport.requests().front().body,
                QByteArray(request.body).replace("\"there/" + model(dialect), '"' + model(dialect)));
        }
    }

private:
    /// A good stream with members nobody knows, and comments where there are such.
    static QByteArray noisyStream(RandomJson &random, const QByteArray &dialect)
    {
        QByteArray stream;
        for (QByteArray piece : Dialect::of(dialect).stream(plain(true))) {
            const qsizetype end = piece.lastIndexOf('}');
            if (end > 0) {
                QByteArray noise = random.value(3);
                noise.replace('\n', ' ').replace('\r', ' '); // one line an event
                piece.insert(end, ", \"zz\":" + noise);
            }
            if (dialect != "ollama" && random.below(3) == 0)
                piece.prepend(": " + QByteArray::number(random.below(1000)) + "\n\n");
            stream += piece;
        }
        return stream;
    }
};

QTEST_GUILESS_MAIN(BytesTest)
#include "BytesTest.moc"

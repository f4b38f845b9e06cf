// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Readers.h"
#include "core/matrix/Verdict.h"
#include "core/wire/UpstreamCases.h"

using namespace fairlead;
using namespace fairlead::test;
using namespace fairlead::test::matrix;

/// Every recorded answer of every provider, told to callers of every dialect: they read what was recorded, or
/// the loss is told.
class RetellTest : public QObject
{
    Q_OBJECT

    struct Source {
        const char *wire;
        const char *recorded; ///< in the recordings' index
        const char *folder; ///< in tests/data
    };

    static void addAnswers(const QList<QByteArray> &endings)
    {
        static constexpr Source kSources[] = {
            {"openai-chat", "openai-chat", "openai_chat"},
            {"openai-responses", "openai-responses", "openai_responses"},
            {"anthropic", "anthropic", "anthropic"},
            {"gemini", "gemini", "gemini"},
            {"ollama", "ollama-chat", "ollama"},
            {"cohere", "cohere-v2", "cohere"},
            {"bedrock", "bedrock-converse", "bedrock"},
        };
        QTest::addColumn<QByteArray>("upstream");
        QTest::addColumn<QString>("path");
        for (const Source &source : kSources) {
            const auto add = [&](const QByteArray &name, const QString &path) {
                QTest::newRow((source.wire + ('/' + name)).constData()) << QByteArray(source.wire) << path;
            };
            const QDir own(QStringLiteral(FAIRLEAD_TEST_DATA "/") + QLatin1String(source.folder));
            for (const QFileInfo &file : own.entryInfoList(QDir::Files, QDir::Name)) {
                const QByteArray name = file.fileName().toUtf8();
                if (std::any_of(endings.begin(), endings.end(), [&](const QByteArray &e) {
                        return name.endsWith(e);
                    }))
                    add(name, file.filePath());
            }
            for (const Recording &recording : recordingsOf(source.recorded, endings)) {
                if (recording.status == 200)
                    add(recording.name, recording.path);
            }
        }
    }

    /// What the caller's dialect makes of the events, whole or as a stream, and what that loses.
    static http::Response told(
        const wire::Wire &caller, const std::vector<chat::ChatEvent> &events, bool streamed,
        wire::Losses &losses)
    {
        const wire::AnswerContext context{.model = "m", .fallbackId = "f", .includeUsage = true};
        http::Response response;
        for (const chat::ChatEvent &event : events)
            wire::reportLeftOut(event, caller.answers, losses);
        if (!streamed) {
            response.body = caller.inbound->encodeAnswer(accumulated(events), context);
            return response;
        }
        const auto encoder = caller.inbound->makeStreamEncoder(context);
        for (const chat::ChatEvent &event : events)
            response.body += encoder->encode(event);
        response.body += encoder->finish();
        return response;
    }

    static void check(const QByteArray &upstream, const std::vector<chat::ChatEvent> &events, bool streamed)
    {
        const chat::ChatAnswer said = accumulated(events);
        if (said.failure)
            return; // refused, or a broken stream: another test's matter
        for (const QByteArray &name : inboundDialects()) {
            if (name == upstream)
                continue;
            wire::Losses losses;
            const auto response = told(*wire::findWire(name), events, streamed, losses);
            const Lines differences
                = untold(meaningOf(said), meaningOf(readAnswer(name, response, streamed)), losses.header());
            QVERIFY2(differences.isEmpty(), (name + ": " + differences.join('\n')).constData());
        }
    }

private Q_SLOTS:
    void wholeAnswers_data() { addAnswers({".response.json"}); }
    void wholeAnswers()
    {
        QFETCH(QByteArray, upstream);
        QFETCH(QString, path);
        check(
            upstream, wire::findWire(upstream)->upstream->decodeAnswer(fileBytes(path), wire::Quirks()),
            false);
    }

    void streams_data() { addAnswers({".sse", ".ndjson", ".eventstream", ".jsonarray.json"}); }
    void streams()
    {
        QFETCH(QByteArray, upstream);
        QFETCH(QString, path);
        check(upstream, decodeAt(*wire::findWire(upstream)->upstream, fileBytes(path), {}), true);
    }
};

QTEST_GUILESS_MAIN(RetellTest)
#include "RetellTest.moc"

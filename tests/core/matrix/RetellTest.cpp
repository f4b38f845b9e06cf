// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Readers.h"
#include "core/matrix/Verdict.h"
#include "core/wire/UpstreamCases.h"

using namespace fairlead;
using namespace fairlead::test;
using namespace fairlead::test::matrix;

/// Every recorded answer and error of every provider, told to callers of every dialect: they read what was
/// recorded, or the loss is told.
class RetellTest : public QObject
{
    Q_OBJECT

    struct Source {
        const char *wire;
        const char *recorded; ///< in the recordings' index
        const char *folder; ///< in tests/data
    };

    static const std::vector<Source> &sources()
    {
        static const std::vector<Source> all{
            {"openai-chat", "openai-chat", "openai_chat"},
            {"openai-responses", "openai-responses", "openai_responses"},
            {"anthropic", "anthropic", "anthropic"},
            {"gemini", "gemini", "gemini"},
            {"ollama", "ollama-chat", "ollama"},
            {"cohere", "cohere-v2", "cohere"},
            {"bedrock", "bedrock-converse", "bedrock"},
        };
        return all;
    }

    static void addAnswers(const QList<QByteArray> &endings)
    {
        QTest::addColumn<QByteArray>("upstream");
        QTest::addColumn<QString>("path");
        for (const Source &source : sources()) {
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

    /// Not every dialect tells these apart; what to do about them is the same.
    static chat::FailureClass alike(chat::FailureClass failureClass)
    {
        using Class = chat::FailureClass;
        if (failureClass == Class::ContentPolicy || failureClass == Class::ContextLength)
            return Class::CallerFault;
        return failureClass == Class::Overloaded ? Class::Transient : failureClass;
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

    void errors_data()
    {
        QTest::addColumn<QByteArray>("upstream");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        const auto own = [](const char *name, const char *upstream, int status, const char *body) {
            QTest::newRow(name) << QByteArray(upstream) << status << js(body);
        };
        own("too fast", "anthropic", 429,
            "{'type':'error','error':{'type':'rate_limit_error','message':'Slow'}}");
        own("busy", "anthropic", 529,
            "{'type':'error','error':{'type':'overloaded_error','message':'Busy'}}");
        own("bad key", "gemini", 400,
            "{'error':{'code':400,'message':'API key not valid','status':'INVALID_ARGUMENT',"
            "'details':[{'reason':'API_KEY_INVALID'}]}}");
        own("no money", "openai-chat", 429,
            "{'error':{'message':'Pay','type':'insufficient_quota','code':'insufficient_quota'}}");
        own("too long", "anthropic", 400,
            "{'type':'error','error':{'type':'invalid_request_error',"
            "'message':'prompt is too long: 9 tokens > 8 maximum'}}");
        own("no such model", "ollama", 404, "{'error':'model \"x\" not found'}");
        own("wrong", "cohere", 400, "{'id':'e','message':'temperature must be below 1'}");
        own("down", "bedrock", 503, "{'message':'Try later'}");
        for (const Source &source : sources()) {
            for (const Recording &recording : recordingsOf(source.recorded, {".response.json"})) {
                if (recording.status >= 400)
                    QTest::newRow(recording.name.constData())
                        << QByteArray(source.wire) << recording.status << fileBytes(recording.path);
            }
        }
    }
    /// Every provider's error is read by callers of every dialect as what it was, in the provider's words.
    void errors()
    {
        QFETCH(QByteArray, upstream);
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        chat::Failure failure = wire::findWire(upstream)->upstream->decodeError(status, Headers(), body);
        if (alike(failure.failureClass) == chat::FailureClass::Transient)
            failure.retryAfter = std::chrono::seconds(12);
        for (const QByteArray &name : inboundDialects()) {
            const wire::EncodedError error = wire::findWire(name)->inbound->encodeError(failure);
            http::Response response;
            response.status = error.status;
            response.headers = error.headers;
            response.body = error.body;
            const chat::Failure read = readError(name, response);
            const QByteArray what = name + ": " + failureClassName(read.failureClass) + " for "
                                    + failureClassName(failure.failureClass) + ' ' + error.body;
            QVERIFY2(error.status >= 400, what.constData());
            QVERIFY2(read.message.contains(failure.message), what.constData());
            QVERIFY2(read.retryAfter == failure.retryAfter, what.constData());
            // Some dialects have one word for both; what counts is that nobody tries again.
            if (failure.failureClass == chat::FailureClass::Quota)
                QVERIFY2(error.headers.value("x-should-retry") == "false", what.constData());
            else
                QVERIFY2(alike(read.failureClass) == alike(failure.failureClass), what.constData());
        }
    }
};

QTEST_GUILESS_MAIN(RetellTest)
#include "RetellTest.moc"

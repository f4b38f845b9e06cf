// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/ToolRun.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;

namespace {

QByteArray quoted(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

/// A conversation with one turn repeated.
QByteArray conversation(const char *field, const char *before, const char *turn, int times, const char *after)
{
    QByteArray text = quoted("{'") + field + quoted("':[") + quoted(before);
    for (int i = 0; i < times; ++i)
        text += (i > 0 || *before != '\0' ? "," : "") + quoted(turn);
    return text + quoted(after) + "]}";
}

ToolRun runOf(const QByteArray &body, qint64 least = 3)
{
    const auto call = wire::InboundCall::parse({}, {}, {}, body);
    if (!call)
        qFatal("%s", body.constData());
    return toolRunOf(*call, least);
}

constexpr auto kChat = "{'role':'assistant','content':null,'tool_calls':[{'id':'1','type':'function',"
                       "'function':{'name':'read','arguments':'{\\'path\\':1}'}}]},"
                       "{'role':'tool','tool_call_id':'1','content':'no'}";

} // namespace

class ToolRunTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void countsInEveryDialect_data()
    {
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("turn");
        const auto row = [](const char *name, const char *field, const char *turn) {
            QTest::newRow(name) << QByteArray(field) << QByteArray(turn);
        };
        row("chat", "messages",
            "{'role':'assistant','content':null,'tool_calls':[{'function':{'name':'read','arguments':'{}'}}]}"
            ","
            "{'role':'tool','content':'no'}");
        row("messages", "messages",
            "{'role':'assistant','content':[{'type':'text','text':'again'},"
            "{'type':'tool_use','id':'1','name':'read','input':{'a':1}}]},"
            "{'role':'user','content':[{'type':'tool_result','tool_use_id':'1','content':'no'}]}");
        row("responses", "input",
            "{'type':'function_call','name':'read','arguments':'{}','call_id':'1'},"
            "{'type':'function_call_output','call_id':'1','output':'no'}");
        row("gemini", "contents",
            "{'role':'model','parts':[{'functionCall':{'name':'read','args':{'a':1}}}]},"
            "{'role':'user','parts':[{'functionResponse':{'name':'read','response':{}}}]}");
        row("ollama", "messages",
            "{'role':'assistant','content':'','tool_calls':[{'function':{'name':'read','arguments':{'a':1}}}]"
            "},"
            "{'role':'tool','content':'no'}");
    }
    void countsInEveryDialect()
    {
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, turn);
        const ToolRun run = runOf(conversation(field.constData(), "", turn.constData(), 7, ""));
        QCOMPARE(run.name, QByteArray("read"));
        QCOMPARE(run.length, 7);
    }

    void otherArgumentsBeginAnew()
    {
        const QByteArray other = "{'role':'assistant','tool_calls':[{'function':{'name':'read',"
                                 "'arguments':'other'}}]},{'role':'tool','content':'no'}";
        QCOMPARE(runOf(conversation("messages", other.constData(), kChat, 4, "")).length, 4);
        QCOMPARE(runOf(conversation("messages", "", kChat, 4, ("," + other).constData())).length, 1);
    }

    void somebodyWhoSpeaksBeginsAnew()
    {
        const char *said = "{'role':'user','content':'go on'}";
        QCOMPARE(runOf(conversation("messages", said, kChat, 4, "")).length, 4);
        QCOMPARE(
            runOf(conversation("messages", "", kChat, 4, ",{'role':'user','content':'go on'}")).length, 0);
        QCOMPARE(
            runOf(conversation(
                      "input", "", "{'type':'function_call','name':'a','arguments':'{}'}", 6,
                      ",{'role':'user','content':[{'type':'input_text','text':'go on'}]}"))
                .length,
            0);
    }

    void shortConversationsAreNotRead()
    {
        QCOMPARE(runOf(conversation("messages", "", kChat, 4, ""), 30).length, 0);
        QCOMPARE(runOf(conversation("messages", "", kChat, 30, ""), 30).length, 30);
        QCOMPARE(runOf(conversation("messages", "", kChat, 30, ""), 0).length, 0);
    }

    void nonsenseIsNoRun_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("no conversation") << QByteArray("{}");
        QTest::newRow("a text") << quoted("{'input':'hello'}");
        QTest::newRow("no object") << QByteArray("[]");
        QTest::newRow("odd members") << quoted(
            "{'messages':[1,'a',null,[],{'tool_calls':{}},{'content':7}]}");
    }
    void nonsenseIsNoRun()
    {
        QFETCH(QByteArray, body);
        QCOMPARE(runOf(body).length, 0);
    }
};

QTEST_GUILESS_MAIN(ToolRunTest)
#include "ToolRunTest.moc"

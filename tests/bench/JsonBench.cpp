// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Splice.h"
#include "json/View.h"
#include "json/Writer.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <chrono>
#include <cstdio>

// What the request path pays for JSON, beside QJsonDocument in the same run. Each figure is the best of many
// rounds.

namespace {

using namespace fairlead::json;
using Clock = std::chrono::steady_clock;

qsizetype g_sink = 0; // keeps results observable

template<typename Work>
double nanosecondsOf(const Work &work)
{
    using Nanoseconds = std::chrono::duration<double, std::nano>;
    g_sink += work();
    const auto once = Clock::now();
    g_sink += work();
    const double estimate = std::max(Nanoseconds(Clock::now() - once).count(), 10.0);
    const int perRound = std::max(1, static_cast<int>(2e6 / estimate));
    double best = 1e18;
    for (int round = 0; round < 25; ++round) {
        const auto start = Clock::now();
        for (int i = 0; i < perRound; ++i)
            g_sink += work();
        best = std::min(best, Nanoseconds(Clock::now() - start).count() / perRound);
    }
    return best;
}

void line(const char *name, qsizetype bytes, double ours, double qjson = 0)
{
    if (qjson > 0)
        std::printf(
            "%-44s %9lld B %12.2f us   QJson %12.2f us   %6.1fx\n", name, static_cast<long long>(bytes),
            ours / 1e3, qjson / 1e3, qjson / ours);
    else
        std::printf("%-44s %9lld B %12.2f us\n", name, static_cast<long long>(bytes), ours / 1e3);
}

QByteArray request(qsizetype wanted)
{
    Writer out;
    out.beginObject()
        .member("model", "some-model-1")
        .memberBoolean("stream", true)
        .key("messages")
        .beginArray();
    while (out.text().size() < wanted - 300) {
        out.beginObject().member("role", "user");
        out.member(
            "content", "A turn of a conversation, with \"quotes\",\na line break, an umlaut \xC3\xA4 and a "
                       "path C:\\temp; "
                       "then some more plain prose so that strings are about as long as they are in life, "
                       "and a little longer.");
        out.endObject();
    }
    out.endArray().key("tools").beginArray().beginObject().member("type", "function");
    out.memberRaw(
        "function", R"({"name":"f","parameters":{"type":"object","properties":{"x":{"type":"number"}}}})");
    return out.endObject().endArray().key("temperature").number(0.7).endObject().take();
}

QByteArray withImage(qsizetype bytes)
{
    return R"({"model":"some-model-1","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:)"
           + QByteArray(bytes, 'A') + R"("}}]}],"stream":true})";
}

/// Dense JSON: short strings, numbers and brackets.
QByteArray dense(qsizetype wanted)
{
    QByteArray out = "[";
    while (out.size() < wanted)
        out += R"({"id":123,"ok":true,"v":[1,2.5,-3e2],"s":"ab"},)";
    out.back() = ']';
    return out;
}

void parse(const char *name, const QByteArray &text)
{
    const double ours = nanosecondsOf([&] { return Document::parse(text)->root().raw().size(); });
    const double qjson = nanosecondsOf([&] { return QJsonDocument::fromJson(text).isNull() ? 0 : 1; });
    line(name, text.size(), ours, qjson);
}

void parseAndSetModel(const char *name, const QByteArray &text)
{
    const double ours = nanosecondsOf([&] {
        const auto document = Document::parse(text);
        return Splice(*document).set(document->root(), "model", R"("other")").apply().size();
    });
    const double qjson = nanosecondsOf([&] {
        QJsonObject object = QJsonDocument::fromJson(text).object();
        object.insert(QLatin1String("model"), QLatin1String("other"));
        return QJsonDocument(object).toJson(QJsonDocument::Compact).size();
    });
    line(name, text.size(), ours, qjson);
}

void streamChunk()
{
    const QByteArray chunk
        = R"({"id":"chatcmpl-0123456789abcdefghijklmnopq","object":"chat.completion.chunk","created":1700000000,)"
          R"("model":"some-model-1","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" token"},)"
          R"("finish_reason":null}]})";
    const double ours = nanosecondsOf([&] {
        const auto document = Document::parse(chunk);
        const View choice = (*document)["choices"].at(0);
        return choice["delta"]["content"].stringOr("").size() + (choice["finish_reason"] ? 1 : 0);
    });
    const double qjson = nanosecondsOf([&] {
        const QJsonDocument document = QJsonDocument::fromJson(chunk);
        const QJsonValue choice = document[QLatin1String("choices")][0];
        return choice[QLatin1String("delta")][QLatin1String("content")].toString().size()
               + (choice[QLatin1String("finish_reason")].isNull() ? 0 : 1);
    });
    line("stream chunk: parse, text, finish reason", chunk.size(), ours, qjson);
    line("stream chunk: parse only", chunk.size(), nanosecondsOf([&] {
             return Document::parse(chunk)->text().size();
         }));
}

void walk(const char *name, const QByteArray &text)
{
    const auto document = Document::parse(text);
    const double lookUp = nanosecondsOf([&] { return (*document)["stream"].booleanOr(false) ? 1 : 0; });
    const double turns = nanosecondsOf([&] {
        qsizetype seen = 0;
        for (const View turn : (*document)["messages"].elements()) {
            for (const auto &[key, value] : turn.members())
                seen += key.size() + value.raw().size();
        }
        return seen;
    });
    line((QByteArray(name) + ": one look-up").constData(), text.size(), lookUp);
    line((QByteArray(name) + ": members of all turns").constData(), text.size(), turns);
}

void write()
{
    const QByteArray prose = QByteArray("Plain words and a \"quote\"\n").repeated(4000);
    line(
        "write: string with some escapes", prose.size(), nanosecondsOf([&] { return quoted(prose).size(); }));
    const QByteArray greek = QByteArray("\xCE\xBB\xCF\x8C\xCE\xB3\xCE\xBF\xCF\x82 ").repeated(9000);
    line("write: string of two-byte letters", greek.size(), nanosecondsOf([&] {
             return quoted(greek).size();
         }));
    const double chunk = nanosecondsOf([] {
        Writer out(320);
        out.beginObject()
            .member("id", "chatcmpl-0123456789abcdefg")
            .member("object", "chat.completion.chunk");
        out.memberInteger("created", 1700000000).member("model", "some-model-1").key("choices").beginArray();
        out.beginObject().memberInteger("index", 0).key("delta").beginObject().member("content", " token");
        out.endObject().memberNull("finish_reason").endObject().endArray().endObject();
        return out.text().size();
    });
    line("write: stream chunk", 180, chunk);
}

} // namespace

int main()
{
    streamChunk();
    for (const auto &[name, bytes] :
         {std::pair("1 kB", 1000), std::pair("20 kB", 20'000), std::pair("200 kB", 200'000)}) {
        const QByteArray text = request(bytes);
        parse((QByteArray("request ") + name + ": parse").constData(), text);
        parseAndSetModel((QByteArray("request ") + name + ": parse, set model").constData(), text);
        walk((QByteArray("request ") + name).constData(), text);
    }
    parse("dense 200 kB: parse", dense(200'000));
    for (const auto &[name, bytes] :
         {std::pair("4 MB image", 4'000'000), std::pair("64 MiB image", (64 << 20) - 200)}) {
        const QByteArray text = withImage(bytes);
        parse((QByteArray(name) + ": parse").constData(), text);
        parseAndSetModel((QByteArray(name) + ": parse, set model").constData(), text);
        walk(name, text);
    }
    write();
    return g_sink == 0 ? 1 : 0;
}

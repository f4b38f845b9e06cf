// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Scenario.h"

#include "core/wire/EventStreamFrames.h"
#include "core/wire/Shared.h"

#include <map>

namespace fairlead::test::matrix {

namespace {

const char *const kPng
    = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5"
      "ErkJggg==";

Lines whyTheSky()
{
    return {"system Be brief.", "user Why is the sky blue?", "max 300", "temperature 0.50", "stop END"};
}

Lines answered(Lines what, const char *finish = "stop")
{
    what += QByteArray("finish ") + finish;
    what += "usage 21 in 8 out";
    return what;
}

const Lines kSky{"text Rayleigh scattering: blue light scatters most."};

const QByteArray kWeatherTool
    = R"(tool get_weather: Weather of a city. {"type":"object","properties":{"city":{"type":"string"}}})";

json::Document loadedFrom(const QByteArray &name)
{
    auto document = json::Document::parse(
        fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/matrix/%1.json").arg(QString::fromLatin1(name))));
    if (!document)
        qFatal("%s: %s", name.constData(), document.error().message().constData());
    return std::move(*document);
}

} // namespace

const std::vector<Scenario> &scenarios()
{
    using End = Scenario::End;
    static const std::vector<Scenario> all{
        {.name = "text", .request = "text", .answer = "text", .asks = whyTheSky(), .says = answered(kSky)},
        {.name = "stream",
         .request = "text",
         .answer = "text",
         .streamed = true,
         .asks = whyTheSky(),
         .says = answered(kSky)},
        {.name = "tools",
         .request = "tools",
         .answer = "tools",
         .asks
         = {"user Weather in Oslo?",
            R"(tool get_weather: Weather of a city. {"type":"object","required":["city"],"properties":{"unit":{"type":["string","null"],"enum":["C","F",null]},"city":{"type":"string","minLength":1},"days":{"type":"number","maximum":1e2,"multipleOf":0.10}},"additionalProperties":false})",
            "strict get_weather", "tool now: The time. none", "choice required"},
         .says = answered({R"(call get_weather {"city":"Oslo","days":1.0})"}, "tool_calls")},
        {.name = "parallel tools",
         .request = "tools",
         .answer = "parallel",
         .streamed = true,
         .says = answered({R"(call get_weather {"city":"Oslo"})", "call now {}"}, "tool_calls")},
        {.name = "tool results",
         .request = "tool-result",
         .answer = "text",
         .asks
         = {"user Weather in Oslo and Bergen?", R"(assistant call #1 get_weather {"city":"Oslo"})",
            R"(assistant call #2 get_weather {"city":"Bergen"})", "result #1 7 degrees", "result #2 rain",
            kWeatherTool},
         .says = answered(kSky)},
        {.name = "image in a tool result",
         .request = "tool-image",
         .answer = "text",
         .asks
         = {"user Weather in Oslo?", R"(assistant call #1 get_weather {"city":"Oslo"})",
            "result #1 See:", QByteArray("result #1 image image/png ") + kPng, kWeatherTool},
         .says = answered(kSky)},
        {.name = "image",
         .request = "image",
         .answer = "text",
         .asks = {"user What is this?", QByteArray("user image image/png ") + kPng},
         .says = answered(kSky)},
        {.name = "drawn image",
         .request = "text",
         .answer = "drawing",
         .says = answered({"text Here.", QByteArray("image ") + kPng})},
        {.name = "structured output",
         .request = "structured",
         .answer = "structured",
         .asks
         = {"user Weather in Oslo?",
            R"(format {"type":"object","properties":{"temperature":{"type":"number","minimum":-40.0},"city":{"type":"string"}},"required":["temperature","city"],"additionalProperties":false})"},
         .says = answered({R"(text {"temperature": 7.0, "city": "Oslo"})"})},
        {.name = "reasoning",
         .request = "reasoning",
         .answer = "reasoning",
         .streamed = true,
         .asks = {"user 17 * 3?", "reasoning on", "max 9000"},
         .says = answered({"thought Three times seventeen.", "text 51"})},
        {.name = "error", .request = "text", .answer = "error", .end = End::Refused},
        {.name = "abort by the provider",
         .request = "text",
         .answer = "text",
         .streamed = true,
         .end = End::CutOff},
        {.name = "abort by the caller",
         .request = "text",
         .answer = "text",
         .streamed = true,
         .end = End::Left},
    };
    return all;
}

const std::vector<QByteArray> &inboundDialects()
{
    static const std::vector<QByteArray> names{
        "openai-chat", "openai-responses", "anthropic", "gemini", "ollama", "cohere", "openai-completions"};
    return names;
}

const std::vector<QByteArray> &upstreamDialects()
{
    static const std::vector<QByteArray> names{"openai-chat", "openai-responses", "anthropic", "gemini",
                                               "ollama",      "cohere",           "bedrock"};
    return names;
}

Dialect::Dialect(QByteArray name)
    : m_name(std::move(name))
    , m_document(loadedFrom(m_name))
{ }

const Dialect &Dialect::of(const QByteArray &name)
{
    static std::map<QByteArray, Dialect> known;
    const auto it = known.find(name);
    return it != known.end() ? it->second : known.emplace(name, Dialect(name)).first->second;
}

bool Dialect::canAsk(const Scenario &scenario) const
{
    return m_document["requests"][scenario.request].exists();
}

bool Dialect::canAnswer(const Scenario &scenario) const
{
    return m_document[scenario.streamed ? "streams" : "answers"][scenario.answer].exists();
}

http::Request Dialect::request(const Scenario &scenario, const QByteArray &model) const
{
    const QByteArrayView pathKey = scenario.streamed ? "stream_path" : "path";
    const json::View path = m_document[pathKey].exists() ? m_document[pathKey] : m_document["path"];
    QByteArray target = path.stringOr({});
    target.replace("@MODEL@", model);
    QByteArray body = m_document["requests"][scenario.request].rawCopy();
    body.replace("@MODEL@", model);
    body.replace("\": {", "\":\r\n {"); // people write JSON over several lines, and streams are made of lines
    body.insert(1, m_document[scenario.streamed ? "stream_member" : "whole_member"].stringOr({}));

    http::Request request;
    request.method = "POST";
    request.target = target;
    request.path = target.left(target.indexOf('?') < 0 ? target.size() : target.indexOf('?'));
    request.query = target.mid(request.path.size() + 1);
    request.headers.add("content-type", "application/json");
    request.body = body;
    return request;
}

QByteArray Dialect::answer(const Scenario &scenario) const
{
    return m_document["answers"][scenario.answer].rawCopy();
}

QByteArray Dialect::frame(json::View event) const
{
    if (m_name == "bedrock")
        return eventFrame(event["event"].stringOr({}), event["payload"].rawCopy());
    if (m_name == "ollama")
        return event.rawCopy() + '\n';
    const QByteArray type = event["type"].stringOr({});
    return (type.isEmpty() ? QByteArray() : "event: " + type + '\n') + "data: " + event.rawCopy() + "\n\n";
}

std::vector<QByteArray> Dialect::stream(const Scenario &scenario) const
{
    std::vector<QByteArray> pieces;
    for (const json::View event : m_document["streams"][scenario.answer].elements())
        pieces.push_back(frame(event));
    if (m_name == "openai-chat" || m_name == "cohere")
        pieces.emplace_back("data: [DONE]\n\n");
    return pieces;
}

QByteArray Dialect::streamType() const
{
    if (m_name == "bedrock")
        return "application/vnd.amazon.eventstream";
    return m_name == "ollama" ? "application/x-ndjson" : "text/event-stream";
}

bool Dialect::leavesUnsaid(const QByteArray &aspect) const
{
    for (const json::View unsaid : m_document["unsaid"].elements()) {
        if (unsaid.equals(aspect))
            return true;
    }
    return false;
}

QByteArray Dialect::model() const
{
    return m_document["model"].stringOr("m1");
}

} // namespace fairlead::test::matrix

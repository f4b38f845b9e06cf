// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ResponseWatch.h"

#include <algorithm>

namespace fairlead::gateway {

namespace {

constexpr int kOk = 200;
// The type stands at an event's beginning, if not first.
constexpr qsizetype kTypeWithin = 128;

} // namespace

ResponseWatch::ResponseWatch(http::ExchangePtr exchange, Found found)
    : m_exchange(std::move(exchange))
    , m_found(std::move(found))
{ }

void ResponseWatch::addCommonHeader(QByteArray name, QByteArray value)
{
    m_exchange->addCommonHeader(std::move(name), std::move(value));
}

void ResponseWatch::reply(http::Response response)
{
    if (response.status == kOk) {
        if (const auto document = json::Document::parse(response.body))
            m_found(response.headers.value("x-fairlead-provider"), document->root());
    }
    m_exchange->reply(std::move(response));
}

void ResponseWatch::begin(int status, Headers headers)
{
    m_looking = status == kOk;
    m_provider = headers.value("x-fairlead-provider");
    m_exchange->begin(status, std::move(headers));
}

Task<bool> ResponseWatch::write(QByteArray bytes)
{
    look(bytes);
    return m_exchange->write(std::move(bytes));
}

bool ResponseWatch::tryWrite(QByteArray bytes)
{
    look(bytes);
    return m_exchange->tryWrite(std::move(bytes));
}

Task<bool> ResponseWatch::drained()
{
    return m_exchange->drained();
}

void ResponseWatch::end(QByteArray last)
{
    look(last);
    m_exchange->end(std::move(last));
}

void ResponseWatch::look(QByteArrayView bytes)
{
    if (m_looking)
        m_looking = m_reader.feed(bytes, [this](const wire::SseEvent &event) { lookAt(event); });
}

void ResponseWatch::lookAt(const wire::SseEvent &event)
{
    const QByteArrayView start = event.data.first(std::min(event.data.size(), kTypeWithin));
    if (!start.contains("response.completed\"") && !start.contains("response.incomplete\""))
        return;
    if (const auto document = json::Document::parse(event.data.toByteArray()))
        m_found(m_provider, document->root()["response"]);
}

} // namespace fairlead::gateway

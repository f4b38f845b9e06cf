// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/CountCalls.h"

#include "gateway/CallSources.h"
#include "gateway/OneShotReader.h"

namespace fairlead::gateway {

using chat::Failure;

/// Reads the count and keeps it for the handler. It is no usage: nothing was run, nothing is billed.
class CountCalls::Reader final : public OneShotReader
{
public:
    Reader(CountCalls &calls, const wire::TokenCountCodec &codec)
        : m_calls(calls)
        , m_codec(codec)
    { }

private:
    tl::expected<chat::Usage, Failure> read(QByteArrayView body) override
    {
        const auto count = m_codec.decodeAnswer(body);
        if (!count)
            return tl::make_unexpected(Failure(chat::FailureClass::Protocol, 200, count.error().message()));
        m_calls.m_count = *count;
        return chat::Usage();
    }

    CountCalls &m_calls;
    const wire::TokenCountCodec &m_codec;
};

CountCalls::CountCalls(const wire::Wire &dialect, const wire::InboundCall &call, chat::ChatRequest request)
    : m_dialect(dialect)
    , m_call(call)
    , m_request(std::move(request))
{ }

tl::expected<routing::PreparedCall, Failure> CountCalls::prepare(const routing::Target &target)
{
    const wire::TokenCountCodec *codec = wire::findWire(target.provider->wire)->counting;
    routing::PreparedCall prepared;
    prepared.passThrough = codec == m_dialect.counting;
    m_request.model = target.model;
    auto call = prepared.passThrough
                    ? codec->passThrough(m_call, target.model, target.provider->quirks)
                    : codec->encodeRequest(m_request, target.provider->quirks, prepared.losses);
    if (!call)
        return tl::make_unexpected(callerFault(call.error()));
    prepared.call = std::move(*call);
    prepared.reader = std::make_unique<Reader>(*this, *codec);
    return prepared;
}

} // namespace fairlead::gateway

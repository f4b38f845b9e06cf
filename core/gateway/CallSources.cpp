// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/CallSources.h"

#include "gateway/LimitedRequest.h"
#include "wire/CommonLosses.h"
#include "wire/FieldNames.h"

namespace fairlead::gateway {

namespace {

tl::expected<routing::PreparedCall, chat::Failure>
translate(chat::ChatRequest &request, const routing::Target &target)
{
    const wire::Wire *wire = wire::findWire(target.provider->wire);
    routing::PreparedCall prepared;
    request.model = target.model;
    prepared.stream = request.stream;
    const wire::Quirks &quirks = target.provider->quirks;
    auto call = target.limits ? wire->upstream->encodeRequest(
                    limited(request, *target.limits, prepared.losses), limited(quirks, *target.limits),
                    prepared.losses)
                              : wire->upstream->encodeRequest(request, quirks, prepared.losses);
    if (!call)
        return tl::make_unexpected(callerFault(call.error()));
    wire::reportMisfits(request, wire->name, prepared.losses);
    prepared.losses = wire::inCallersWords(prepared.losses, request.dialect);
    prepared.call = std::move(*call);
    return prepared;
}

/// The model goes on with its own last message.
tl::expected<routing::PreparedCall, chat::Failure>
translateOnward(const chat::ChatRequest &request, const routing::Target &target, const QByteArray &begun)
{
    // Models that think do so before they speak, and their providers refuse words put into their mouths.
    if (request.reasoning)
        return tl::make_unexpected(
            chat::Failure(chat::FailureClass::CallerFault, 0, "A thinking model cannot be continued."));
    chat::ChatRequest onward = request;
    chat::Message said;
    said.role = chat::Role::Assistant;
    chat::TextPart text;
    text.text = begun;
    said.parts.emplace_back(std::move(text));
    onward.messages.push_back(std::move(said));
    return translate(onward, target);
}

} // namespace

chat::Failure cannot(const routing::Target &target, QByteArrayView what)
{
    chat::Failure failure(
        chat::FailureClass::CallerFault, 400,
        target.provider->name.toUtf8() + " cannot " + what.toByteArray() + " (asked for \""
            + target.provider->id + '/' + target.model + "\"). Choose a model of a provider that can.");
    failure.code = QByteArrayLiteral("unsupported_endpoint");
    failure.param = QByteArrayLiteral("model");
    return failure;
}

chat::Failure callerFault(const Error &error)
{
    return chat::Failure(chat::FailureClass::CallerFault, 400, error.message());
}

InboundCalls::InboundCalls(const wire::Wire &dialect, const wire::InboundCall &call, wire::RequestHead head)
    : m_dialect(dialect)
    , m_call(call)
    , m_head(std::move(head))
{ }

tl::expected<routing::PreparedCall, chat::Failure> InboundCalls::prepare(const routing::Target &target)
{
    if (m_dialect.passesThroughTo(target.provider->wire)) {
        auto passed = m_dialect.inbound->passPeeked(m_call, m_head, target.model, target.provider->quirks);
        if (!passed)
            return tl::make_unexpected(callerFault(passed.error()));
        if (!passed->mustTranslate)
            return passOn(std::move(*passed), target);
    }
    const auto request = decoded();
    if (!request)
        return tl::make_unexpected(request.error());
    return translate(**request, target);
}

tl::expected<chat::ChatRequest *, chat::Failure> InboundCalls::decoded()
{
    if (!m_decoded) {
        auto request = m_dialect.inbound->decodeRequest(m_call);
        if (!request)
            return tl::make_unexpected(callerFault(request.error()));
        m_decoded = std::move(*request);
    }
    return &*m_decoded;
}

routing::RequestContent InboundCalls::look()
{
    const auto request = decoded();
    return request ? routing::contentOf(**request) : routing::RequestContent();
}

tl::expected<routing::PreparedCall, chat::Failure>
InboundCalls::prepareOnward(const routing::Target &target, const QByteArray &begun)
{
    const auto request = decoded();
    if (!request)
        return tl::make_unexpected(request.error());
    return translateOnward(**request, target, begun);
}

routing::PreparedCall
InboundCalls::passOn(wire::InboundCodec::PassThrough passed, const routing::Target &target) const
{
    routing::PreparedCall prepared;
    prepared.losses = std::move(passed.losses);
    if (target.limits && m_dialect.name == "openai-chat")
        passed.body = limited(passed.body, *target.limits, prepared.losses);
    wire::PassedRequest outward;
    outward.model = target.model;
    outward.stream = m_head.stream;
    outward.body = std::move(passed.body);
    outward.callerHeaders = &m_call.headers;
    outward.callerQuery = &m_call.query;
    outward.callerPath = m_call.path;
    const wire::Wire *wire = wire::findWire(target.provider->wire);
    prepared.call = wire->upstream->passThroughCall(std::move(outward), target.provider->quirks);
    prepared.stream = m_head.stream;
    prepared.passThrough = true;
    prepared.usageForced = passed.usageForced;
    return prepared;
}

ContinuedCalls::ContinuedCalls(
    const wire::Wire &dialect, const wire::InboundCall &call, const wire::RequestHead &head,
    const Continuation &continuation)
    : m_dialect(dialect)
    , m_continuation(continuation)
    , m_asSent(dialect, call, head)
{
    if (continuation.inFull)
        m_inFull.emplace(dialect, *continuation.inFull, head);
}

tl::expected<routing::PreparedCall, chat::Failure> ContinuedCalls::prepare(const routing::Target &target)
{
    const bool isNative = target.provider->wire == m_dialect.name;
    if (isNative && (!m_inFull || target.provider->id == m_continuation.maker))
        return m_asSent.prepare(target);
    if (!m_inFull)
        return tl::make_unexpected(m_continuation.missing.value_or(chat::Failure()));
    return m_inFull->prepare(target);
}

routing::RequestContent ContinuedCalls::look()
{
    return m_inFull ? m_inFull->look() : m_asSent.look();
}

NeutralCalls::NeutralCalls(chat::ChatRequest request)
    : m_request(std::move(request))
{ }

tl::expected<routing::PreparedCall, chat::Failure> NeutralCalls::prepare(const routing::Target &target)
{
    return translate(m_request, target);
}

routing::RequestContent NeutralCalls::look()
{
    return routing::contentOf(m_request);
}

PreparedCalls::PreparedCalls(routing::PreparedCall prepared)
    : m_prepared(std::move(prepared))
{ }

tl::expected<routing::PreparedCall, chat::Failure> PreparedCalls::prepare(const routing::Target &)
{
    if (!m_prepared)
        return tl::make_unexpected(
            chat::Failure(chat::FailureClass::CallerFault, 0, "This copy has been sent already."));
    return *std::exchange(m_prepared, std::nullopt);
}

tl::expected<routing::PreparedCall, chat::Failure>
NeutralCalls::prepareOnward(const routing::Target &target, const QByteArray &begun)
{
    return translateOnward(m_request, target, begun);
}

} // namespace fairlead::gateway

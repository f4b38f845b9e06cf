// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ForwardedCalls.h"

#include "gateway/AnswerTap.h"
#include "gateway/CallSources.h"
#include "http/Multipart.h"
#include "json/Writer.h"

namespace fairlead::gateway {

Result<ModelPlace> ModelPlace::find(const http::Request &request)
{
    ModelPlace place;
    const QByteArray type = request.headers.value("content-type");
    if (http::isForm(type)) {
        if (const auto field = http::formField(request.body, type, "model")) {
            place.bytes = *field;
            place.model = field->trimmed().toByteArray();
        }
        return place;
    }
    const auto document = json::Document::parse(request.body);
    if (!document)
        return fail(document.error().in("The request body is neither a form nor valid JSON"));
    if (!document->root().isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    const json::View model = (*document)["model"];
    if (model && !model.isString())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("model must be a string."));
    if (model) {
        // The document shares the request's bytes.
        place.bytes = QByteArrayView(request.body)
                          .sliced(model.raw().data() - document->text().constData(), model.raw().size());
        place.model = model.stringOr({});
        place.inJson = true;
    }
    return place;
}

ForwardedCalls::ForwardedCalls(const http::Request &request, QByteArray service, ModelPlace place)
    : m_request(request)
    , m_service(std::move(service))
    , m_place(std::move(place))
{ }

QByteArray ForwardedCalls::bodyFor(const QByteArray &model) const
{
    if (m_place.model.isEmpty() || m_place.model == model)
        return m_request.body;
    QByteArray body = m_request.body;
    const qsizetype at = m_place.bytes.data() - m_request.body.constData();
    return body.replace(at, m_place.bytes.size(), m_place.inJson ? json::quoted(model) : model);
}

std::optional<chat::Failure> ForwardedCalls::whyUnfit(const routing::Target &target)
{
    const bool fit = target.provider->pathOf(m_service).has_value();
    return fit ? std::nullopt : std::optional(cannot(target, "serve " + m_service));
}

tl::expected<routing::PreparedCall, chat::Failure> ForwardedCalls::prepare(const routing::Target &target)
{
    routing::PreparedCall prepared;
    prepared.passThrough = true;
    prepared.stream = true; // as it comes: pictures and sound are large
    prepared.call.path = *target.provider->pathOf(m_service);
    prepared.call.headers.add("content-type", m_request.headers.value("content-type"));
    const QByteArray accept = m_request.headers.value("accept");
    prepared.call.headers.add("accept", accept.isEmpty() ? QByteArrayLiteral("*/*") : accept);
    prepared.call.body = bodyFor(target.model);
    prepared.reader = std::make_unique<AnswerTap>();
    return prepared;
}

} // namespace fairlead::gateway

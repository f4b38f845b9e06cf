// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/StockRequest.h"

namespace fairlead::net {

QNetworkRequest
forStockBackend(const QNetworkRequest &request, const RequestFields &fields, qsizetype bodyBytes)
{
    QNetworkRequest own(request);
    for (const auto &[name, value] : fields.open)
        own.setRawHeader(name, value);
    for (const auto &[name, value] : fields.secret)
        own.setRawHeader(name, value.reveal().toByteArray());
    own.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    own.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    own.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    own.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    own.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
    own.setAttribute(QNetworkRequest::CacheSaveControlAttribute, false);
    own.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
    if (bodyBytes > 0)
        own.setHeader(QNetworkRequest::ContentLengthHeader, static_cast<qlonglong>(bodyBytes));
    if (!own.hasRawHeader("Accept-Encoding"))
        own.setRawHeader("Accept-Encoding", "identity");
    if (!own.hasRawHeader("User-Agent"))
        own.setRawHeader("User-Agent", "Fairlead/" FAIRLEAD_VERSION);
    return own;
}

} // namespace fairlead::net

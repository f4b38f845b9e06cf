// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/TransportFailure.h"

#include <QSslError>

#include <array>

namespace fairlead::net {

namespace {

using Kind = TransportErrorKind;

struct Advice {
    QSslError::SslError error;
    const char *text;
};

constexpr const char *UnknownAuthority
    = "it is signed by an authority this computer does not know: if that is expected (a company network, a "
      "server of "
      "your own), add that authority's certificate in the provider's settings";

constexpr std::array<Advice, 12> TlsAdvice{{
    {QSslError::CertificateExpired,
     "it has expired: the server's owner must renew it, or this computer's date is wrong"},
    {QSslError::CertificateNotYetValid, "it is not valid yet: check this computer's date"},
    {QSslError::HostNameMismatch,
     "it belongs to another name: check the address, or that nobody stands in between"},
    {QSslError::SelfSignedCertificate, UnknownAuthority},
    {QSslError::SelfSignedCertificateInChain, UnknownAuthority},
    {QSslError::UnableToGetIssuerCertificate, UnknownAuthority},
    {QSslError::UnableToGetLocalIssuerCertificate, UnknownAuthority},
    {QSslError::UnableToVerifyFirstCertificate, UnknownAuthority},
    {QSslError::CertificateUntrusted, UnknownAuthority},
    {QSslError::InvalidCaCertificate, UnknownAuthority},
    {QSslError::CertificateRevoked,
     "it has been revoked: do not send anything there, ask the server's owner"},
    {QSslError::CertificateBlacklisted, "it is on the list of certificates known to be bad"},
}};

QByteArray tlsMessage(const QByteArray &peer, const QByteArray &detail)
{
    for (const Advice &advice : TlsAdvice) {
        // Qt passes only the text on; asking it for the same text holds in every language.
        if (detail.contains(QSslError(advice.error).errorString().toUtf8()))
            return "the certificate of " + peer + " was not accepted: " + advice.text;
    }
    return "no secure connection to " + peer + ": "
           + (detail.isEmpty() ? QByteArray("the handshake failed") : detail);
}

QByteArray seconds(std::chrono::milliseconds time)
{
    return QByteArray::number(static_cast<double>(time.count()) / 1000.0, 'g', 4) + " s";
}

QByteArray withDetail(QByteArray text, const QByteArray &detail)
{
    return detail.isEmpty() ? text : text + " (" + detail + ')';
}

} // namespace

QByteArray nameOf(const io::Endpoint &endpoint)
{
    QByteArray host = endpoint.host.toUtf8();
    if (host.contains(':'))
        host = '[' + host + ']';
    return host + ':' + QByteArray::number(endpoint.port);
}

TransportError connectFailure(
    const QByteArray &peer, io::CloseReason reason, const QByteArray &detail,
    const std::optional<QNetworkProxy> &proxy)
{
    if (reason == io::CloseReason::TlsFailed)
        return TransportError(Kind::TlsFailed, tlsMessage(peer, detail));
    if (proxy) {
        const QByteArray way = proxy->hostName().toUtf8() + ':' + QByteArray::number(proxy->port());
        return TransportError(
            Kind::ProxyFailed,
            withDetail(
                "cannot reach " + peer + " through the proxy " + way + ": check the system's proxy", detail));
    }
    switch (reason) {
    case io::CloseReason::NotResolved:
        return TransportError(
            Kind::NotResolved, "the host name of " + peer + " is unknown: check the address and the network");
    case io::CloseReason::Refused:
        return TransportError(Kind::Refused, "nothing answers at " + peer + ": is the server running there?");
    default:
        return TransportError(
            Kind::Unreachable, withDetail("cannot reach " + peer + ": check the network", detail));
    }
}

TransportError timeoutFailure(const QByteArray &peer, Kind kind, const Timeouts &timeouts)
{
    switch (kind) {
    case Kind::ConnectTimeout:
        return TransportError(kind, "no connection to " + peer + " within " + seconds(timeouts.connect));
    case Kind::FirstByteTimeout:
        return TransportError(kind, peer + " did not begin to answer within " + seconds(timeouts.firstByte));
    case Kind::IdleTimeout:
        return TransportError(
            kind, peer + " sent nothing for " + seconds(timeouts.idle) + " in the middle of its answer");
    default:
        return TransportError(
            kind, "the answer of " + peer + " was not complete within " + seconds(timeouts.total));
    }
}

TransportError answerFailure(const QByteArray &peer, Kind kind, const QByteArray &detail)
{
    switch (kind) {
    case Kind::LostBeforeAnswer:
        return TransportError(
            kind, withDetail("the connection to " + peer + " broke before an answer came", detail));
    case Kind::Truncated:
        return TransportError(kind, withDetail("the answer of " + peer + " broke off in the middle", detail));
    case Kind::BadAnswer:
        return TransportError(kind, "the answer of " + peer + " cannot be read: " + detail);
    case Kind::Cancelled:
        return TransportError(kind, "the request to " + peer + " was cancelled");
    default:
        return TransportError(kind, withDetail("the request to " + peer + " failed", detail));
    }
}

QNetworkReply::NetworkError toNetworkError(Kind kind)
{
    switch (kind) {
    case Kind::NotResolved:
        return QNetworkReply::HostNotFoundError;
    case Kind::Refused:
        return QNetworkReply::ConnectionRefusedError;
    case Kind::Unreachable:
        return QNetworkReply::UnknownNetworkError;
    case Kind::TlsFailed:
        return QNetworkReply::SslHandshakeFailedError;
    case Kind::ProxyFailed:
        return QNetworkReply::UnknownProxyError;
    case Kind::ConnectTimeout:
    case Kind::FirstByteTimeout:
    case Kind::IdleTimeout:
    case Kind::TotalTimeout:
        return QNetworkReply::TimeoutError;
    case Kind::LostBeforeAnswer:
    case Kind::Truncated:
        return QNetworkReply::RemoteHostClosedError;
    case Kind::BadAnswer:
        return QNetworkReply::ProtocolFailure;
    case Kind::Cancelled:
        return QNetworkReply::OperationCanceledError;
    }
    Q_UNREACHABLE();
}

QNetworkReply::NetworkError toNetworkError(int httpStatus)
{
    // The table of Qt's own back end.
    switch (httpStatus) {
    case 400:
        return QNetworkReply::ProtocolInvalidOperationError;
    case 401:
        return QNetworkReply::AuthenticationRequiredError;
    case 403:
        return QNetworkReply::ContentAccessDenied;
    case 404:
        return QNetworkReply::ContentNotFoundError;
    case 405:
        return QNetworkReply::ContentOperationNotPermittedError;
    case 407:
        return QNetworkReply::ProxyAuthenticationRequiredError;
    case 409:
        return QNetworkReply::ContentConflictError;
    case 410:
        return QNetworkReply::ContentGoneError;
    case 500:
        return QNetworkReply::InternalServerError;
    case 501:
        return QNetworkReply::OperationNotImplementedError;
    case 503:
        return QNetworkReply::ServiceUnavailableError;
    default:
        if (httpStatus > 500)
            return QNetworkReply::UnknownServerError;
        return httpStatus >= 400 ? QNetworkReply::UnknownContentError : QNetworkReply::NoError;
    }
}

TransportError
failureOf(const QByteArray &peer, QNetworkReply::NetworkError error, const QString &text, bool begun)
{
    const QByteArray detail = text.toUtf8();

    switch (error) {
    case QNetworkReply::HostNotFoundError:
        return connectFailure(peer, io::CloseReason::NotResolved, detail);
    case QNetworkReply::ConnectionRefusedError:
        return connectFailure(peer, io::CloseReason::Refused, detail);
    case QNetworkReply::SslHandshakeFailedError:
        return connectFailure(peer, io::CloseReason::TlsFailed, detail);
    case QNetworkReply::OperationCanceledError:
        return answerFailure(peer, Kind::Cancelled);
    // Qt would have sent the request again and could not, because OneShotBody does not rewind.
    case QNetworkReply::ContentReSendError:
    case QNetworkReply::RemoteHostClosedError:
        return answerFailure(peer, begun ? Kind::Truncated : Kind::LostBeforeAnswer);
    case QNetworkReply::ProtocolFailure:
    case QNetworkReply::ProtocolUnknownError:
    case QNetworkReply::ProtocolInvalidOperationError:
        return answerFailure(peer, Kind::BadAnswer, detail);
    default:
        break;
    }
    if (error >= QNetworkReply::ProxyConnectionRefusedError && error <= QNetworkReply::UnknownProxyError)
        return TransportError(
            Kind::ProxyFailed, "cannot reach " + peer + " through the proxy (" + detail + ')');
    if (begun)
        return answerFailure(peer, Kind::Truncated, detail);
    return connectFailure(peer, io::CloseReason::Unreachable, detail);
}

} // namespace fairlead::net

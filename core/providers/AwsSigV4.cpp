// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/AwsSigV4.h"

#include "json/View.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QMessageAuthenticationCode>

#include <algorithm>
#include <map>

namespace fairlead::providers {

namespace {

constexpr QByteArrayView kAlgorithm = "AWS4-HMAC-SHA256";

tl::unexpected<Error> badForm()
{
    return fail(
        ErrorKind::Invalid,
        "The AWS key must be ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN behind it where it is "
        "temporary, or what \"aws configure export-credentials\" prints");
}

/// A view of the secret as an array, without a copy that nobody wipes.
QByteArray borrowed(QByteArrayView view)
{
    return QByteArray::fromRawData(view.data(), view.size());
}

Secret textOf(json::View value)
{
    QByteArray text = value.stringOr({});
    return Secret(std::move(text));
}

Result<AwsCredentials> parseJson(const Secret &key)
{
    const auto document = json::Document::parse(borrowed(key.reveal()));
    if (!document)
        return badForm();
    AwsCredentials credentials;
    credentials.accessKeyId = (*document)["AccessKeyId"].stringOr({});
    credentials.secretKey = textOf((*document)["SecretAccessKey"]);
    credentials.sessionToken = textOf((*document)["SessionToken"]);
    if (credentials.accessKeyId.isEmpty() || credentials.secretKey.isEmpty())
        return badForm();
    return credentials;
}

QByteArray sha256Hex(QByteArrayView bytes)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(bytes);
    return hash.result().toHex();
}

QByteArray hmac(const QByteArray &key, QByteArrayView message)
{
    return QMessageAuthenticationCode::hash(borrowed(message), key, QCryptographicHash::Sha256);
}

/// "." and ".." and empty segments taken out; a slash at the end stays.
QByteArray normalized(const QByteArray &path)
{
    QList<QByteArray> kept;
    for (const QByteArray &segment : path.split('/')) {
        if (segment == "..") {
            if (!kept.isEmpty())
                kept.removeLast();
        } else if (!segment.isEmpty() && segment != ".") {
            kept.append(segment);
        }
    }
    QByteArray joined = '/' + kept.join('/');
    const bool open = path.endsWith('/') || path.endsWith("/.") || path.endsWith("/..");
    if (open && joined.size() > 1)
        joined += '/';
    return joined;
}

/// Encoded once more, whatever encoding it carries: "%3A" becomes "%253A".
QByteArray canonicalPath(const QByteArray &path, bool normalize)
{
    const QByteArray clean = normalize ? normalized(path) : path;
    return clean.isEmpty() ? QByteArray("/") : clean.toPercentEncoding("/");
}

QByteArray canonicalQuery(const QByteArray &query)
{
    if (query.isEmpty())
        return {};
    QList<std::pair<QByteArray, QByteArray>> fields;
    for (const QByteArray &field : query.split('&')) {
        const qsizetype equals = field.indexOf('=');
        const QByteArray name = equals < 0 ? field : field.left(equals);
        const QByteArray value = equals < 0 ? QByteArray() : field.mid(equals + 1);
        fields.emplace_back(
            QByteArray::fromPercentEncoding(name).toPercentEncoding(),
            QByteArray::fromPercentEncoding(value).toPercentEncoding());
    }
    std::sort(fields.begin(), fields.end());
    QByteArray canonical;
    for (const auto &[name, value] : std::as_const(fields))
        canonical += (canonical.isEmpty() ? "" : "&") + name + '=' + value;
    return canonical;
}

/// Lower-case names in order, each with all of its values.
std::map<QByteArray, QByteArray> canonicalHeaders(const Headers &headers)
{
    std::map<QByteArray, QByteArray> canonical;
    for (const auto &[name, value] : headers) {
        const auto [at, isNew] = canonical.try_emplace(name.toLower(), value.simplified());
        if (!isNew)
            at->second += ',' + value.simplified();
    }
    return canonical;
}

} // namespace

Result<AwsCredentials> AwsCredentials::parse(const Secret &key)
{
    const QByteArrayView text = key.reveal();
    if (text.startsWith('{'))
        return parseJson(key);
    const qsizetype first = text.indexOf(':');
    if (first <= 0)
        return badForm();
    const QByteArrayView rest = text.sliced(first + 1);
    const qsizetype second = rest.indexOf(':');
    AwsCredentials credentials;
    credentials.accessKeyId = text.first(first).toByteArray();
    credentials.secretKey = Secret((second < 0 ? rest : rest.first(second)).toByteArray());
    if (second >= 0)
        credentials.sessionToken = Secret(rest.sliced(second + 1).toByteArray());
    if (credentials.secretKey.isEmpty() || (second >= 0 && credentials.sessionToken.isEmpty()))
        return badForm();
    return credentials;
}

AwsSigV4::AwsSigV4(AwsCredentials credentials, QByteArray region, QByteArray service, Options options)
    : m_credentials(std::move(credentials))
    , m_region(std::move(region))
    , m_service(std::move(service))
    , m_options(options)
{ }

QByteArray AwsSigV4::signingKey(const QByteArray &date) const
{
    QByteArray prefixed = QByteArrayLiteral("AWS4");
    prefixed += m_credentials.secretKey.reveal();
    const Secret seed(std::move(prefixed));
    const QByteArray ofDate = hmac(borrowed(seed.reveal()), date);
    return hmac(hmac(hmac(ofDate, m_region), m_service), "aws4_request");
}

AwsSigV4::Steps AwsSigV4::steps(const AwsRequest &request, WallTime now) const
{
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(toUnixMs(now), Qt::UTC);
    const QByteArray date = time.toString(QStringLiteral("yyyyMMdd")).toLatin1();
    const QByteArray stamp = date + time.toString(QStringLiteral("'T'hhmmss'Z'")).toLatin1();
    const QByteArray bodyHash = sha256Hex(request.body);

    Steps steps;
    steps.added.add("x-amz-date", stamp);
    if (m_options.sendBodyHash)
        steps.added.add("x-amz-content-sha256", bodyHash);
    Headers all = request.headers;
    for (const auto &[name, value] : steps.added)
        all.add(name, value);
    if (!m_credentials.sessionToken.isEmpty())
        all.add("x-amz-security-token", m_credentials.sessionToken.reveal().toByteArray());

    QByteArray lines;
    for (const auto &[name, value] : canonicalHeaders(all)) {
        lines += name + ':' + value + '\n';
        steps.signedHeaders += (steps.signedHeaders.isEmpty() ? "" : ";") + name;
    }
    steps.canonicalRequest = request.method + '\n' + canonicalPath(request.path, m_options.normalizePath)
                             + '\n' + canonicalQuery(request.query) + '\n' + lines + '\n'
                             + steps.signedHeaders + '\n' + bodyHash;
    steps.scope = date + '/' + m_region + '/' + m_service + "/aws4_request";
    steps.stringToSign = kAlgorithm.toByteArray() + '\n' + stamp + '\n' + steps.scope + '\n'
                         + sha256Hex(steps.canonicalRequest);
    steps.signature = hmac(signingKey(date), steps.stringToSign).toHex();
    return steps;
}

std::vector<std::pair<QByteArray, Secret>> AwsSigV4::sign(const AwsRequest &request, WallTime now) const
{
    const Steps made = steps(request, now);
    std::vector<std::pair<QByteArray, Secret>> fields;
    for (const auto &[name, value] : made.added)
        fields.emplace_back(name, Secret(QByteArray(value)));
    if (!m_credentials.sessionToken.isEmpty())
        fields.emplace_back("x-amz-security-token", m_credentials.sessionToken);
    QByteArray authorization = kAlgorithm.toByteArray();
    authorization += " Credential=" + m_credentials.accessKeyId + '/' + made.scope;
    authorization += ", SignedHeaders=" + made.signedHeaders + ", Signature=" + made.signature;
    fields.emplace_back("authorization", Secret(std::move(authorization)));
    return fields;
}

} // namespace fairlead::providers

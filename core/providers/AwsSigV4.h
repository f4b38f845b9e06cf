// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Headers.h"
#include "base/Result.h"
#include "base/Secret.h"

#include <QByteArray>
#include <QByteArrayView>

#include <utility>
#include <vector>

namespace fairlead::providers {

/// AWS access keys, kept as one secret: "ACCESS_KEY_ID:SECRET_ACCESS_KEY", with ":SESSION_TOKEN" behind it
/// where they are temporary; or the JSON object that `aws configure export-credentials` prints.
struct AwsCredentials {
    QByteArray accessKeyId; ///< names the key, is none
    Secret secretKey;
    Secret sessionToken; ///< empty for keys that last

    /// The error says what the form is; it never repeats the key.
    [[nodiscard]] static Result<AwsCredentials> parse(const Secret &key);
};

/// What of a request is signed: everything that decides what it does.
struct AwsRequest {
    QByteArray method;
    QByteArray path; ///< as it goes out, percent-encoding and all, without the query
    QByteArray query; ///< as it goes out, without '?'
    Headers headers; ///< those to sign; "host" among them
    QByteArrayView body;
};

/// AWS's Signature Version 4
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), for every
/// service but S3, whose paths are encoded otherwise.
class AwsSigV4
{
public:
    struct Options {
        bool normalizePath = true; ///< take "." and ".." out of the path, as all services but S3 do
        bool sendBodyHash = false; ///< also as x-amz-content-sha256
    };

    AwsSigV4(AwsCredentials credentials, QByteArray region, QByteArray service)
        : AwsSigV4(std::move(credentials), std::move(region), std::move(service), Options())
    { }
    AwsSigV4(AwsCredentials credentials, QByteArray region, QByteArray service, Options options);

    /// The header fields to add to the request: x-amz-date and kin, and the authorization.
    [[nodiscard]] std::vector<std::pair<QByteArray, Secret>>
    sign(const AwsRequest &request, WallTime now) const;

    /// The steps in between, for the test suite's sake.
    struct Steps {
        QByteArray canonicalRequest;
        QByteArray stringToSign;
        QByteArray signature;
        QByteArray signedHeaders;
        QByteArray scope;
        Headers added; ///< without secrets
    };
    [[nodiscard]] Steps steps(const AwsRequest &request, WallTime now) const;

private:
    [[nodiscard]] QByteArray signingKey(const QByteArray &date) const;

    AwsCredentials m_credentials;
    QByteArray m_region;
    QByteArray m_service;
    Options m_options;
};

} // namespace fairlead::providers

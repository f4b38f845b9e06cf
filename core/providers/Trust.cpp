// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/ProviderSpec.h"

#include <QFile>
#include <QSslCertificate>

namespace fairlead::providers {

Result<std::shared_ptr<const QSslConfiguration>> trusting(const QString &caFile)
{
    QFile file(caFile);
    if (!file.open(QIODevice::ReadOnly))
        return fail(
            ErrorKind::Invalid,
            "\"ca_file\": cannot read " + caFile.toUtf8() + ": " + file.errorString().toUtf8());
    const QList<QSslCertificate> own = QSslCertificate::fromDevice(&file, QSsl::Pem);
    if (own.isEmpty())
        return fail(
            ErrorKind::Invalid, "\"ca_file\": there is no certificate in PEM form in " + caFile.toUtf8());
    QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
    // Added, not set: that keeps Qt looking up the system's own one by one, when a server needs them.
    configuration.addCaCertificates(own);
    return std::make_shared<const QSslConfiguration>(std::move(configuration));
}

} // namespace fairlead::providers

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ServerTls.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslKey>

namespace fairlead::gateway {

namespace {

Result<QByteArray> read(const QString &path)
{
    constexpr qint64 kMost = 1024 * 1024;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(
            ErrorKind::NotFound,
            "The file " + path.toUtf8() + " of \"tls\" cannot be read: " + file.errorString().toUtf8());
    return file.read(kMost);
}

/// PEM names the kind only for the older forms.
QSslKey keyOf(const QByteArray &pem)
{
    for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec, QSsl::Dsa}) {
        QSslKey key(pem, algorithm);
        if (!key.isNull())
            return key;
    }
    return QSslKey();
}

} // namespace

Result<QSslConfiguration> serverTls(const config::ServerConfig::Tls &files)
{
    const auto chainText = read(files.certFile);
    if (!chainText)
        return fail(chainText.error());
    const auto keyText = read(files.keyFile);
    if (!keyText)
        return fail(keyText.error());
    const QList<QSslCertificate> chain = QSslCertificate::fromData(*chainText, QSsl::Pem);
    if (chain.isEmpty())
        return fail(ErrorKind::Invalid, files.certFile.toUtf8() + " holds no certificate in PEM form");
    const QSslKey key = keyOf(*keyText);
    if (key.isNull())
        return fail(
            ErrorKind::Invalid,
            files.keyFile.toUtf8() + " holds no private key in PEM form without passphrase");
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificateChain(chain);
    tls.setPrivateKey(key);
    tls.setPeerVerifyMode(QSslSocket::VerifyNone); // tokens say who calls
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    return tls;
}

QStringList namesOf(const QSslConfiguration &tls)
{
    QStringList names;
    const auto all = tls.localCertificate().subjectAlternativeNames();
    for (const QString &name : all.values(QSsl::DnsEntry)) {
        if (!name.contains(QLatin1Char('*')))
            names.append(name);
    }
    return names;
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/Rs256.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

namespace fairlead::providers {

namespace {

template<auto Free>
struct Freed {
    template<typename T>
    void operator()(T *object) const
    {
        Free(object);
    }
};

using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

/// Without this OpenSSL would ask for a password on the terminal.
int noPassword(char *, int, int, void *)
{
    return -1;
}

Key readKey(const Secret &pem)
{
    const QByteArrayView text = pem.reveal();
    const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    return bio ? Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassword, nullptr)) : Key();
}

} // namespace

Result<QByteArray> signRs256(const Secret &privateKeyPem, QByteArrayView message)
{
    const Key key = readKey(privateKeyPem);
    if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        ERR_clear_error();
        return fail(ErrorKind::Invalid, "its private key is no RSA key in PEM form");
    }
    const Context context(EVP_MD_CTX_new());
    const auto *bytes = reinterpret_cast<const unsigned char *>(message.data());
    const auto length = static_cast<std::size_t>(message.size());
    std::size_t size = 0;
    const bool ready = context
                       && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1
                       && EVP_DigestSign(context.get(), nullptr, &size, bytes, length) == 1;
    QByteArray signature(static_cast<qsizetype>(size), '\0');
    const bool done
        = ready
          && EVP_DigestSign(
                 context.get(), reinterpret_cast<unsigned char *>(signature.data()), &size, bytes, length)
                 == 1;
    if (!done) {
        ERR_clear_error();
        return fail(ErrorKind::Internal, "signing with its private key failed");
    }
    signature.truncate(static_cast<qsizetype>(size));
    return signature;
}

} // namespace fairlead::providers

// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Refusals.h"

namespace fairlead::routing {

namespace {

using chat::Failure;
using chat::FailureClass;

/// What a strict route does not let pass.
QByteArray lostFields(const wire::Losses &losses)
{
    QByteArray fields;
    for (const wire::Loss &loss : losses.list()) {
        if (!loss.harmless)
            fields += (fields.isEmpty() ? "" : ", ") + loss.field;
    }
    return fields;
}

} // namespace

Failure foreignKey(const providers::ProviderSpec &provider, const secrets::LoadedKey &key)
{
    QByteArray owners;
    for (const QByteArray &owner : key.looksLike)
        owners += (owners.isEmpty() ? "" : " or ") + owner;
    Failure failure(
        FailureClass::Credential, 0,
        "The key for " + provider.name.toUtf8() + " looks like one of " + owners
            + ", so it was not sent. Store the right one with: fairleadctl key set " + provider.id
            + " (if it is right all the same, give the provider's \"base_url\" in the config)");
    failure.code = "key_of_another_provider";
    return failure;
}

Failure keyMissing(const providers::ProviderSpec &provider)
{
    Failure failure(
        FailureClass::Credential, 0,
        "There is no key for " + provider.name.toUtf8()
            + " yet. Add one in the window under Providers & keys, or with:"
              " fairleadctl key set "
            + provider.id);
    failure.code = "key_missing";
    return failure;
}

std::optional<Failure> tooLossy(const Target &target, const wire::Losses &losses)
{
    if (!target.strict)
        return std::nullopt;
    const QByteArray fields = lostFields(losses);
    if (fields.isEmpty())
        return std::nullopt;
    Failure failure(
        FailureClass::CallerFault, 400,
        target.provider->name.toUtf8() + " cannot be sent all of this request (" + fields
            + "), and its route is strict. Leave that out, or set \"strict\": false on the route.");
    failure.code = QByteArrayLiteral("lossy_translation");
    failure.param = fields.left(fields.contains(',') ? fields.indexOf(',') : fields.size());
    return failure;
}

} // namespace fairlead::routing

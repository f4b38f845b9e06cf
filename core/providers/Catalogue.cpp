// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/ProviderSpec.h"

namespace fairlead::providers {

Result<Authentication> Authentication::byName(QByteArrayView name)
{
    Authentication made;
    if (name == QByteArrayView("bearer"))
        return made;
    made.prefix.clear();
    if (name == QByteArrayView("none"))
        made.header.clear();
    else if (name == QByteArrayView("x-api-key") || name == QByteArrayView("x-goog-api-key") || name == QByteArrayView("api-key"))
        made.header = name.toByteArray();
    else
        return fail(
            ErrorKind::Invalid,
            "\"" + name.toByteArray() + "\" is no way to authenticate; there are bearer, x-api-key, x-goog-api-key, api-key"
                                        " and none");
    return made;
}

const Catalogue &Catalogue::builtIn()
{
    static const Catalogue catalogue;
    return catalogue;
}

const ProviderSpec *Catalogue::find(QByteArrayView) const
{
    return nullptr;
}

std::vector<QByteArray> Catalogue::providersMatchingKey(QByteArrayView) const
{
    return {};
}

} // namespace fairlead::providers

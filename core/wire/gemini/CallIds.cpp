// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/CallIds.h"

#include <QCryptographicHash>

#include <algorithm>
#include <array>

namespace fairlead::wire::gemini {

QByteArray madeUpCallId(QByteArrayView seed, int choice, int index)
{
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData(seed.toByteArray());
    QByteArray id = "call_" + hash.result().toHex().left(20);
    if (choice > 0)
        id += "_c" + QByteArray::number(choice);
    return id + '_' + QByteArray::number(index);
}

bool isOwnCallId(QByteArrayView id)
{
    static constexpr std::array<QByteArrayView, 5> kOthers{
        "call_", "toolu_", "srvtoolu_", "fc_", "chatcmpl-"};
    return !id.isEmpty() && std::none_of(kOthers.begin(), kOthers.end(), [&](QByteArrayView prefix) {
        return id.startsWith(prefix);
    });
}

} // namespace fairlead::wire::gemini

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/RoleName.h"

namespace fairlead::wire {

QByteArrayView roleName(chat::Role role)
{
    switch (role) {
    case chat::Role::System:
    case chat::Role::Developer:
        return "system";
    case chat::Role::User:
        return "user";
    case chat::Role::Assistant:
        return "assistant";
    case chat::Role::Tool:
        return "tool";
    }
    Q_UNREACHABLE();
}

} // namespace fairlead::wire

// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Opening.h"

namespace fairlead::routing {

Opening inspect(const providers::Piece &piece)
{
    Opening opening;
    for (const chat::ChatEvent &event : piece.events) {
        if (const auto *failed = std::get_if<chat::Failed>(&event)) {
            if (!opening.committed)
                opening.failure = failed->failure;
            return opening;
        }
        const bool saysNothingYet = std::holds_alternative<chat::Started>(event)
                                    || std::holds_alternative<chat::UsageReport>(event);
        if (!saysNothingYet)
            opening.committed = true;
    }
    if (piece.last)
        opening.committed = true;
    return opening;
}

} // namespace fairlead::routing

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/OneShotReader.h"

namespace fairlead::gateway {

void OneShotReader::feed(QByteArrayView bytes, std::vector<chat::ChatEvent> &events)
{
    m_read = true;
    auto usage = read(bytes);
    if (!usage)
        events.emplace_back(chat::Failed(std::move(usage.error())));
    else if (!usage->isEmpty())
        events.emplace_back(chat::UsageReport(std::move(*usage)));
}

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"

#include <algorithm>

namespace fairlead::config {

ProviderConfig *Config::provider(QByteArrayView id)
{
    const auto found = std::find_if(
        providers.begin(), providers.end(), [id](const ProviderConfig &entry) { return entry.id == id; });
    return found == providers.end() ? nullptr : &*found;
}

} // namespace fairlead::config

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

AppConfig *Config::app(QByteArrayView name)
{
    const auto found = std::find_if(
        apps.begin(), apps.end(), [name](const AppConfig &entry) { return entry.name == name; });
    return found == apps.end() ? nullptr : &*found;
}

} // namespace fairlead::config

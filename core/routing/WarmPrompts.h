// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <QByteArray>
#include <QHash>

#include <optional>

namespace fairlead::routing {

/// Where conversations were last answered: there the provider still has their prompt in its cache, which
/// makes the next turn cheaper and its first token sooner.
class WarmPrompts
{
public:
    struct Place {
        QByteArray provider;
        QByteArray model;
        std::int64_t tokens = 0; ///< of prompt and answer; 0 = not known
    };

    explicit WarmPrompts(Clock &clock)
        : m_clock(clock)
    { }

    void answered(const QByteArray &conversation, Place place);
    /// nullopt = nowhere, or too long ago.
    [[nodiscard]] std::optional<Place> find(const QByteArray &conversation) const;

    /// Providers keep a prompt for five to ten minutes after its last use, unless paid for more.
    static constexpr std::chrono::minutes kWarm{10};
    static constexpr int kMost = 4'096;

private:
    struct Entry {
        Place place;
        SteadyTime at;
    };
    void makeRoom();

    Clock &m_clock;
    QHash<QByteArray, Entry> m_entries;
};

} // namespace fairlead::routing

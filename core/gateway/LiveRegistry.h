// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "gateway/Gateway.h"

#include <functional>
#include <list>
#include <vector>

namespace fairlead::gateway {

/// Requests that are running now, on the gateway thread.
class LiveRegistry
{
    struct Entry {
        LiveExchange exchange;
        CancelSource cancel;
    };

public:
    /// Where a request stands in the registry, until it is removed.
    using Place = std::list<Entry>::iterator;

    /// Called on every change; must be cheap (it marks a snapshot as due).
    void setChangedCallback(std::function<void()> changed) { m_changed = std::move(changed); }

    [[nodiscard]] Place add(LiveExchange exchange, CancelSource cancel);
    template<typename Change>
    void update(Place place, const Change &change)
    {
        change(place->exchange);
        changed();
    }
    void remove(Place place);

    void cancel(const QByteArray &id, CancelReason reason);
    void cancelAll(CancelReason reason);

    [[nodiscard]] std::vector<LiveExchange> snapshot() const;
    [[nodiscard]] int count() const { return static_cast<int>(m_entries.size()); }

private:
    void changed() const;

    std::list<Entry> m_entries;
    std::function<void()> m_changed;
};

} // namespace fairlead::gateway

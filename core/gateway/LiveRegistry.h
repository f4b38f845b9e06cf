// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "gateway/Gateway.h"

#include <QHash>

#include <functional>
#include <vector>

namespace fairlead::gateway {

/// Requests that are running now, on the gateway thread.
class LiveRegistry
{
public:
    /// Called on every change; must be cheap (it marks a snapshot as due).
    void setChangedCallback(std::function<void()> changed) { m_changed = std::move(changed); }

    void add(LiveExchange exchange, CancelSource cancel);
    void update(const QByteArray &id, const std::function<void(LiveExchange &)> &change);
    void remove(const QByteArray &id);

    void cancel(const QByteArray &id, CancelReason reason);
    void cancelAll(CancelReason reason);

    [[nodiscard]] std::vector<LiveExchange> snapshot() const;
    [[nodiscard]] int count() const { return static_cast<int>(m_entries.size()); }

private:
    struct Entry {
        LiveExchange exchange;
        CancelSource cancel;
    };
    void changed() const;

    QHash<QByteArray, Entry> m_entries;
    std::function<void()> m_changed;
};

} // namespace fairlead::gateway

// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Cancel.h"

#include <algorithm>
#include <vector>

namespace fairlead {

namespace detail {

struct CancelState {
    struct Entry {
        quint64 id = 0;
        std::function<void()> callback;
    };

    CancelReason reason = CancelReason::None;
    quint64 lastId = 0;
    std::vector<Entry> entries; // nearly always one or two
};

} // namespace detail

CancelRegistration::CancelRegistration(std::weak_ptr<detail::CancelState> state, quint64 id)
    : m_state(std::move(state))
    , m_id(id)
{ }

CancelRegistration::CancelRegistration(CancelRegistration &&other) noexcept
    : m_state(std::move(other.m_state))
    , m_id(std::exchange(other.m_id, 0))
{ }

CancelRegistration &CancelRegistration::operator=(CancelRegistration &&other) noexcept
{
    if (this != &other) {
        reset();
        m_state = std::move(other.m_state);
        m_id = std::exchange(other.m_id, 0);
    }
    return *this;
}

CancelRegistration::~CancelRegistration()
{
    reset();
}

void CancelRegistration::reset()
{
    const quint64 id = std::exchange(m_id, 0);
    if (id == 0)
        return;
    if (const auto state = m_state.lock())
        std::erase_if(state->entries, [id](const auto &entry) { return entry.id == id; });
    m_state.reset();
}

CancelToken::CancelToken(std::shared_ptr<detail::CancelState> state)
    : m_state(std::move(state))
{ }

bool CancelToken::isCancelled() const
{
    return m_state && m_state->reason != CancelReason::None;
}

CancelReason CancelToken::reason() const
{
    return m_state ? m_state->reason : CancelReason::None;
}

CancelRegistration CancelToken::onCancel(std::function<void()> callback) const
{
    if (!m_state)
        return CancelRegistration();
    if (isCancelled()) {
        callback();
        return CancelRegistration();
    }
    const quint64 id = ++m_state->lastId;
    m_state->entries.push_back({id, std::move(callback)});
    return CancelRegistration(m_state, id);
}

CancelSource::CancelSource()
    : m_state(std::make_shared<detail::CancelState>())
{ }

CancelToken CancelSource::token() const
{
    return CancelToken(m_state);
}

void CancelSource::cancel(CancelReason reason) const
{
    const auto state = m_state; // a callback may destroy this source
    if (state->reason != CancelReason::None)
        return;
    state->reason = reason;
    // One at a time from the front: a callback may remove others.
    while (!state->entries.empty()) {
        const auto callback = std::move(state->entries.front().callback);
        state->entries.erase(state->entries.begin());
        callback();
    }
}

bool CancelSource::isCancelled() const
{
    return m_state->reason != CancelReason::None;
}

} // namespace fairlead

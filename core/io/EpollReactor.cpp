// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/EpollReactor.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace fairlead::io {

namespace {

// Events taken per turn. What is left makes the notifier fire again, after Qt has seen to its timers and
// posted events.
constexpr int BatchSize = 128;

constexpr EpollReactor::Key makeKey(quint32 index, quint32 generation)
{
    return (EpollReactor::Key(generation) << 32) | index;
}
constexpr quint32 indexOf(EpollReactor::Key key)
{
    return static_cast<quint32>(key);
}
constexpr quint32 generationOf(EpollReactor::Key key)
{
    return static_cast<quint32>(key >> 32);
}

} // namespace

std::shared_ptr<EpollReactor> EpollReactor::create()
{
    const int descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (descriptor < 0)
        return nullptr;
    return std::shared_ptr<EpollReactor>(new EpollReactor(descriptor));
}

EpollReactor::EpollReactor(int descriptor)
    : m_descriptor(descriptor)
    , m_notifier(descriptor, QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, [this] { dispatch(); });
}

EpollReactor::~EpollReactor()
{
    m_notifier.setEnabled(false);
    close(m_descriptor);
}

EpollReactor::Key EpollReactor::add(Source *source)
{
    if (m_freeSlots.empty()) {
        m_freeSlots.push_back(static_cast<quint32>(m_slots.size()));
        m_slots.emplace_back();
    }
    const quint32 index = m_freeSlots.back();
    m_freeSlots.pop_back();
    m_slots[index].source = source;
    return makeKey(index, m_slots[index].generation);
}

void EpollReactor::remove(Key key)
{
    if (!find(key))
        return;
    Slot &slot = m_slots[indexOf(key)];
    slot.source = nullptr;
    ++slot.generation;
    m_freeSlots.push_back(indexOf(key));
}

EpollReactor::Source *EpollReactor::find(Key key) const
{
    const quint32 index = indexOf(key);
    if (index >= m_slots.size() || m_slots[index].generation != generationOf(key))
        return nullptr;
    return m_slots[index].source;
}

bool EpollReactor::watch(int descriptor, Key key, quint32 events)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    return epoll_ctl(m_descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void EpollReactor::change(int descriptor, Key key, quint32 events)
{
    epoll_event event{};
    event.events = events;
    event.data.u64 = key;
    epoll_ctl(m_descriptor, EPOLL_CTL_MOD, descriptor, &event);
}

void EpollReactor::wake(Key key)
{
    m_woken.push_back(key);
    if (m_woken.size() == 1)
        QMetaObject::invokeMethod(
            this, [this] { runWoken(); }, Qt::QueuedConnection);
}

void EpollReactor::dispatch()
{
    const auto self = shared_from_this(); // a callback may drop the last stream and the factory
    std::array<epoll_event, BatchSize> events;
    const int count = epoll_wait(m_descriptor, events.data(), BatchSize, 0);
    m_gathers = count > 1;
    for (int i = 0; i < count; ++i) {
        if (Source *source = find(events[static_cast<std::size_t>(i)].data.u64))
            source->ready(events[static_cast<std::size_t>(i)].events);
    }
    m_gathers = false;
    for (const Key key : std::exchange(m_writers, {})) {
        if (Source *source = find(key))
            source->ready(EPOLLOUT);
    }
}

void EpollReactor::writeLater(Key key)
{
    m_writers.push_back(key);
}

void EpollReactor::runWoken()
{
    const auto self = shared_from_this();
    const std::vector<Key> woken = std::exchange(m_woken, {});
    for (const Key key : woken) {
        if (Source *source = find(key))
            source->ready(0);
    }
}

} // namespace fairlead::io

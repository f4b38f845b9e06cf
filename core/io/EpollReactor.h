// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>
#include <vector>

namespace fairlead::io {

/// One epoll set behind one QSocketNotifier: Qt's dispatcher polls a single descriptor, however many sockets
/// there are. Sources say whether they are level- or edge-triggered. Held by shared_ptr: streams may outlive
/// their factory.
class EpollReactor final : public QObject, public std::enable_shared_from_this<EpollReactor>
{
public:
    class Source
    {
    public:
        Source() = default;
        Q_DISABLE_COPY_MOVE(Source)
        /// epoll's event bits, or 0 after wake(). May destroy the source, others, and the factory.
        virtual void ready(quint32 events) = 0;

    protected:
        ~Source() = default;
    };
    /// Names a source for as long as it lives; never reused, so an event that was on its way to a dead source
    /// finds nobody.
    using Key = quint64;

    /// Null when the kernel refuses (no epoll, no descriptors left).
    [[nodiscard]] static std::shared_ptr<EpollReactor> create();
    ~EpollReactor() override;

    [[nodiscard]] Key add(Source *source);
    void remove(Key key);
    [[nodiscard]] Source *find(Key key) const;

    /// Closing the descriptor ends the watch.
    [[nodiscard]] bool watch(int descriptor, Key key, quint32 events);
    void change(int descriptor, Key key, quint32 events);
    /// Calls ready(0) from the event loop, soon.
    void wake(Key key);

    /// While several sources are ready, small writes wait for the end of the turn. A peer that wakes up at
    /// the first of them finds the others there too; one by one, each would cost two changes of process on
    /// the same machine.
    [[nodiscard]] bool gathers() const { return m_gathers; }
    /// Calls ready(EPOLLOUT) at the end of the turn.
    void writeLater(Key key);

private:
    struct Slot {
        Source *source = nullptr;
        quint32 generation = 0;
    };

    explicit EpollReactor(int descriptor);
    void dispatch();
    void runWoken();

    int m_descriptor;
    QSocketNotifier m_notifier;
    std::vector<Slot> m_slots;
    std::vector<quint32> m_freeSlots;
    std::vector<Key> m_woken;
    std::vector<Key> m_writers;
    bool m_gathers = false;
};

} // namespace fairlead::io

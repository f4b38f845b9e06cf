// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Task.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QTest>

#include <functional>
#include <memory>
#include <optional>

namespace fairlead::test {

/// Spins the event loop until `condition` holds; false after `limit`. Never sleeps longer than the next
/// event.
inline bool
waitUntil(const std::function<bool()> &condition, std::chrono::milliseconds limit = std::chrono::seconds(10))
{
    const QDeadlineTimer deadline(limit);
    while (!condition()) {
        if (deadline.hasExpired())
            return false;
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents, 5);
    }
    return true;
}

namespace detail {
template<typename T>
Task<> store(Task<T> task, std::shared_ptr<std::optional<T>> into)
{
    T value = co_await task;
    into->emplace(std::move(value));
}
inline Task<> store(Task<> task, std::shared_ptr<bool> into)
{
    co_await task;
    *into = true;
}
} // namespace detail

/// Runs a task to its end from a test function. The test aborts (with a message) if it does not end in time:
/// a hang must never look like a pass.
template<typename T>
T await(Task<T> task, std::chrono::milliseconds limit = std::chrono::seconds(20))
{
    auto result = std::make_shared<std::optional<T>>();
    auto runner = detail::store(std::move(task), result);
    if (!waitUntil([&] { return result->has_value(); }, limit))
        qFatal("await(): the task did not end in time");
    return std::move(**result);
}

inline void await(Task<> task, std::chrono::milliseconds limit = std::chrono::seconds(20))
{
    auto done = std::make_shared<bool>(false);
    auto runner = detail::store(std::move(task), done);
    if (!waitUntil([&] { return *done; }, limit))
        qFatal("await(): the task did not end in time");
}

} // namespace fairlead::test

// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Cancel.h"
#include "base/Headers.h"
#include "base/Ids.h"
#include "base/Secret.h"
#include "base/Task.h"
#include "support/Await.h"
#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

Task<int> awaitPromise(Promise<int> &promise)
{
    const int value = co_await promise.wait();
    co_return value + 1;
}

} // namespace

class BaseTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void promiseResolvesBeforeAndAfterAwait()
    {
        Promise<int> early;
        early.resolve(1);
        early.resolve(7); // the first value stands
        QCOMPARE(test::await(awaitPromise(early)), 2);

        Promise<int> late;
        auto task = awaitPromise(late);
        QVERIFY(late.isAwaited());
        late.resolve(41);
        QVERIFY(task.isReady());
        QCOMPARE(test::await(std::move(task)), 42);
    }

    void cancelCallsEachCallbackOnce()
    {
        CancelSource source;
        int calls = 0;
        const CancelToken token = source.token();
        auto kept = token.onCancel([&] { ++calls; });
        {
            auto dropped = token.onCancel([&] { calls += 100; });
        }
        CancelRegistration self = token.onCancel([&] { self.reset(); });
        source.cancel(CancelReason::ClientGone);
        source.cancel(CancelReason::Shutdown);
        QCOMPARE(calls, 1);
        QVERIFY(token.reason() == CancelReason::ClientGone);
        auto late = token.onCancel([&] { ++calls; });
        QCOMPARE(calls, 2);
        QVERIFY(!CancelToken().isCancelled());
    }

    void secretsAreWipedComparedAndHinted()
    {
        QByteArray text("sk-proj-0123456789abcdef");
        const Secret secret(std::move(text));
        QVERIFY(text.isEmpty()); // NOLINT(bugprone-use-after-move): that it is empty is the point
        QVERIFY(secret.equals("sk-proj-0123456789abcdef"));
        QVERIFY(!secret.equals("sk-proj-0123456789abcdeg"));
        QVERIFY(!secret.equals(""));
        QCOMPARE(secret.hint(), QByteArray("sk-…cdef"));
        QCOMPARE(Secret(QByteArray("short")).hint(), QByteArray("…"));
        QVERIFY(Secret().isEmpty());
    }

    void headersKeepOrderAndIgnoreCase()
    {
        Headers headers{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
        QCOMPARE(headers.value("content-type"), QByteArray("a"));
        QCOMPARE(headers.count("X"), qsizetype(2));
        headers.set("x", "3");
        QCOMPARE(headers.count("x"), qsizetype(1));
        QVERIFY(!headers.get("missing").has_value());
    }

    void idsSortByTime()
    {
        QVERIFY(newRequestId(1'780'000'000'000) < newRequestId(1'780'000'000'001));
        QVERIFY(newRequestId(5) != newRequestId(5));
        QCOMPARE(newRequestId(1'780'000'000'000).size(), qsizetype(24));
    }

    void manualClockFiresInOrderAndForgetsDroppedTimers()
    {
        test::ManualClock clock;
        QByteArray order;
        TimerHandle late = clock.after(20ms, [&] { order += 'b'; });
        TimerHandle early = clock.after(10ms, [&] { order += 'a'; });
        {
            TimerHandle dropped = clock.after(15ms, [&] { order += 'x'; });
        }
        clock.advance(9ms);
        QVERIFY(order.isEmpty());
        clock.advance(60s);
        QCOMPARE(order, QByteArray("ab"));
    }

    void systemClockFiresAndCancels()
    {
        SystemClock clock;
        bool fired = false;
        TimerHandle handle;
        handle = clock.after(1ms, [&] {
            fired = true;
            handle.cancel();
        });
        TimerHandle never = clock.after(0ms, [] { QFAIL("cancelled timers do not fire"); });
        never.cancel();
        QVERIFY(test::waitUntil([&] { return fired; }));
    }
};

QTEST_GUILESS_MAIN(BaseTest)
#include "BaseTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RetryPolicy.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::Failure;
using chat::FailureClass;
using Action = Decision::Action;

Q_DECLARE_METATYPE(fairlead::chat::FailureClass)
Q_DECLARE_METATYPE(fairlead::routing::Decision::Action)

class RetryPolicyTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyClassHasOneRule_data()
    {
        QTest::addColumn<FailureClass>("failureClass");
        QTest::addColumn<Action>("withTarget"); // another target is left, no other key
        QTest::addColumn<Action>("alone"); // nothing else is left, but retries are
        QTest::addColumn<Action>("withKey"); // another key and another target are left
        const auto row = [](FailureClass failureClass, Action withTarget, Action alone, Action withKey) {
            QTest::newRow(chat::failureClassName(failureClass).constData())
                << failureClass << withTarget << alone << withKey;
        };
        row(FailureClass::Credential, Action::NextTarget, Action::Stop, Action::NextKey);
        row(FailureClass::Permission, Action::NextTarget, Action::Stop, Action::NextKey);
        row(FailureClass::Quota, Action::NextTarget, Action::Stop, Action::NextKey);
        row(FailureClass::RateLimit, Action::NextTarget, Action::RetryHere, Action::NextKey);
        row(FailureClass::CallerFault, Action::Stop, Action::Stop, Action::Stop);
        row(FailureClass::ContextLength, Action::LargerTarget, Action::Stop, Action::LargerTarget);
        row(FailureClass::ContentPolicy, Action::Stop, Action::Stop, Action::Stop);
        row(FailureClass::ModelMissing, Action::NextTarget, Action::Stop, Action::NextTarget);
        row(FailureClass::Overloaded, Action::NextTarget, Action::RetryHere, Action::NextTarget);
        row(FailureClass::Transient, Action::RetryHere, Action::RetryHere, Action::RetryHere);
        row(FailureClass::Connection, Action::NextTarget, Action::RetryHere, Action::NextTarget);
        row(FailureClass::TimedOut, Action::NextTarget, Action::Stop, Action::NextTarget);
        row(FailureClass::Protocol, Action::NextTarget, Action::RetryHere, Action::NextTarget);
        row(FailureClass::Cancelled, Action::Stop, Action::Stop, Action::Stop);
        row(FailureClass::Internal, Action::Stop, Action::Stop, Action::Stop);
    }
    void everyClassHasOneRule()
    {
        QFETCH(FailureClass, failureClass);
        QFETCH(Action, withTarget);
        QFETCH(Action, alone);
        QFETCH(Action, withKey);
        const Failure failure(failureClass, 0, "x");

        Remaining target;
        target.moreTargets = true;
        target.retriesHere = 2;
        QVERIFY(decide(failure, target, 0.5).action == withTarget);

        Remaining nothing;
        nothing.retriesHere = 2;
        QVERIFY(decide(failure, nothing, 0.5).action == alone);

        Remaining key = target;
        key.moreKeys = true;
        QVERIFY(decide(failure, key, 0.5).action == withKey);

        // With everything spent, nothing goes on.
        QVERIFY(decide(failure, Remaining(), 0.5).action == Action::Stop);
    }

    void aHiccupIsRetriedOnceBeforeTheNext()
    {
        Remaining remaining;
        remaining.moreTargets = true;
        remaining.retriesHere = 2;
        Failure failure(FailureClass::RateLimit, 429, "x");
        failure.retryAfter = 2s;
        QVERIFY(decide(failure, remaining, 0).action == Action::RetryHere);
        failure.retryAfter = 4s; // another is faster than that
        QVERIFY(decide(failure, remaining, 0).action == Action::NextTarget);
        Failure lost(FailureClass::Connection, 0, "x");
        lost.code = "lost_before_answer";
        QVERIFY(decide(lost, remaining, 0).action == Action::RetryHere);
        remaining.retriesMade = 1;
        QVERIFY(decide(lost, remaining, 0).action == Action::NextTarget);
    }

    void everyFailureHurtsTheRightOne()
    {
        QVERIFY(blameOf(FailureClass::Credential) == Blame::Key);
        QVERIFY(blameOf(FailureClass::Quota) == Blame::Key);
        QVERIFY(blameOf(FailureClass::RateLimit) == Blame::Key);
        QVERIFY(blameOf(FailureClass::CallerFault) == Blame::Nobody);
        QVERIFY(blameOf(FailureClass::ContentPolicy) == Blame::Nobody);
        QVERIFY(blameOf(FailureClass::ContextLength) == Blame::Nobody);
        QVERIFY(blameOf(FailureClass::Overloaded) == Blame::Target);
        QVERIFY(blameOf(FailureClass::TimedOut) == Blame::Target);
        QVERIFY(passesWithTime(FailureClass::Overloaded));
        QVERIFY(!passesWithTime(FailureClass::Quota));
    }

    void retryAfterIsObeyedOrPassedOn()
    {
        Failure failure(FailureClass::RateLimit, 429, "x");
        Remaining remaining;
        remaining.retriesHere = 1;
        failure.retryAfter = 2500ms;
        QVERIFY(decide(failure, remaining, 0).wait == 2500ms);
        failure.retryAfter = 9s;
        QVERIFY(decide(failure, remaining, 0).action == Action::Stop);
        failure.retryAfter.reset();
        failure.shouldRetry = false;
        QVERIFY(decide(failure, remaining, 0).action == Action::Stop);
    }

    void backOffGrowsAndIsBounded()
    {
        const Failure failure(FailureClass::Transient, 500, "x");
        Remaining remaining;
        remaining.retriesHere = 99;
        milliseconds before{0};
        for (int made = 0; made < 5; ++made) {
            remaining.retriesMade = made;
            const auto least = decide(failure, remaining, 0).wait;
            const auto most = decide(failure, remaining, 0.999).wait;
            QVERIFY(least > before / 2);
            QVERIFY(least <= most);
            before = most;
        }
        remaining.retriesMade = 1000;
        QVERIFY(decide(failure, remaining, 0.999).wait <= 4s);
    }

private:
    using milliseconds = std::chrono::milliseconds;
};

QTEST_GUILESS_MAIN(RetryPolicyTest)
#include "RetryPolicyTest.moc"

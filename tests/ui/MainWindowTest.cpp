// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/MainWindow.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "ui/NavigationRail.h"
#include "ui/RailButton.h"
#include "ui/StatusStrip.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QScrollBar>
#include <QTest>
#include <QToolButton>

using namespace fairlead;
using namespace fairlead::ui;

namespace {

/// What a screen reader would say of it.
bool isNamed(const QWidget &widget)
{
    if (!widget.accessibleName().isEmpty())
        return true;
    if (const auto *button = qobject_cast<const QAbstractButton *>(&widget))
        return !button->text().isEmpty();
    return false;
}

} // namespace

class MainWindowTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_gateway = std::make_unique<test::FakeGateway>();
        m_gateway->addModel("demo", "fast");
        m_gateway->startServer();
        m_window = std::make_unique<MainWindow>(*m_gateway);
        m_window->show();
    }
    void cleanup()
    {
        m_window.reset();
        m_gateway.reset();
    }

    void opensEveryPageByItsId()
    {
        for (const PageEntry &entry : pageRegistry()) {
            QVERIFY(m_window->openPage(entry.id));
            QCOMPARE(m_window->currentPage(), QByteArray(entry.id));
            QVERIFY(m_window->page(entry.id)->isVisible());
            auto *button
                = m_window->findChild<RailButton *>(QLatin1String("rail.") + QLatin1String(entry.id));
            QVERIFY(button && button->isChecked());
        }
        QVERIFY(!m_window->openPage("nowhere"));
        QVERIFY(!m_window->page("nowhere"));
    }

    void pageShortcutsFollowTheRail()
    {
        int place = 0;
        for (const PageEntry &entry : pageRegistry()) {
            const QKeySequence keys(QStringLiteral("Ctrl+%1").arg(++place));
            const auto actions = m_window->actions();
            const auto it = std::find_if(
                actions.begin(), actions.end(), [&](const QAction *a) { return a->shortcut() == keys; });
            QVERIFY(it != actions.end());
            (*it)->trigger();
            QCOMPARE(m_window->currentPage(), QByteArray(entry.id));
        }
    }

    void everyFocusableWidgetHasAName()
    {
        test::fillWithDemoContent(*m_gateway);
        for (const PageEntry &entry : pageRegistry()) {
            m_window->openPage(entry.id);
            m_window->page(entry.id)->showDemo();
        }
        for (const QWidget *widget : m_window->findChildren<QWidget *>()) {
            // A spin box speaks for the line edit in it.
            const bool hasProxy = widget->focusProxy() != nullptr;
            if (!(widget->focusPolicy() & Qt::TabFocus) || hasProxy || qobject_cast<const QScrollBar *>(widget))
                continue;
            QVERIFY2(
                isNamed(*widget),
                qPrintable(QStringLiteral("%1 '%2' in '%3'")
                               .arg(
                                   QLatin1String(widget->metaObject()->className()), widget->objectName(),
                                   widget->parentWidget()
                                       ? QLatin1String(widget->parentWidget()->metaObject()->className())
                                       : QLatin1String())));
        }
    }

    void railCollapsesAndRemembers()
    {
        auto *rail = m_window->findChild<NavigationRail *>();
        const int wide = rail->sizeHint().width();
        const auto actions = m_window->actions();
        const auto it = std::find_if(actions.begin(), actions.end(), [](const QAction *a) {
            return a->shortcut() == QKeySequence(QStringLiteral("Ctrl+B"));
        });
        QVERIFY(it != actions.end());
        (*it)->trigger();
        QVERIFY(rail->isCollapsed());
        QVERIFY(rail->sizeHint().width() < wide / 2 + 20);
        m_window->close();
        m_window = std::make_unique<MainWindow>(*m_gateway);
        QVERIFY(m_window->findChild<NavigationRail *>()->isCollapsed());
    }

    void statusTellsTheProxyAndCopiesItsAddress()
    {
        auto *server = m_window->findChild<QToolButton *>(QStringLiteral("status.proxy"));
        QVERIFY(server->text().contains(QStringLiteral("127.0.0.1:5323")));
        QToolButton *copy = nullptr;
        for (QToolButton *button : m_window->findChild<StatusStrip *>()->findChildren<QToolButton *>()) {
            if (button->text().isEmpty() && !button->icon().isNull())
                copy = button;
        }
        QVERIFY(copy);
        QTest::mouseClick(copy, Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("http://127.0.0.1:5323"));
        m_gateway->stopServer();
        QVERIFY(!server->text().contains(QStringLiteral("5323")));
        QVERIFY(!copy->isVisible());
        m_gateway->status.error = QStringLiteral("Port 5323 is taken. Choose another.");
        m_gateway->setServerState(gateway::ServerStatus::State::Failed);
        QCOMPARE(server->toolTip(), m_gateway->status.error);
    }

    void statusTellsTodaysSpend()
    {
        auto *spend = m_window->findChild<QToolButton *>(QStringLiteral("status.spend"));
        QVERIFY(test::waitUntil([&] { return spend->text().contains(QLatin1Char('$')); }));
        metering::LedgerRecord record;
        record.id = QByteArrayLiteral("req_new");
        record.startedMs = QDateTime::currentMSecsSinceEpoch();
        record.provider = QByteArrayLiteral("openai");
        record.model = QByteArrayLiteral("gpt-5.6-sol");
        record.cost = NanoUsd(1'234'000'000'000);
        m_gateway->ledger().append(record);
        QVERIFY(test::waitUntil([&] { return spend->text().contains(QStringLiteral("1,2")); }));
    }

    void memoryOnlyKeysAreSaid()
    {
        m_gateway->store = secrets::StoreInfo{
            secrets::StoreInfo::Kind::Memory, false, QStringLiteral("memory only"),
            QStringLiteral("No keychain answered.")};
        Q_EMIT m_gateway->providersChanged();
        auto *keys = m_window->findChild<QToolButton *>(QStringLiteral("status.keys"));
        QVERIFY(keys->text().contains(QStringLiteral("memory")));
        QCOMPARE(keys->toolTip(), QStringLiteral("No keychain answered."));
    }

private:
    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<MainWindow> m_window;
};

QTEST_MAIN(MainWindowTest)
#include "MainWindowTest.moc"

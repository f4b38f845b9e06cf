// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/ProxyPage.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "ui/models/AppModel.h"
#include "ui/models/LiveModel.h"
#include "ui/proxy/ServerCard.h"
#include "ui/proxy/TokenDialog.h"
#include "ui/widgets/CopyField.h"
#include "ui/widgets/DataTable.h"
#include "ui/widgets/InlineMessage.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace fairlead;
using namespace fairlead::ui;
using gateway::ServerStatus;

class ProxyPageTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_settings
            = std::make_unique<QSettings>(m_dir->filePath(QStringLiteral("w.ini")), QSettings::IniFormat);
        m_gateway = std::make_unique<test::FakeGateway>();
        test::fillWithDemoContent(*m_gateway);
        m_page = std::make_unique<ProxyPage>(PageContext{*m_gateway, *m_settings});
        m_page->resize(1200, 800);
        m_page->show();
    }
    void cleanup()
    {
        m_page.reset();
        m_gateway.reset();
    }

    void liveRowsFollowTheSnapshot()
    {
        LiveModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<gateway::LiveExchange> exchanges(2);
        exchanges[0].id = "req_1";
        exchanges[0].startedMs = 1'000;
        exchanges[0].modelAsked = "smart";
        exchanges[1].id = "req_2";
        exchanges[1].startedMs = 2'000;
        model.apply(exchanges);
        QCOMPARE(model.idAt(0), QByteArray("req_2"));
        QCOMPARE(cell(model, 1, LiveModel::Served), QStringLiteral("—"));
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
        exchanges[0].provider = "openai";
        exchanges[0].model = "gpt-5.6-sol";
        exchanges[0].phase = gateway::LiveExchange::Phase::Streaming;
        model.apply(exchanges);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(cell(model, 1, LiveModel::Served), QStringLiteral("openai/gpt-5.6-sol"));
        QCOMPARE(cell(model, 1, LiveModel::Phase), QStringLiteral("Answering"));
        model.setNow(3'400);
        QCOMPARE(cell(model, 1, LiveModel::Since), QStringLiteral("2.4 s"));
        exchanges.erase(exchanges.begin() + 1);
        model.apply(exchanges);
        QCOMPARE(removed.size(), 1);
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(model.idAt(7), QByteArray());
    }

    void appsTellWhenTheyWereSeen()
    {
        AppModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<gateway::AppInfo> apps(3);
        apps[0].name = "editor";
        apps[0].tokenHint = "9f2c";
        apps[0].lastSeenMs = 1'780'000'000'000;
        apps[1].name = "ci";
        apps[1].fromConfig = true;
        apps[2].name = "old";
        apps[2].revoked = true;
        model.setNow(1'780'000'000'000 + 3 * 60'000);
        model.apply(apps);
        QCOMPARE(model.rowCount(), 2);
        QCOMPARE(cell(model, 0, AppModel::Token), QStringLiteral("…9f2c"));
        QCOMPARE(cell(model, 0, AppModel::LastSeen), QStringLiteral("3 min ago"));
        QVERIFY(!model.index(0, AppModel::LastSeen).data(Qt::ToolTipRole).toString().isEmpty());
        QCOMPARE(cell(model, 1, AppModel::Token), QStringLiteral("from the environment"));
        QCOMPARE(cell(model, 1, AppModel::LastSeen), QStringLiteral("—"));
    }

    void theStateIsSaidAndSwitched()
    {
        auto *state = m_page->findChild<QLabel *>(QStringLiteral("proxy.state"));
        QPushButton *toggle = button("proxy.switch");
        QCOMPARE(state->text(), QStringLiteral("The proxy is on"));
        QCOMPARE(toggle->text(), QStringLiteral("Stop"));
        toggle->click();
        QCOMPARE(state->text(), QStringLiteral("The proxy is off"));
        toggle->click();
        QCOMPARE(m_gateway->serverStatus().state, ServerStatus::State::Running);
    }

    void addressAndExampleAreCopied()
    {
        CopyField *address = m_page->server()->address();
        address->button()->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("http://127.0.0.1:5323/v1"));
        m_page->server()->example()->button()->click();
        const QString example = QGuiApplication::clipboard()->text();
        QVERIFY(example.startsWith(QStringLiteral("curl http://127.0.0.1:5323/v1/chat/completions")));
        QVERIFY(example.contains(QStringLiteral("$FAIRLEAD_TOKEN")));
        QVERIFY(example.contains(QStringLiteral("\"demo/fast\"")));
        m_gateway->status.auth = config::ServerConfig::Auth::None;
        m_gateway->setServerState(ServerStatus::State::Running);
        QVERIFY(!m_page->server()->example()->text().contains(QStringLiteral("Authorization")));
        QVERIFY(m_page->findChild<QLabel *>(QStringLiteral("proxy.access"))
                    ->text()
                    .contains(QStringLiteral("any program")));
    }

    void aTakenPortIsSaidWithTheNextStep()
    {
        auto *error = m_page->findChild<InlineMessage *>(QStringLiteral("proxy.error"));
        QVERIFY(!error->isVisible());
        m_gateway->status.error = QStringLiteral("Port 5323 is taken. Choose another.");
        m_gateway->setServerState(ServerStatus::State::Failed);
        QVERIFY(error->isVisible());
        QCOMPARE(error->text(), m_gateway->status.error);
        button("proxy.retry")->click();
        QVERIFY(!error->isVisible());
        QCOMPARE(m_gateway->serverStatus().state, ServerStatus::State::Running);
    }

    void aSelectedRequestIsCancelled()
    {
        QPushButton *cancel = button("proxy.cancel");
        QVERIFY(!cancel->isEnabled());
        QCOMPARE(m_page->liveTable()->model()->rowCount(), 3);
        m_page->liveTable()->selectRow(1);
        QVERIFY(cancel->isEnabled());
        cancel->click();
        QCOMPARE(m_gateway->cancelledExchanges, (std::vector<QByteArray>{"req_live1"}));
        QCOMPARE(m_page->liveTable()->model()->rowCount(), 2);
    }

    void aTokenIsShownOnce()
    {
        button("proxy.newToken")->click();
        auto *dialog = m_page->findChild<TokenDialog *>();
        QVERIFY(dialog);
        auto *create = dialog->findChild<QPushButton *>(QStringLiteral("token.create"));
        QVERIFY(!create->isEnabled());
        QVERIFY(!dialog->tokenField()->isVisible());
        dialog->nameField()->setText(QStringLiteral("my-editor"));
        create->click();
        QVERIFY(test::waitUntil([&] { return dialog->tokenField()->isVisible(); }));
        dialog->tokenField()->button()->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("fl-0123456789abcdef9f2c"));
        QVERIFY(!dialog->nameField()->isVisible());
        QCOMPARE(m_page->appTable()->model()->rowCount(), 4);
    }

    void aTakenNameIsSaidInTheDialog()
    {
        button("proxy.newToken")->click();
        auto *dialog = m_page->findChild<TokenDialog *>();
        m_gateway->nextError = Error(ErrorKind::Invalid, "There is an app \"editor\" already.");
        dialog->nameField()->setText(QStringLiteral("editor"));
        dialog->findChild<QPushButton *>(QStringLiteral("token.create"))->click();
        auto *message = dialog->findChild<InlineMessage *>();
        QVERIFY(test::waitUntil([&] { return message->isVisible(); }));
        QVERIFY(message->text().contains(QStringLiteral("already")));
        QVERIFY(!dialog->tokenField()->isVisible());
    }

    void revokingAsksFirst()
    {
        m_page->appTable()->selectRow(0);
        button("proxy.revoke")->click();
        QCOMPARE(m_gateway->appList.size(), std::size_t(3));
        button("proxy.confirm")->click();
        QCOMPARE(m_gateway->appList.size(), std::size_t(2));
        auto *message = m_page->findChild<InlineMessage *>(QStringLiteral("proxy.message"));
        QVERIFY(test::waitUntil([&] { return message->kind() == InlineMessage::Kind::Good; }));
    }

    void tablesCopyTheSelectedRow()
    {
        m_page->appTable()->selectRow(0);
        QTest::keyClick(m_page->appTable(), Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("editor\t…9f2c\t")));
    }

private:
    static QString cell(const QAbstractItemModel &model, int row, int column)
    {
        return model.index(row, column).data().toString();
    }
    QPushButton *button(const char *name) const
    {
        return m_page->findChild<QPushButton *>(QLatin1String(name));
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<ProxyPage> m_page;
};

QTEST_MAIN(ProxyPageTest)
#include "ProxyPageTest.moc"

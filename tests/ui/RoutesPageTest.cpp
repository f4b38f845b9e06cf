// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/RoutesPage.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "ui/routes/RouteDraft.h"
#include "ui/routes/RouteEditor.h"
#include "ui/routes/TargetDialog.h"
#include "ui/routes/TargetListModel.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/InlineMessage.h"
#include "ui/widgets/StatTile.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;
using namespace fairlead::ui;
using config::RouteConfig;
using config::RouteTarget;
using gateway::TargetCondition;

namespace {

RouteConfig route(const char *name, std::vector<RouteTarget> targets)
{
    RouteConfig made;
    made.model = name;
    made.targets = std::move(targets);
    return made;
}

QByteArray order(const std::vector<RouteTarget> &targets)
{
    QByteArrayList names;
    for (const RouteTarget &target : targets)
        names.append(target.name);
    return names.join(' ');
}

} // namespace

class RoutesPageTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_settings
            = std::make_unique<QSettings>(m_dir->filePath(QStringLiteral("w.ini")), QSettings::IniFormat);
        m_gateway = std::make_unique<test::FakeGateway>();
        for (const char *provider : {"a", "b", "c"})
            m_gateway->addModel(provider, "m");
        m_gateway->addModel("d", "m", false);
        m_gateway->configuration.routes
            = {route("smart", {"a/m", "b/m", "d/m"}), route("thrifty", {"c/m", "smart"})};
        open();
    }
    void cleanup()
    {
        m_page.reset();
        m_tools.reset();
        m_gateway.reset();
    }

    void targetsAreDraggedByTheModel()
    {
        TargetListModel *model = m_page->editor()->targets();
        const QAbstractItemModelTester tester(model);
        QCOMPARE(model->rowCount(), 3);
        QVERIFY(model->flags(model->index(0)).testFlag(Qt::ItemIsDragEnabled));
        QVERIFY(!model->flags(model->index(0)).testFlag(Qt::ItemIsDropEnabled));
        QVERIFY(model->flags(QModelIndex()).testFlag(Qt::ItemIsDropEnabled));
        QVERIFY(model->moveRows(QModelIndex(), 0, 1, QModelIndex(), 3));
        QCOMPARE(order(m_page->draft()->route()->targets), QByteArray("b/m d/m a/m"));
        QVERIFY(model->moveRows(QModelIndex(), 2, 1, QModelIndex(), 0));
        QCOMPARE(order(m_page->draft()->route()->targets), QByteArray("a/m b/m d/m"));
        QVERIFY(!model->moveRows(QModelIndex(), 0, 1, QModelIndex(), 4));
        QVERIFY(!m_page->draft()->isChanged());
    }

    void keysMoveAndRemoveAndUndo()
    {
        QListView *list = m_page->editor()->list();
        m_page->editor()->selectTarget(0);
        list->setFocus();
        QTest::keyClick(list, Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(order(m_page->draft()->route()->targets), QByteArray("b/m a/m d/m"));
        QCOMPARE(list->currentIndex().row(), 1); // moves along
        QTest::keyClick(list, Qt::Key_Up, Qt::AltModifier);
        QTest::keyClick(list, Qt::Key_Up, Qt::AltModifier); // it is the first already
        QCOMPARE(order(m_page->draft()->route()->targets), QByteArray("a/m b/m d/m"));
        QTest::keyClick(list, Qt::Key_Delete);
        QCOMPARE(order(m_page->draft()->route()->targets), QByteArray("b/m d/m"));
        QTest::keyClick(list, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(order(m_page->draft()->route()->targets), QByteArray("a/m b/m d/m"));
    }

    void nothingIsInForceBeforeItIsApplied()
    {
        QVERIFY(!button("routes.apply")->isEnabled());
        m_page->draft()->change(QStringLiteral("x"), [](RouteConfig &r) { r.strategy = "fastest"; });
        QVERIFY(button("routes.apply")->isEnabled());
        QCOMPARE(m_gateway->routesSaved, 0);
        button("routes.apply")->click();
        QVERIFY(test::waitUntil([&] { return message()->isVisible(); }));
        QCOMPARE(m_gateway->routesSaved, 1);
        QCOMPARE(m_gateway->configuration.routes[0].strategy, QByteArray("fastest"));
        QVERIFY(message()->kind() == InlineMessage::Kind::Good);
        QVERIFY(!button("routes.apply")->isEnabled());
        // Taken back with one click, in force again at once.
        message()->findChildren<QPushButton *>().last()->click();
        QVERIFY(test::waitUntil([&] { return m_gateway->routesSaved == 2; }));
        QCOMPARE(m_gateway->configuration.routes[0].strategy, QByteArray("priority"));
        QVERIFY(test::waitUntil([&] { return m_page->draft()->route()->strategy == "priority"; }));
    }

    void aRefusalKeepsTheDraftAndSaysWhy()
    {
        m_page->draft()->change(QStringLiteral("x"), [](RouteConfig &r) { r.targets.clear(); });
        m_gateway->nextError = Error(ErrorKind::Invalid, "line 3: routes[0]: needs \"targets\"");
        button("routes.apply")->click();
        QVERIFY(test::waitUntil([&] { return message()->isVisible(); }));
        QVERIFY(message()->kind() == InlineMessage::Kind::Error);
        QVERIFY(message()->text().contains(QStringLiteral("needs \"targets\"")));
        QVERIFY(m_page->draft()->isChanged());
        QCOMPARE(m_gateway->configuration.routes[0].targets.size(), std::size_t(3));
    }

    void everyFieldChangesTheDraft()
    {
        const auto now = [this] { return *m_page->draft()->route(); };
        auto *name = m_page->findChild<QLineEdit *>(QStringLiteral("route.name"));
        name->selectAll();
        QTest::keyClicks(name, QStringLiteral("clever"));
        QCOMPARE(now().model, QByteArray("clever"));
        auto *strategy = m_page->findChild<QComboBox *>(QStringLiteral("route.strategy"));
        strategy->setCurrentIndex(strategy->findData(QByteArray("cheapest")));
        Q_EMIT strategy->activated(strategy->currentIndex());
        QCOMPARE(now().strategy, QByteArray("cheapest"));
        m_page->findChild<QAbstractButton *>(QStringLiteral("route.sticky"))->click();
        QVERIFY(now().sticky);
        m_page->findChild<QSpinBox *>(QStringLiteral("route.firstToken"))->setValue(12);
        QVERIFY(now().deadlines.firstToken == std::chrono::seconds(12));
        auto *recovery = m_page->findChild<QComboBox *>(QStringLiteral("route.recovery"));
        recovery->setCurrentIndex(recovery->findData(int(config::Recovery::Hold)));
        Q_EMIT recovery->activated(recovery->currentIndex());
        QVERIFY(now().recovery == config::Recovery::Hold);
        // Typing a name is one step.
        for (int step = 0; step < 5; ++step)
            m_page->undo();
        QCOMPARE(now().model, QByteArray("smart"));
        QVERIFY(!m_page->draft()->isChanged());
        QCOMPARE(name->text(), QStringLiteral("smart"));
        m_page->redo();
        QCOMPARE(now().model, QByteArray("clever"));
    }

    void lampsAreWords_data()
    {
        QTest::addColumn<int>("lamp");
        QTest::addColumn<QString>("word");
        QTest::newRow("good") << int(TargetCondition::Lamp::Good) << QStringLiteral("Healthy");
        QTest::newRow("shaky") << int(TargetCondition::Lamp::Shaky) << QStringLiteral("Shaky");
        QTest::newRow("resting") << int(TargetCondition::Lamp::Resting) << QStringLiteral("Resting");
        QTest::newRow("down") << int(TargetCondition::Lamp::Down) << QStringLiteral("Down");
    }
    void lampsAreWords()
    {
        QFETCH(int, lamp);
        QFETCH(QString, word);
        TargetCondition condition;
        condition.target = "a/m";
        condition.lamp = static_cast<TargetCondition::Lamp>(lamp);
        condition.words = QStringLiteral("down for 20 s more");
        condition.firstToken = std::chrono::milliseconds(420);
        TargetListModel *model = m_page->editor()->targets();
        model->setConditions({condition});
        QCOMPARE(model->index(0).data(TargetListModel::LampRole).toString(), word);
        QVERIFY(model->index(0).data(Qt::ToolTipRole).toString().contains(condition.words));
        QVERIFY(
            model->index(0).data(TargetListModel::SpeedRole).toString().contains(QStringLiteral("420 ms")));
        QCOMPARE(model->index(2).data(TargetListModel::LampRole).toString(), QStringLiteral("Not set up"));
    }

    void theSimulatorFollowsTheDraft()
    {
        QVERIFY(test::waitUntil([&] { return m_page->isSettled() && !m_gateway->simulated.empty(); }));
        m_gateway->simulation.requests = 200;
        m_gateway->simulation.moved = 50;
        m_gateway->simulation.was = NanoUsd(2'000'000'000);
        m_gateway->simulation.would = NanoUsd(1'500'000'000);
        m_gateway->simulation.undecided = 3;
        m_gateway->simulation.moves = {{"a/m", "b/m", 50, NanoUsd(2), std::nullopt}};
        m_page->draft()->change(QStringLiteral("x"), [](RouteConfig &r) { r.strategy = "cheapest"; });
        QVERIFY(test::waitUntil([&] { return tile("simulator.moved")->value() == QStringLiteral("50"); }));
        QCOMPARE(m_gateway->simulated.back().strategy, QByteArray("cheapest"));
        QCOMPARE(tile("simulator.cost")->value(), QStringLiteral("$1.50"));
        QCOMPARE(tile("simulator.first")->value(), QStringLiteral("—"));
        QVERIFY(m_page->findChild<QWidget *>(QStringLiteral("simulator.notes"))->isVisible());
        // What cannot be asked says why.
        m_gateway->simulationError = Error(ErrorKind::Invalid, "goes round in a circle");
        m_page->draft()->change(QStringLiteral("y"), [](RouteConfig &r) { r.strategy = "fastest"; });
        QVERIFY(test::waitUntil([&] { return tile("simulator.requests")->value() == QStringLiteral("0"); }));
    }

    void targetDialogSaysAll()
    {
        RouteTarget whole("a/m");
        whole.weight = 3;
        config::Condition when;
        when.apps = {"editor", "batch-*"};
        when.leastTokens = 5;
        when.mostTokens = 20'000;
        when.tools = true;
        when.images = false;
        when.hours = config::Condition::Hours{22 * 60, 6 * 60};
        when.days = {6, 7};
        when.headers = {{"x-team", "search*"}};
        when.models = {"claude-*"};
        when.mostBudget = NanoUsd(1'500'000'000);
        whole.when = when;
        const TargetDialog dialog(whole, "weighted", {});
        const auto back = dialog.target();
        QVERIFY2(back, back ? "" : back.error().message().constData());
        QVERIFY(*back == whole);

        RouteTarget canary("b/m");
        canary.sharePermille = 5;
        QVERIFY(*TargetDialog(canary, "priority", {}).target() == canary);
        RouteTarget shadow("b/m");
        shadow.shadow = true;
        QVERIFY(*TargetDialog(shadow, "priority", {}).target() == shadow);
    }

    void targetDialogSaysWhatIsWrong_data()
    {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("text");
        QTest::newRow("tokens") << QStringLiteral("target.mostTokens") << QStringLiteral("many");
        QTest::newRow("no tokens") << QStringLiteral("target.leastTokens") << QStringLiteral("0");
        QTest::newRow("hours") << QStringLiteral("target.hours") << QStringLiteral("22-6");
        QTest::newRow("days") << QStringLiteral("target.days") << QStringLiteral("someday");
        QTest::newRow("header") << QStringLiteral("target.headers") << QStringLiteral("x-team");
        QTest::newRow("budget") << QStringLiteral("target.mostBudget") << QStringLiteral("1,5 €");
    }
    void targetDialogSaysWhatIsWrong()
    {
        QFETCH(QString, field);
        QFETCH(QString, text);
        TargetDialog dialog(RouteTarget("a/m"), "priority", {});
        QVERIFY(dialog.target());
        dialog.findChild<QLineEdit *>(field)->setText(text);
        QVERIFY(!dialog.target());
        QVERIFY(!dialog.target().error().message().isEmpty());
    }

    void aTargetIsAddedThroughTheDialog()
    {
        m_page->findChild<QPushButton *>(QStringLiteral("route.addTarget"))->click();
        auto *dialog = m_page->findChild<TargetDialog *>(QStringLiteral("route.targetDialog"));
        QVERIFY(dialog);
        auto *name = dialog->findChild<QComboBox *>(QStringLiteral("target.name"));
        QVERIFY(name->findText(QStringLiteral("thrifty")) >= 0);
        QVERIFY(name->findText(QStringLiteral("smart")) < 0); // not to itself
        name->setEditText(QStringLiteral("c/m"));
        QTest::keyClick(dialog, Qt::Key_Return);
        QVERIFY(test::waitUntil([&] { return m_page->draft()->route()->targets.size() == 4; }));
        QCOMPARE(m_page->draft()->route()->targets.back().name, QByteArray("c/m"));
    }

    void withoutRoutesThereIsOneThingToDo()
    {
        m_gateway->configuration.routes.clear();
        Q_EMIT m_gateway->providersChanged();
        auto *nothing = m_page->findChild<EmptyState *>();
        QVERIFY(nothing->isVisible());
        nothing->button()->click();
        QCOMPARE(m_page->draft()->routes().size(), std::size_t(1));
        QVERIFY(!nothing->isVisible());
        m_page->undo();
        QVERIFY(nothing->isVisible());
    }

    void changesElsewhereDoNotTakeOnesOwn()
    {
        m_page->draft()->change(QStringLiteral("x"), [](RouteConfig &r) { r.sticky = true; });
        m_gateway->configuration.routes = {route("other", {"a/m"})};
        Q_EMIT m_gateway->providersChanged();
        QVERIFY(m_page->draft()->route()->sticky);
        m_page->draft()->discard();
        QCOMPARE(m_page->draft()->route()->model, QByteArray("other"));
        m_gateway->configuration.routes = {route("third", {"a/m"})};
        Q_EMIT m_gateway->providersChanged();
        QCOMPARE(m_page->draft()->route()->model, QByteArray("third"));
    }

private:
    void open()
    {
        m_tools = std::make_unique<QWidget>();
        m_page = std::make_unique<RoutesPage>(PageContext{*m_gateway, *m_settings});
        m_page->createTools(m_tools.get());
        m_tools->show();
        m_page->resize(1300, 850);
        m_page->show();
        m_page->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }
    [[nodiscard]] QPushButton *button(const char *name) const
    {
        return m_tools->findChild<QPushButton *>(QLatin1String(name));
    }
    [[nodiscard]] StatTile *tile(const char *name) const
    {
        return m_page->findChild<StatTile *>(QLatin1String(name));
    }
    [[nodiscard]] InlineMessage *message() const
    {
        return m_page->findChild<InlineMessage *>(QStringLiteral("routes.message"));
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<QWidget> m_tools;
    std::unique_ptr<RoutesPage> m_page;
};

QTEST_MAIN(RoutesPageTest)
#include "RoutesPageTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/KeysPage.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "ui/keys/KeyEditor.h"
#include "ui/keys/ProviderDialog.h"
#include "ui/keys/ProviderPanel.h"
#include "ui/models/ProviderListModel.h"
#include "ui/widgets/Chip.h"
#include "ui/widgets/InlineMessage.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace fairlead;
using namespace fairlead::ui;
using secrets::KeyRef;
using secrets::KeyStatus;
using secrets::StoreInfo;

namespace {

const StoreInfo kKeyring{StoreInfo::Kind::Keychain, true, QStringLiteral("Test keyring"), QString()};
const StoreInfo kMemory{
    StoreInfo::Kind::Memory, false, QStringLiteral("memory only"), QStringLiteral("No keychain answered.")};

KeyStatus keyOf(KeyStatus::State state, KeyRef::Source source = KeyRef::Source::Keychain)
{
    KeyStatus key;
    key.state = state;
    key.ref.source = source;
    key.ref.name = QStringLiteral("LAB_KEY");
    key.hint = QStringLiteral("sk-…9f2c");
    return key;
}

} // namespace

Q_DECLARE_METATYPE(fairlead::secrets::KeyStatus::State)
Q_DECLARE_METATYPE(fairlead::ui::Chip::Tone)

class KeysPageTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_settings
            = std::make_unique<QSettings>(m_dir->filePath(QStringLiteral("w.ini")), QSettings::IniFormat);
        m_gateway = std::make_unique<test::FakeGateway>();
        m_gateway->store.name = QStringLiteral("GNOME Keyring");
        for (const char *provider : {"demo", "openai", "anthropic"})
            m_gateway->addModel(provider, "m1");
        m_gateway->addModel("mistral", "m1", false);
        m_gateway->providerList.at(1).keys = {keyOf(KeyStatus::State::Loaded)};
        m_page = std::make_unique<KeysPage>(PageContext{*m_gateway, *m_settings});
        m_page->resize(1200, 800);
        m_page->show();
    }
    void cleanup()
    {
        m_page.reset();
        m_gateway.reset();
    }

    void statesInWords_data()
    {
        QTest::addColumn<KeyStatus::State>("state");
        QTest::addColumn<bool>("persistent");
        QTest::addColumn<QString>("words");
        QTest::addColumn<Chip::Tone>("tone");
        using S = KeyStatus::State;
        QTest::newRow("loaded") << S::Loaded << true << QStringLiteral("Ready") << Chip::Tone::Good;
        QTest::newRow("memory") << S::Loaded << false << QStringLiteral("In memory only") << Chip::Tone::Warn;
        QTest::newRow("missing") << S::Missing << true << QStringLiteral("Key missing") << Chip::Tone::Warn;
        QTest::newRow("locked") << S::Locked << true << QStringLiteral("Keyring locked") << Chip::Tone::Warn;
        QTest::newRow("unavailable") << S::Unavailable << true << QStringLiteral("Keyring out of reach")
                                     << Chip::Tone::Bad;
    }
    void statesInWords()
    {
        QFETCH(KeyStatus::State, state);
        QFETCH(bool, persistent);
        gateway::ProviderInfo provider;
        provider.configured = true;
        provider.keys = {keyOf(state)};
        const StateWords said = stateOf(provider, persistent ? kKeyring : kMemory);
        QTEST(said.words, "words");
        QTEST(said.tone, "tone");
    }

    void oneLoadedKeyIsEnough()
    {
        gateway::ProviderInfo provider;
        provider.keys = {
            keyOf(KeyStatus::State::Missing), keyOf(KeyStatus::State::Loaded, KeyRef::Source::Environment)};
        QCOMPARE(stateOf(provider, kMemory).words, QStringLiteral("Ready"));
        provider.keys.clear();
        QCOMPARE(stateOf(provider, kKeyring).words, QStringLiteral("Key missing"));
        provider.needsKey = false;
        QCOMPARE(stateOf(provider, kKeyring).words, QStringLiteral("Ready"));
    }

    void listTakesOverTheDifferenceOnly()
    {
        ProviderListModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<gateway::ProviderInfo> providers(3);
        providers[0].id = "a";
        providers[1].id = "b";
        providers[2].id = "c";
        model.apply(providers, kKeyring);
        QCOMPARE(model.rowCount(), 3);
        QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
        QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        model.apply(providers, kKeyring);
        QCOMPARE(changed.size() + moved.size() + inserted.size() + removed.size(), 0);

        providers[2].configured = true; // set up: goes to the front
        model.apply(providers, kKeyring);
        QCOMPARE(moved.size(), 1);
        QCOMPARE(changed.size(), 1);
        QCOMPARE(model.rowOf("c"), 0);
        providers.erase(providers.begin());
        providers.emplace_back().id = "d";
        model.apply(providers, kKeyring);
        QCOMPARE(removed.size(), 1);
        QCOMPARE(inserted.size(), 1);
        QCOMPARE(model.rowOf("a"), -1);
        QCOMPARE(reset.size(), 0);
    }

    void searchFindsByNameAndKind()
    {
        m_page->searchField()->setText(QStringLiteral("openai"));
        QCOMPARE(m_page->list()->model()->rowCount(), 1);
        QCOMPARE(m_page->panel()->provider(), QByteArray("openai"));
        m_page->searchField()->setText(QStringLiteral("nothing of that name"));
        QVERIFY(!m_page->list()->isVisible());
        m_page->searchField()->clear();
        QVERIFY(m_page->list()->isVisible());
    }

    void savingAKeySendsItOnceAndEmptiesTheField()
    {
        QVERIFY(m_page->select("mistral"));
        QPushButton *save = button("keys.save");
        QVERIFY(!save->isEnabled());
        QCOMPARE(field()->echoMode(), QLineEdit::Password);
        field()->setText(QStringLiteral("  abcdefghijklmnop1234  "));
        QVERIFY(save->isEnabled());
        save->click();
        QVERIFY(!save->isEnabled());
        QVERIFY(test::waitUntil([&] { return message()->kind() == InlineMessage::Kind::Good; }));
        QCOMPARE(m_gateway->addedKeys.size(), std::size_t(1));
        QCOMPARE(m_gateway->addedKeys.front().second, QByteArray("abcdefghijklmnop1234"));
        QVERIFY(field()->text().isEmpty());
        QVERIFY(message()->text().contains(QStringLiteral("GNOME Keyring")));
    }

    void aForeignKeyIsNotSentBeforeTheUserSaysSo()
    {
        QVERIFY(m_page->select("openai"));
        field()->setText(QStringLiteral("sk-ant-0123456789"));
        button("keys.save")->click();
        QCOMPARE(message()->kind(), InlineMessage::Kind::Warning);
        QVERIFY(message()->text().contains(QStringLiteral("Anthropic")));
        QVERIFY(m_gateway->addedKeys.empty());
        button("keys.anyway")->click();
        QVERIFY(test::waitUntil([&] { return m_gateway->addedKeys.size() == 1; }));

        QVERIFY(m_page->select("anthropic"));
        field()->setText(QStringLiteral("sk-ant-0123456789"));
        button("keys.save")->click();
        QVERIFY(test::waitUntil([&] { return m_gateway->addedKeys.size() == 2; }));
    }

    void checkSaysWhatTheProviderSays()
    {
        QVERIFY(m_page->select("openai"));
        gateway::KeyCheck refused;
        refused.words = QStringLiteral("OpenAI says: invalid key. Make a new one.");
        m_gateway->checks.insert("openai", refused);
        field()->setText(QStringLiteral("sk-wrong"));
        button("keys.check")->click();
        QVERIFY(test::waitUntil([&] { return message()->kind() == InlineMessage::Kind::Error; }));
        QCOMPARE(message()->text(), refused.words);
        QCOMPARE(field()->text(), QStringLiteral("sk-wrong"));
        refused.works = true;
        m_gateway->checks.insert("openai", refused);
        button("keys.check")->click();
        QVERIFY(test::waitUntil([&] { return message()->kind() == InlineMessage::Kind::Good; }));
    }

    void anErrorIsSaidAndTheKeyStaysTyped()
    {
        QVERIFY(m_page->select("mistral"));
        m_gateway->nextError = Error(ErrorKind::Denied, "The keyring is locked. Unlock it and save again.");
        field()->setText(QStringLiteral("abcdef"));
        button("keys.save")->click();
        QVERIFY(test::waitUntil([&] { return message()->kind() == InlineMessage::Kind::Error; }));
        QVERIFY(message()->text().contains(QStringLiteral("Unlock it")));
        QCOMPARE(field()->text(), QStringLiteral("abcdef"));
        QVERIFY(button("keys.save")->isEnabled());
    }

    void anotherProviderNeverGetsTheTypedKey()
    {
        QVERIFY(m_page->select("openai"));
        field()->setText(QStringLiteral("sk-secret"));
        QVERIFY(m_page->select("anthropic"));
        QVERIFY(field()->text().isEmpty());
    }

    void removingAKeyAsksFirst()
    {
        QVERIFY(m_page->select("openai"));
        const auto keys = [this] {
            for (const auto &info : m_gateway->providerList) {
                if (info.id == "openai")
                    return info.keys.size();
            }
            return std::size_t(99);
        };
        QCOMPARE(keys(), std::size_t(1));
        m_page->findChild<QToolButton *>(QStringLiteral("keys.remove"))->click();
        QCOMPARE(keys(), std::size_t(1));
        button("provider.confirm")->click();
        QVERIFY(test::waitUntil([&] { return keys() == 0; }));
        QVERIFY(!m_page->findChild<QToolButton *>(QStringLiteral("keys.remove")));
    }

    void aKeyOfTheEnvironmentCannotBeRemovedHere()
    {
        for (auto &info : m_gateway->providerList) {
            if (info.id == "openai")
                info.keys = {keyOf(KeyStatus::State::Loaded, KeyRef::Source::Environment)};
        }
        Q_EMIT m_gateway->providersChanged();
        QVERIFY(m_page->select("openai"));
        auto *remove = m_page->findChild<QToolButton *>(QStringLiteral("keys.remove"));
        QVERIFY(!remove->isEnabled());
        QVERIFY(remove->toolTip().contains(QStringLiteral("LAB_KEY")));
    }

    void theStoreInUseIsSaid()
    {
        auto *banner = m_page->findChild<InlineMessage *>(QStringLiteral("keys.banner"));
        QVERIFY(!banner->isVisible());
        m_gateway->store = kMemory;
        Q_EMIT m_gateway->providersChanged();
        QVERIFY(banner->isVisible());
        QCOMPARE(banner->kind(), InlineMessage::Kind::Warning);
        QVERIFY(banner->text().contains(kMemory.reason));
    }

    void dialogObjectsInWords_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("needsKey");
        QTest::addColumn<QString>("word");
        const QString good = QStringLiteral("https://lab.example/v1");
        const QString lab = QStringLiteral("lab");
        QTest::newRow("good") << lab << good << true << QString();
        QTest::newRow("loopback without TLS")
            << lab << QStringLiteral("http://127.0.0.1:9000/v1") << true << QString();
        QTest::newRow("no id") << QString() << good << true << QStringLiteral("id");
        QTest::newRow("slash in id") << QStringLiteral("a/b") << good << true
                                     << QStringLiteral("small letters");
        QTest::newRow("taken id") << QStringLiteral("openai") << good << true << QStringLiteral("already");
        QTest::newRow("no address") << lab << QString() << true << QStringLiteral("address");
        QTest::newRow("no scheme") << lab << QStringLiteral("lab.example/v1") << true
                                   << QStringLiteral("https://");
        QTest::newRow("ftp") << lab << QStringLiteral("ftp://lab.example/") << true
                             << QStringLiteral("https://");
        QTest::newRow("password") << lab << QStringLiteral("https://me:pw@lab.example/") << true
                                  << QStringLiteral("passwords");
        QTest::newRow("query") << lab << QStringLiteral("https://lab.example/v1?key=1") << true
                               << QStringLiteral("?");
        QTest::newRow("key over http")
            << lab << QStringLiteral("http://lab.example/v1") << true << QStringLiteral("unprotected");
        QTest::newRow("no key over http")
            << lab << QStringLiteral("http://lab.example/v1") << false << QString();
    }
    void dialogObjectsInWords()
    {
        QFETCH(QString, id);
        QFETCH(QString, address);
        QFETCH(bool, needsKey);
        QFETCH(QString, word);
        ProviderDialog dialog({"openai", "demo"});
        dialog.findChild<QLineEdit *>(QStringLiteral("provider.id"))->setText(id);
        dialog.findChild<QLineEdit *>(QStringLiteral("provider.address"))->setText(address);
        dialog.findChild<QCheckBox *>(QStringLiteral("provider.needsKey"))->setChecked(needsKey);
        QCOMPARE(dialog.objection().isEmpty(), word.isEmpty());
        QVERIFY2(dialog.objection().contains(word), qPrintable(dialog.objection()));
    }

    void aProviderOfOnesOwnIsAdded()
    {
        auto *tools = m_page->createTools(m_page.get());
        QVERIFY(tools);
        qobject_cast<QPushButton *>(tools)->click();
        auto *dialog = m_page->findChild<ProviderDialog *>();
        QVERIFY(dialog);
        auto *save = dialog->findChild<QPushButton *>(QStringLiteral("provider.save"));
        save->click();
        QVERIFY(dialog->findChild<InlineMessage *>(QStringLiteral("provider.objection"))->isVisible());
        dialog->findChild<QLineEdit *>(QStringLiteral("provider.id"))->setText(QStringLiteral("lab"));
        dialog->findChild<QLineEdit *>(QStringLiteral("provider.address"))
            ->setText(QStringLiteral("http://127.0.0.1:9000/v1"));
        auto *wire = dialog->findChild<QComboBox *>(QStringLiteral("provider.wire"));
        wire->setCurrentIndex(wire->findData(QByteArray("anthropic")));
        dialog->findChild<QCheckBox *>(QStringLiteral("provider.needsKey"))->setChecked(false);
        dialog->findChild<QPlainTextEdit *>(QStringLiteral("provider.models"))
            ->setPlainText(QStringLiteral("m1, m2\nm3"));
        save->click();
        QVERIFY(test::waitUntil([&] { return m_page->panel()->provider() == "lab"; }));
        const config::ProviderConfig *saved = m_gateway->configuration.provider("lab");
        QVERIFY(saved);
        QCOMPARE(saved->wire, std::make_optional(QByteArray("anthropic")));
        QCOMPARE(saved->auth, std::make_optional(QByteArray("none")));
        QCOMPARE(saved->models, (std::vector<QByteArray>{"m1", "m2", "m3"}));
    }

private:
    QPushButton *button(const char *name) const
    {
        return m_page->findChild<QPushButton *>(QLatin1String(name));
    }
    QLineEdit *field() const { return m_page->findChild<QLineEdit *>(QStringLiteral("keys.field")); }
    InlineMessage *message() const
    {
        return m_page->findChild<InlineMessage *>(QStringLiteral("keys.message"));
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<KeysPage> m_page;
};

QTEST_MAIN(KeysPageTest)
#include "KeysPageTest.moc"

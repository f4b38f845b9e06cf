// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/json/RandomJson.h"
#include "json/View.h"
#include "json/Writer.h"

#include <QDirIterator>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

namespace fairlead::json {

namespace {

/// What QJson reads there, built from the view alone.
QJsonValue toQJson(View view)
{
    switch (view.kind()) {
    case Kind::Missing:
        return QJsonValue(QJsonValue::Undefined);
    case Kind::Null:
        return QJsonValue(QJsonValue::Null);
    case Kind::Bool:
        return QJsonValue(view.booleanOr(false));
    case Kind::Number:
        if (const auto integer = view.integer())
            return QJsonValue(qint64(*integer));
        return QJsonValue(view.number().value_or(0));
    case Kind::String:
        return QJsonValue(QString::fromUtf8(view.stringOr("")));
    case Kind::Array: {
        QJsonArray array;
        for (const View element : view.elements())
            array.append(toQJson(element));
        return array;
    }
    case Kind::Object: {
        QJsonObject object;
        for (const auto &[key, value] : view.members())
            object.insert(QString::fromUtf8(key), toQJson(value));
        return object;
    }
    }
    Q_UNREACHABLE();
}

/// The same text again from its slices: scalars and empty containers by raw(), the rest by the writer.
void rewrite(View view, Writer &out)
{
    if (view.count() == 0) {
        out.raw(view.raw());
    } else if (view.isObject()) {
        out.beginObject();
        for (const auto &[key, value] : view.members()) {
            out.key(key);
            rewrite(value, out);
        }
        out.endObject();
    } else {
        out.beginArray();
        for (const View element : view.elements())
            rewrite(element, out);
        out.endArray();
    }
}

/// A top-level value that QJsonDocument 6.4 can read.
QByteArray inArray(const QByteArray &text)
{
    return '[' + text + ']';
}

QString recordings()
{
    const QString shared
        = qEnvironmentVariable("FAIRLEAD_SHARED", QStringLiteral(FAIRLEAD_SOURCE_DIR "/../shared"));
    return shared + QStringLiteral("/recordings");
}

} // namespace

class DifferentialTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void randomDocuments()
    {
        test::RandomJson random(8259);
        for (int round = 0; round < 2000; ++round)
            compare(inArray(random.value(5)));
    }

    void ownCases_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("chat request") << QByteArray(
            R"({"model":"m-1","messages":[{"role":"user","content":[{"type":"text","text":"h\u00e9\n"},)"
            R"({"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}],)"
            R"("temperature":1.0,"tools":[{"function":{"parameters":{"z":1,"a":{"$ref":"x"}}}}]})");
        QTest::newRow("stream chunk") << QByteArray(
            R"({"id":"c","choices":[{"index":0,"delta":{"content":" a"},"finish_reason":null}]})");
        QTest::newRow("duplicates") << QByteArray(R"([{"a":1,"b":2,"a":3}])");
    }
    void ownCases()
    {
        QFETCH(QByteArray, text);
        compare(text);
    }

    /// Real bodies of real providers, where the collection lies beside the checkout.
    void recordedBodies()
    {
        QDirIterator files(
            recordings(), {QStringLiteral("*.json")}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray text = file.readAll();
            QJsonParseError error;
            QJsonDocument::fromJson(text, &error);
            const auto document = Document::parse(text);
            QVERIFY2(
                document.has_value() == (error.error == QJsonParseError::NoError),
                qPrintable(file.fileName()));
            if (document)
                compare(text);
        }
    }

private:
    static void compare(const QByteArray &text)
    {
        const QJsonDocument expected = QJsonDocument::fromJson(text);
        QVERIFY2(!expected.isNull(), text.constData());
        const QJsonValue value
            = expected.isArray() ? QJsonValue(expected.array()) : QJsonValue(expected.object());
        const auto document = Document::parse(text);
        QVERIFY2(document, text.constData());
        QVERIFY2(toQJson(document->root()) == value, text.constData());

        Writer again;
        rewrite(document->root(), again);
        const auto reread = Document::parse(again.text());
        QVERIFY2(reread, again.text().constData());
        QVERIFY2(toQJson(reread->root()) == value, text.constData());
        Writer twice;
        rewrite(reread->root(), twice);
        QCOMPARE(twice.take(), again.take());
    }
};

} // namespace fairlead::json

QTEST_GUILESS_MAIN(fairlead::json::DifferentialTest)
#include "DifferentialTest.moc"

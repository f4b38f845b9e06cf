// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/Multipart.h"

#include <QTest>

using namespace fairlead;

namespace {

constexpr char kType[] = "multipart/form-data; boundary=----X";

QByteArray part(const QByteArray &disposition, const QByteArray &content, const QByteArray &more = {})
{
    return "------X\r\nContent-Disposition: form-data; " + disposition + "\r\n" + more + "\r\n" + content
           + "\r\n";
}

const QByteArray kEnd("------X--\r\n");

} // namespace

class MultipartTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsTheField_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("value"); // null = none
        const QByteArray type(kType);
        const QByteArray none;
        const QByteArray file = part(
            "name=\"file\"; filename=\"a.wav\"", QByteArray("RIFF\0\r\n--\r\n\xff", 12),
            "Content-Type: audio/wav\r\n");
        const QByteArray model = part("name=\"model\"", "lab/w1");
        QTest::newRow("first") << type << model + file + kEnd << QByteArray("lab/w1");
        QTest::newRow("behind a file") << type << file + model + kEnd << QByteArray("lab/w1");
        QTest::newRow("preamble") << type << "for old readers\r\n" + model + kEnd << QByteArray("lab/w1");
        QTest::newRow("of two the first") << type << model + part("name=\"model\"", "b") + kEnd
                                          << QByteArray("lab/w1");
        QTest::newRow("unquoted") << type << part("name=model", "w1") + kEnd << QByteArray("w1");
        QTest::newRow("a quote in a name") << type << part("filename=\"mo\\\"del\"; name=\"x\"", "y") + model + kEnd
                                           << QByteArray("lab/w1");
        QTest::newRow("other case")
            << type << QByteArray("------X\r\ncontent-disposition: Form-Data; Name=\"model\"\r\n\r\nw1\r\n") + kEnd
            << QByteArray("w1");
        QTest::newRow("quoted boundary")
            << QByteArray("Multipart/Form-Data; charset=utf-8; boundary=\"----X\"") << model + kEnd
            << QByteArray("lab/w1");
        QTest::newRow("empty") << type << part("name=\"model\"", "") + kEnd << QByteArray("");
        QTest::newRow("no head") << type << QByteArray("------X\r\n\r\nx\r\n") + model + kEnd
                                 << QByteArray("lab/w1");
        QTest::newRow("a file of that name")
            << type << part("name=\"model\"; filename=\"m\"", "x") + kEnd << none;
        QTest::newRow("not there") << type << file + kEnd << none;
        QTest::newRow("behind the end") << type << kEnd + model << none;
        QTest::newRow("cut") << type << file + "------X\r\nContent-Disposition: form-data; name=\"model\"" << none;
        QTest::newRow("cut in the content") << type << model.chopped(3) << none;
        QTest::newRow("nothing") << type << QByteArray() << none;
        QTest::newRow("no boundary") << QByteArray("multipart/form-data") << model + kEnd << none;
        QTest::newRow("empty boundary") << QByteArray("multipart/form-data; boundary=") << model + kEnd << none;
        QTest::newRow("no form") << QByteArray("application/json") << model + kEnd << none;
    }
    void findsTheField()
    {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, value);
        const auto found = http::formField(body, type, "model");
        QCOMPARE(found.has_value(), !value.isNull());
        if (found) {
            QCOMPARE(found->toByteArray(), value);
            QVERIFY(found->data() >= body.constData() && found->data() <= body.constData() + body.size());
        }
    }

    void standsAnyCut()
    {
        const QByteArray body = part("name=\"a\"", "b") + part("name=\"model\"", "w1") + kEnd;
        for (qsizetype length = 0; length < body.size(); ++length) {
            const auto found = http::formField(QByteArrayView(body).first(length), kType, "model");
            if (found)
                QCOMPARE(found->toByteArray(), QByteArray("w1"));
        }
    }

    void knowsAForm()
    {
        QVERIFY(http::isForm("multipart/form-data; boundary=x"));
        QVERIFY(http::isForm("Multipart/Form-Data"));
        QVERIFY(!http::isForm("multipart/mixed; boundary=x"));
        QVERIFY(!http::isForm(""));
    }
};

QTEST_GUILESS_MAIN(MultipartTest)
#include "MultipartTest.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/FloatVector.h"

#include <QRandomGenerator>
#include <QTest>
#include <QtEndian>

#include <cmath>
#include <cstring>

using namespace fairlead;
using namespace fairlead::wire;

namespace {

chat::EmbeddingVector numbers(const QByteArray &text)
{
    chat::EmbeddingVector vector;
    vector.numbers = text;
    return vector;
}

chat::EmbeddingVector base64(const QByteArray &bytes)
{
    chat::EmbeddingVector vector;
    vector.base64 = bytes.toBase64();
    return vector;
}

template<typename T>
QByteArray littleEndian(std::initializer_list<T> values)
{
    QByteArray bytes;
    for (const T value : values) {
        char raw[sizeof(T)];
        qToLittleEndian(value, raw);
        bytes.append(raw, sizeof raw);
    }
    return bytes;
}

QByteArray bits(std::initializer_list<quint32> values)
{
    return littleEndian<quint32>(values);
}

} // namespace

class FloatVectorTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbersBecomeTheNearestFloats_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("floats");
        QTest::newRow("plain") << QByteArray("[1, -2.5,0]") << bits({0x3f800000, 0xc0200000, 0});
        QTest::newRow("minus nothing") << QByteArray("[-0.0]") << bits({0x80000000});
        QTest::newRow("exponents") << QByteArray("[1e-5,1E5]") << bits({0x3727c5ac, 0x47c35000});
        // Halfway between two floats but for the last digit: by way of a double it would go to the even one.
        QTest::newRow("just above the half") << QByteArray("[1.00000005960464477540]") << bits({0x3f800001});
        QTest::newRow("too small") << QByteArray("[1e-60,-1e-60]") << bits({0, 0x80000000});
        QTest::newRow("none") << QByteArray("[]") << QByteArray();
    }
    void numbersBecomeTheNearestFloats()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, floats);
        const auto converted = base64Of(numbers(text));
        QVERIFY(converted.has_value());
        QCOMPARE(QByteArray::fromBase64(*converted).toHex(), floats.toHex());
    }

    void textThatIsThereStays()
    {
        QCOMPARE(numbersOf(numbers("[1.0, 2e0]")).value(), QByteArray("[1.0, 2e0]"));
        QCOMPARE(base64Of(base64(bits({0x3f800000}))).value(), bits({0x3f800000}).toBase64());
    }

    void goingThereAndBackChangesNothing()
    {
        QRandomGenerator random(7);
        QByteArray bytes;
        for (int i = 0; i < 20000; ++i) {
            const quint32 pattern = random.generate();
            float value = 0;
            std::memcpy(&value, &pattern, sizeof value);
            if (std::isfinite(value))
                bytes += bits({pattern});
        }
        const auto text = numbersOf(base64(bytes));
        QVERIFY(text.has_value());
        const auto back = base64Of(numbers(*text));
        QVERIFY(back.has_value());
        QVERIFY(QByteArray::fromBase64(*back) == bytes);
    }

    void widenedDoublesAreRead()
    {
        QByteArray bytes;
        for (const float value : {0.0016164779F, -1.5F, 0.0F}) {
            const auto wide = static_cast<double>(value);
            quint64 pattern = 0;
            std::memcpy(&pattern, &wide, sizeof pattern);
            bytes += littleEndian<quint64>({pattern});
        }
        QCOMPARE(numbersOf(base64(bytes)).value(), QByteArray("[0.0016164778,-1.5,0]"));
        QCOMPARE(QByteArray::fromBase64(base64Of(base64(bytes)).value()).size(), qsizetype(12));
        // Zeros alone could be either; they are taken as what everybody else sends.
        QCOMPARE(numbersOf(base64(QByteArray(8, '\0'))).value(), QByteArray("[0,0]"));
    }

    void refusesWhatIsNoVector_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("encoded");
        QTest::newRow("a text among the numbers") << QByteArray("[1,\"2\"]") << QByteArray();
        QTest::newRow("null among the numbers") << QByteArray("[null]") << QByteArray();
        QTest::newRow("no list") << QByteArray("{}") << QByteArray();
        QTest::newRow("too large") << QByteArray("[1e39]") << QByteArray();
        QTest::newRow("not base64") << QByteArray() << QByteArray("****");
        QTest::newRow("half a float") << QByteArray() << QByteArray("AACA");
        QTest::newRow("infinity") << QByteArray() << bits({0x7f800000}).toBase64();
        QTest::newRow("no number") << QByteArray() << bits({0x7fc00000}).toBase64();
    }
    void refusesWhatIsNoVector()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, encoded);
        chat::EmbeddingVector vector;
        vector.numbers = text;
        vector.base64 = encoded;
        QVERIFY(!(encoded.isEmpty() ? base64Of(vector) : numbersOf(vector)).has_value());
    }
};

QTEST_GUILESS_MAIN(FloatVectorTest)
#include "FloatVectorTest.moc"
